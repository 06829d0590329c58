#!/bin/sh
# Draws the figures of every shipped scenario, as SVG, PDF, PNG and for LaTeX, from the newest campaign in OUT that measured what
# the scenario says; where there is none, the scenario is carried out, and one that was interrupted is gone on with. What is drawn
# already is left as it is, unless the campaign, the scenario's figures or eaibench changed since: report/figures.sha256 says of
# what they were drawn. OUT/figures/SCENARIO leads to the campaign's report. A figure that cannot be drawn is named; all others are.
#   scripts/figures.sh [SCENARIO...]
set -eu
out=${OUT:-out}
[ $# -gt 0 ] || set -- scenarios/*.yaml
result=$(mktemp)
trap 'rm -f "$result"' EXIT
program=$(sha256sum bin/eaibench | cut -d' ' -f1)

# planned says how long a scenario takes to carry out.
planned() {
	seconds=$(bin/eaibench plan "$1" --json | sed -n 's/^  "estimated_seconds": \([0-9]*\).*/\1/p')
	echo "about $(((seconds + 59) / 60)) min"
}

mkdir -p "$out/figures"
number=0 undrawn=
for scenario in "$@"; do
	name=$(basename "$scenario" .yaml)
	number=$((number + 1))
	echo "scenario $number of $#: $name, planned for $(planned "$scenario") where $out has no whole campaign of it" >&2
	# 1: runs are not ok. The figures say how many they leave out.
	bin/eaibench run "$scenario" --reuse --out "$out" --json >"$result" || { code=$? && [ $code -eq 1 ] || exit $code; }
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$result")
	[ -n "$folder" ] || exit 1
	ln -sfn "../$(basename "$folder")/report" "$out/figures/$name"
	is=$(printf '%s\n' "$program" "$(cat "$folder/MANIFEST.sha256" "$scenario" | sha256sum)" | sha256sum)
	if [ "$(cat "$folder/report/figures.sha256" 2>/dev/null)" = "$is" ]; then
		echo "$name: as it is, of $folder"
	elif bin/eaibench plot "$folder" --figures "$scenario" --format svg --format pdf --format png --format tex; then
		printf '%s\n' "$is" >"$folder/report/figures.sha256"
	else
		undrawn="$undrawn $name"
	fi
done
if [ -n "$undrawn" ]; then
	echo "not every figure could be drawn of:$undrawn" >&2
	exit 1
fi
