PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C
export PATH LC_ALL

pause() { sleep 0.01 2>/dev/null || sleep 1; }

# marked BLOCKS: sets found to the PIDs of all processes with that soft limit of
# file sizes. A shell counts it in blocks of 512 bytes, as POSIX says, or of 1024.
# procstat prints it in 16 columns beside the limit's name, in units of its own: it is
# asked how it prints this one.
how=none
if [ -r /proc/self/limits ]; then
	how=proc
	marked() {
		found=
		for file in $(exec grep -Els "^Max file size +($(($1 * 512))|$(($1 * 1024))) " /proc/[0-9]*/limits); do
			file=${file#/proc/}
			found="$found ${file%/limits}"
		done
	}
elif command -v procstat >/dev/null; then
	how=procstat
	soft='{ i = index($0, " filesize "); s = substr($0, i + 18, 16); gsub(/ /, "", s); if (i) print $1 + 0, s }'
	marked() {
		want=$(ulimit -S -f "$1"; exec sh -c 'procstat -l $$' | awk "$soft")
		found=$(procstat -a -l 2>/dev/null | awk "$soft" | while read -r pid limit; do
			[ "$limit" != "${want#* }" ] || printf '%s\n' "$pid"
		done)
	}
fi

# A zombie can do nothing any more; its parent has yet to take note of its end, and
# is given a few seconds for it.
zombie() {
	[ "$how" = proc ] || return 1
	{ IFS= read -r state <"/proc/$1/stat"; } 2>/dev/null || return 0
	case ${state##*) } in Z* | X*) return 0 ;; esac
	return 1
}

# finish BLOCKS [PID]: ends all that bear the mark, the process PID first. First all
# are stopped, until none is found that is not, so that none can start more. It fails
# if some do not end within about ten seconds.
finish() {
	stopped=' ' rounds=0 more=1
	while [ -n "$more" ] && [ $rounds -lt 1000 ]; do
		more=
		marked "$1"
		for one in $found; do
			case $stopped in
			*" $one "*) ;;
			*)
				kill -STOP "$one" 2>/dev/null
				stopped="$stopped$one " more=1
				;;
			esac
		done
		rounds=$((rounds + 1))
	done
	[ "$stopped" != ' ' ] || return 0
	case $stopped in *" ${2:-none} "*) kill -KILL "$2" 2>/dev/null ;; esac
	rounds=0
	while marked "$1" && [ -n "$found" ]; do
		living=
		for one in $found; do
			kill -KILL "$one" 2>/dev/null
			zombie "$one" || living=1
		done
		[ -n "$living" ] || [ $rounds -lt 300 ] || return 0
		[ $rounds -lt 1000 ] || return 1
		rounds=$((rounds + 1))
		pause
	done
}
