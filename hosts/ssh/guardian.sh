# Reads add, del and end, each with a mark; at the end of its input it ends all that
# was added. It has to be gone before the last look: see becomeProgram.
printf '%s ready %s %s\n' "$t" "$$" "$how"
list=' '
while read -r verb mark pid; do
	case $verb in
	add) list="$list$mark " ;;
	del) list="${list%% "$mark" *} ${list#* "$mark" }" ;;
	end)
		(
			if finish "$mark" "$pid"; then echo "ended $mark"; else echo "left $mark"; fi
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
	for mark in $list; do finish "$mark"; done
) </dev/null >/dev/null 2>&1 &
