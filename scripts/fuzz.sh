#!/bin/sh
# Runs every fuzz target for a moment. The number of tries is fixed, not the time: a target that
# is slow to start is fuzzed all the same. `scripts/fuzz.sh 1000000x` or `10m` looks deeper.
set -eu
tries=${1:-2000x}
found=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for folder in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do
	for target in $(go test -list '^Fuzz' "$folder" | grep '^Fuzz'); do
		found=$((found + 1))
		printf '%s %s: ' "$folder" "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$tries" -fuzzminimizetime 10x "$folder" >"$log" 2>&1 || {
			cat "$log"
			exit 1
		}
		tail -n1 "$log"
	done
done
if [ "$found" = 0 ]; then
	echo "no fuzz target was found" >&2
	exit 1
fi
