# Reads add, del and end, each with MARK,PID,START of a command (0 and nothing while they
# are not known); at the end of its input it ends all that was added. It has to be gone
# before the last look: see becomeProgram.
printf '%s ready %s %s\n' "$t" "$$" "$how"
list=' '
while read -r verb command; do
	mark=${command%%,*}
	case $verb in
	add | del)
		case $list in
		*" $mark,"*)
			after=${list#* "$mark",}
			list="${list%% "$mark",*} ${after#* }"
			;;
		esac
		[ "$verb" = del ] || list="$list$command "
		;;
	end)
		(
			if finish "$command"; then echo "ended $mark"; else echo "left $mark"; fi
		) </dev/null &
		;;
	esac
	jobs >/dev/null 2>&1 # takes note of those that have ended
done
(
	rounds=0
	while kill -0 $$ && [ $rounds -lt 1000 ]; do
		rounds=$((rounds + 1))
		pause
	done
	for command in $list; do finish "$command"; done
) </dev/null >/dev/null 2>&1 &
