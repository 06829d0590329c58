#!/bin/sh
# Keeps this machine busy by bursts, and carries the same scenario out meanwhile, in blocks and one cell after the other,
# by turns. Prints for each campaign the ratio of modes with its interval, in blocks that of pairs too, which only that order
# has; then how wide the intervals of each are, and how far apart the ratios: those of one cell after the other differ by more
# than their intervals tell. Ends with 1 where blocks do not give the narrower interval.
set -eu
turns=5
work=$(mktemp -d)
busy=
ending() {
	# The bursts end by themselves once their folder is gone.
	rm -rf "$work"
	[ -z "$busy" ] || wait "$busy" || true
}
trap ending EXIT
trap 'exit 130' INT TERM

# bursts: 0 to 8 loops at once for 8 to 20 s, by a seeded draw: as the work of others on a shared machine, longer than a
# few runs and shorter than a cell.
bursts() {
	awk 'BEGIN { srand(7); for (i = 0; i < 2000; i++) printf "%d %.1f\n", 9 * rand(), 8 + 12 * rand() }' >"$work/lengths"
	while read -r loops length && [ -d "$work" ]; do
		for _ in $(seq "$loops"); do
			timeout "$length" sh -c 'while :; do :; done' || true &
		done
		sleep "$length"
		wait
	done <"$work/lengths"
}

# ratio FIELD: "value low high" of the first comparison's field, nothing where it has none.
ratio() {
	awk -v field="$1" '
		index($0, "\"" field "\": {") { inside = 1 }
		inside && /"(value|low|high)":/ { gsub(/[",:]/, " "); had[$1] = $2 }
		inside && "high" in had { printf "%.3f %.3f %.3f\n", had["value"], had["low"], had["high"]; exit }
	' "$work/compared.json"
}

# add KIND FIELD: adds "KIND value low high" to the results, and prints it.
add() {
	found=$(ratio "$2")
	[ -n "$found" ] || { echo "bursts: no $2 in $folder" >&2 && return 1; }
	echo "$1 $found" >>"$work/results"
	echo "$1 $found" | awk '{ printf "%-10s  × %.3f  (95 %%: %.3f … %.3f)  width %.3f\n", $1, $2, $3, $4, $4 - $3 }'
}

# measure ORDER: carries the scenario out and adds its ratios.
measure() {
	bin/eaibench run "$work/$1.yaml" --out out --quiet --json >"$work/run.json" 2>"$work/run.log" || {
		cat "$work/run.log" >&2
		return 1
	}
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$work/run.json")
	bin/eaibench compare "$folder" --baseline hybrid --json >"$work/compared.json"
	add "$1" ratio
	[ "$1" != blocks ] || add pairs pair_ratio
}

for order in blocks sequential; do
	cat >"$work/$order.yaml" <<-YAML
		extends: bench
		name: bursts-$order
		title: A machine kept busy by bursts, order $order
		modes: [hybrid, compartment]
		runs: 40
		order: $order
		parameters:
		  requests: 20
	YAML
done
bursts 2>/dev/null &
busy=$!

echo "execute_total of compartment against hybrid, 40 runs of each; bursts of 0 to 8 loops for 8 to 20 s"
for _ in $(seq "$turns"); do
	measure blocks
	measure sequential
done
# median KIND: the median width of its intervals; turns is odd.
median() {
	awk -v kind="$1" '$1 == kind { printf "%.3f\n", $4 - $3 }' "$work/results" | sort -n | sed -n "$(((turns + 1) / 2))p"
}
# apart KIND: its least and its largest ratio.
apart() {
	awk -v kind="$1" '$1 == kind { print $2 }' "$work/results" | sort -n | sed -n '1p;$p' | paste -s -d ' ' -
}
for kind in pairs blocks sequential; do
	printf '%-10s  median width %.3f, ratios from %s to %s\n' "$kind" "$(median "$kind")" $(apart "$kind")
done
awk -v pairs="$(median pairs)" -v sequential="$(median sequential)" 'BEGIN {
	if (pairs < sequential) printf "In blocks the interval is %.2f times narrower.\n", sequential / pairs
	else print "In blocks the interval is not narrower."
	exit !(pairs < sequential)
}'
