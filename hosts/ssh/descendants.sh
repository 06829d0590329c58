PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C TZ=UTC0
export PATH LC_ALL TZ

pause() { sleep 0.01 2>/dev/null || sleep 1; }

# look BLOCKS: prints which processes have that soft limit of file sizes, and then all
# processes. A shell counts the limit in blocks of 512 bytes, as POSIX says, or of 1024.
# procstat prints it in 16 columns beside the limit's name, in units of its own: it is
# asked how it prints this one.
how=none
if [ -r /proc/self/limits ]; then
	how=proc
	look() {
		grep -Els "^Max file size +($(($1 * 512))|$(($1 * 1024))) " /proc/[0-9]*/limits
		grep -s . /dev/null /proc/[0-9]*/stat # with the file before each line: a name may have several
	}
elif command -v procstat >/dev/null; then
	how=procstat
	soft='{ i = index($0, " filesize "); s = substr($0, i + 18, 16); gsub(/ /, "", s); if (i) print $1 + 0, s }'
	look() {
		want=$(ulimit -S -f "$1"; exec sh -c 'procstat -l $$' | awk "$soft")
		procstat -a -l 2>/dev/null | awk "$soft" | while read -r pid limit; do
			[ "$limit" != "${want#* }" ] || printf 'mark %s\n' "$pid"
		done
		ps -A -o pid= -o ppid= -o stat= -o lstart=
	}
fi

# Reads what look prints, after lines of what is known: a process is PID,START, so that
# another one of the same PID is not taken for it. Prints those that are marked or known,
# those of the sessions that one of them leads, and all that is below.
tree='
$1 == "known" { for (i = 2; i <= NF; i++) known[$i] = 1; next }
$1 == "ended" { ended = $2; next }
$1 == "mark" { ours[$2] = 1; next }
/^\/proc\/[0-9]+\/limits$/ { split($0, path, "/"); ours[path[3]] = 1; next }
/^\/proc\/[0-9]+\/stat:/ {
	split($0, path, "/"); sub(/.*[)] /, "")
	parent[path[3]] = $2; session[path[3]] = $4; start[path[3]] = $20
	next
}
NF == 8 && $3 !~ /^Z/ { parent[$1] = $2; start[$1] = $4 "-" $5 "-" $6 "-" $7 "-" $8 }
function belongs(p, n) {
	for (n = 0; p + 0 > 1 && (p in parent) && n < 10000; n++) {
		if ((p in ours) || (p in session) && (session[p] in ours)) return 1
		p = parent[p]
	}
	return 0
}
END {
	for (p in parent) if ((p "," start[p]) in known) ours[p] = 1
	if (ended > 1 && !(ended in parent)) ours[ended] = 1
	for (p in parent) if (belongs(p)) print p "," start[p]
}'

# seek BLOCKS KNOWN [PID]: sets found to the processes of a command: the marked, the
# known and what belongs to them. PID has led a session until just now.
seek() {
	found=$({ printf 'known %s\nended %s\n' "$2" "$3"; look "$1"; } | awk "$tree")
}

# A zombie can do nothing any more; its parent has yet to take note of its end, and
# is given a few seconds for it.
zombie() {
	[ "$how" = proc ] || return 1
	{ IFS= read -r state <"/proc/$1/stat"; } 2>/dev/null || return 0
	case ${state##*) } in Z* | X*) return 0 ;; esac
	return 1
}

# finish BLOCKS[,PID,START] [ended]: ends a command's processes, the program first.
# First all are stopped, until none is found that is not, so that none can start more;
# each remains known when its parents and its mark are gone. It fails if some do not end
# within about ten seconds. The program may have ended just now.
finish() {
	blocks=${1%%,*} program=${1#"${1%%,*}"}
	program=${program#,} leader=
	[ "$2" != ended ] || leader=${program%%,*}
	stopped=' ' rounds=0 more=1
	while [ -n "$more" ] && [ $rounds -lt 1000 ]; do
		more=
		seek "$blocks" "$program$stopped" "$leader"
		for one in $found; do
			case $stopped in
			*" $one "*) ;;
			*)
				kill -STOP "${one%%,*}" 2>/dev/null
				stopped="$stopped$one " more=1
				;;
			esac
		done
		rounds=$((rounds + 1))
	done
	[ "$stopped" != ' ' ] || return 0
	case $stopped in *" ${program:-none} "*) kill -KILL "${program%%,*}" 2>/dev/null ;; esac
	rounds=0
	while seek "$blocks" "$program$stopped" && [ -n "$found" ]; do
		living=
		for one in $found; do
			kill -KILL "${one%%,*}" 2>/dev/null
			zombie "${one%%,*}" || living=1
		done
		[ -n "$living" ] || [ $rounds -lt 300 ] || return 0
		[ $rounds -lt 1000 ] || return 1
		rounds=$((rounds + 1))
		pause
	done
}
