# Standard output of the program is 4 while awk's own is read here.
exec 4>&1
printf '%s begin\n' "$t"
# It says first what awk starts, and when that was: see descendants.
run='
if [ "$how" = proc ]; then
	IFS= read -r b </proc/$$/stat
	set -- ${b##*) }
	b=${20}
else
	set -- $(exec ps -o lstart= -p $$)
	b=$1-$2-$3-$4-$5
fi
printf "%s " "$$,$b"
exec 1>&4 4>&-; IFS= read -r l && eval "$l"'
export run how
status=$(awk 'BEGIN { print system(ENVIRON["run"]) }')
program=${status%% *} status=${status#* } signal=none
case $status in
'' | *[!0-9]*) status=lost ;;
*)
	[ "$status" -lt 512 ] || status=$((status - 256)) # some awks count a core dump
	if [ "$status" -ge 256 ]; then
		signal=$(kill -l $((status - 256)) 2>/dev/null)
		signal=${signal:-$((status - 256))}
	fi
	;;
esac
left=none
finish "$m,$program" ended || left=some
printf '%s exit %s %s %s\n' "$t" "$status" "$signal" "$left" >&2
printf '%s end\n' "$t"
