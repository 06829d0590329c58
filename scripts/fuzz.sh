#!/bin/sh
# Runs every fuzz target for a moment. The number of tries is fixed, not the time: a target that
# is slow to start is fuzzed all the same. `scripts/fuzz.sh 1000000x` or `10m` looks deeper.
# A package's targets share one executable. New inputs go where `go test -fuzz` has them.
set -eu
tries=${1:-2000x}
found=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$PWD
cache=$(go env GOCACHE)/fuzz
for folder in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do
	go test -c -fuzz '^Fuzz' -o "$work/fuzz.test" "$folder"
	cd "$folder"
	for target in $("$work/fuzz.test" -test.list '^Fuzz' | grep '^Fuzz'); do
		found=$((found + 1))
		printf '%s %s: ' "$folder" "$target"
		"$work/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$tries" -test.fuzzminimizetime 10x \
			-test.fuzzcachedir "$cache/$(go list)" >"$work/log" 2>&1 || {
			cat "$work/log"
			exit 1
		}
		grep '^fuzz: elapsed' "$work/log" | tail -n 1
	done
	cd "$root"
done
if [ "$found" = 0 ]; then
	echo "no fuzz target was found" >&2
	exit 1
fi
