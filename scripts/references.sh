#!/bin/sh
# Computes the reference tables of the statistics again, with R and SciPy, and compares them with those the tests
# read: every testdata/*.R and *.py below bench, each with the .csv beside it, number by number to 1e-9 of its size.
# `references.sh FOLDER…` does so below other folders. What is not installed is named, and with CI=true that is a failure.
set -eu
cd "$(dirname "$0")/.."
tolerance=1e-9
[ $# -gt 0 ] || set -- bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first Python that has SciPy: another one may come first in PATH.
with_scipy() {
	for candidate in python3 /usr/bin/python3; do
		if "$candidate" -c 'import scipy' 2>/dev/null; then
			echo "$candidate"
			return
		fi
	done
}

compared=0
failed=0
lacking=0

# check SCRIPT INTERPRETER NAME
check() {
	table=${1%.*}.csv
	if [ -z "$2" ]; then
		echo "$table: not computed again, $3 is not installed (scripts/setup.sh test installs it)" >&2
		lacking=$((lacking + 1))
		return
	fi
	if [ ! -f "$table" ]; then
		echo "$1 has no table beside it" >&2
		failed=$((failed + 1))
		return
	fi
	if ! "$2" "$1" >"$work/table" 2>"$work/log"; then
		cat "$work/log" >&2
		echo "$1 failed" >&2
		failed=$((failed + 1))
		return
	fi
	if difference "$table" "$work/table" >"$work/log"; then
		compared=$((compared + 1))
		echo "$table: $(cat "$work/log")"
	else
		echo "$table is not what $1 computes:" >&2
		cat "$work/log" >&2
		failed=$((failed + 1))
	fi
}

# difference KEPT COMPUTED: prints how many numbers agree; or the first that do not, and fails. Lines that begin with #
# say how a table was made.
difference() {
	grep -v '^#' "$1" >"$work/kept" || true
	grep -v '^#' "$2" >"$work/computed" || true
	awk -F'[,;]' -v tolerance="$tolerance" '
		function number(text) { return text ~ /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/ }
		function size(x) { return x < 0 ? -x : x }
		function fault(text) { if (++faults <= 10) print "  line " FNR ": " text }
		NR == FNR { kept[FNR] = $0; lines = FNR; next }
		{
			n = split(kept[FNR], want, /[,;]/)
			if (FNR > lines || n != NF) { fault("\"" $0 "\", kept \"" kept[FNR] "\""); next }
			for (i = 1; i <= NF; i++) {
				if (number($i) && number(want[i])) {
					numbers++
					larger = size($i) > size(want[i]) ? size($i) : size(want[i])
					if (size($i - want[i]) > tolerance * larger) fault("column " i " is " $i ", kept " want[i])
				} else if ($i != want[i]) fault("column " i " is \"" $i "\", kept \"" want[i] "\"")
			}
		}
		END {
			if (NR - FNR > FNR) { faults++; print "  " NR - 2 * FNR " lines are missing" }
			if (!numbers) { faults++; print "  there are no numbers" }
			if (!faults) print numbers " numbers agree"
			exit faults > 0
		}' "$work/kept" "$work/computed"
}

find "$@" -path '*/testdata/*' \( -name '*.R' -o -name '*.py' \) | LC_ALL=C sort >"$work/scripts"
rscript=$(command -v Rscript || true)
python=
if grep -q '\.py$' "$work/scripts"; then
	python=$(with_scipy)
fi
while read -r script; do
	case $script in
	*.R) check "$script" "$rscript" R ;;
	*.py) check "$script" "$python" SciPy ;;
	esac
done <"$work/scripts"

if [ ! -s "$work/scripts" ]; then
	echo "no reference script was found below $*" >&2
	exit 1
fi
echo "references: $compared tables agree, $failed do not, $lacking were not computed"
[ "$failed" = 0 ] || exit 1
[ "$lacking" = 0 ] || [ "${CI:-}" != true ] || exit 1
