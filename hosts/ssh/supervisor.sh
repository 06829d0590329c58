# Standard output of the program is 4 while awk's own is read here.
exec 4>&1
printf '%s begin\n' "$t"
run='exec 1>&4 4>&-; IFS= read -r l && eval "$l"'
export run
status=$(awk 'BEGIN { print system(ENVIRON["run"]) }')
signal=none
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
finish "$m" || left=some
printf '%s exit %s %s %s\n' "$t" "$status" "$signal" "$left" >&2
printf '%s end\n' "$t"
