#!/bin/sh
# Keeps this machine busy by bursts, and carries the same scenario out twice meanwhile: in blocks, and one cell after
# the other. Prints the ratio of modes with its interval for both: blocks know it more precisely.
set -eu
work=$(mktemp -d)
busy=
ending() {
	# The bursts end by themselves once their folder is gone.
	rm -rf "$work"
	[ -z "$busy" ] || wait "$busy" || true
}
trap ending EXIT
trap 'exit 130' INT TERM

# bursts: loops that each take a CPU for 0.5 to 2.5 s, then rest as long, by a seeded draw.
bursts() {
	awk 'BEGIN { srand(7); for (i = 0; i < 2000; i++) printf "%.1f\n", 0.5 + 2 * rand() }' >"$work/lengths"
	while read -r length && [ -d "$work" ]; do
		for _ in $(seq "$(nproc)"); do
			timeout "$length" sh -c 'while :; do :; done' || true &
		done
		wait
		sleep "$length"
	done <"$work/lengths"
}
bursts 2>/dev/null &
busy=$!

for order in blocks sequential; do
	cat >"$work/$order.yaml" <<-YAML
		extends: bench
		name: bursts-$order
		title: A machine kept busy by bursts, order $order
		modes: [hybrid, compartment]
		runs: 40
		order: $order
		parameters:
		  requests: 5
	YAML
	bin/eaibench run "$work/$order.yaml" --out out --quiet --json >"$work/$order.json" 2>"$work/$order.log" || {
		cat "$work/$order.log" >&2
		exit 1
	}
	folder=$(sed -n 's/^  "folder": "\(.*\)",$/\1/p' "$work/$order.json")
	echo "order: $order"
	bin/eaibench compare "$folder" --baseline hybrid
	echo
done
