#!/bin/sh
# Draws the figures of every shipped scenario, as SVG, PDF, PNG and for LaTeX, from the newest campaign in OUT that measured what
# the scenario says; where there is none, the scenario is carried out. What is drawn already is left as it is, unless the campaign,
# the scenario's figures or eaibench changed since: report/figures.sha256 says of what they were drawn.
# OUT/figures/SCENARIO leads to the campaign's report.
#   scripts/figures.sh [SCENARIO...]
set -eu
out=${OUT:-out}
[ $# -gt 0 ] || set -- scenarios/*.yaml
result=$(mktemp)
trap 'rm -f "$result"' EXIT
program=$(sha256sum bin/eaibench | cut -d' ' -f1)
mkdir -p "$out/figures"
for scenario in "$@"; do
	name=$(basename "$scenario" .yaml)
	# 1: runs are not ok. The figures say how many they leave out.
	bin/eaibench run "$scenario" --reuse --out "$out" --json >"$result" || [ $? -eq 1 ]
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$result")
	[ -n "$folder" ] || exit 1
	ln -sfn "../$(basename "$folder")/report" "$out/figures/$name"
	is=$(printf '%s\n' "$program" "$(cat "$folder/MANIFEST.sha256" "$scenario" | sha256sum)" | sha256sum)
	if [ "$(cat "$folder/report/figures.sha256" 2>/dev/null)" = "$is" ]; then
		echo "$name: as it is, of $folder"
		continue
	fi
	bin/eaibench plot "$folder" --figures "$scenario" --format svg --format pdf --format png --format tex
	printf '%s\n' "$is" >"$folder/report/figures.sha256"
done
