package ssh

import (
	_ "embed"
	"fmt"
	"strings"

	"eaibench/hosts"
)

// bootstrap is what the user's shell is asked to do, for every purpose: have
// /bin/sh read one line of standard input and carry it out. Read reads no further
// than the line (POSIX, read), so what follows is left to the program.
const bootstrap = `exec /bin/sh -c 'IFS= read -r l && eval "$l"'`

var (
	// descendants has the functions seek and finish.
	//
	//go:embed descendants.sh
	descendants string
	//go:embed supervisor.sh
	supervisor string
	//go:embed guardian.sh
	guardianScript string
)

// supervisorLine is the supervisor's script.
func supervisorLine(token string, mark uint64) string {
	return oneLine(fmt.Sprintf("t=%s m=%d\n", token, mark) + descendants + supervisor)
}

// programLine is carried out by the process that becomes the program.
func programLine(token string, mark uint64, guardian int, command hosts.Command) string {
	var script strings.Builder
	program, folder := command.Args[0], command.Dir
	if folder == "" {
		folder = "/"
	}
	fmt.Fprintf(&script, "t=%s m=%d g=%d p=%s d=%s\n", token, mark, guardian, quote(program), quote(folder))
	script.WriteString(becomeProgram)
	if command.Stdin == nil && !command.Pipes {
		script.WriteString("exec </dev/null\n")
	}
	if command.Stdout == nil && !command.Pipes {
		script.WriteString("exec >/dev/null\n")
	}
	if command.Stderr == nil {
		script.WriteString("exec 2>/dev/null\n")
	}
	script.WriteString("exec $s /usr/bin/env -i -- " + words(command.Env))
	if strings.Contains(program, "=") {
		// env would take it for a variable; nice executes what it is given.
		script.WriteString(" /usr/bin/nice -n 0")
	}
	script.WriteString(" " + words(command.Args) + "\n")
	return oneLine(script.String())
}

// becomeProgram makes sure that the program can be executed, marks it, and says
// its PID and start. The mark comes before the look at the guardian: either the guardian
// finds the mark, or this finds no guardian.
const becomeProgram = `
fault() { printf '%s fault %s\n' "$t" "$1" >&2; exit 0; }
cd -- "$d" 2>/dev/null || fault "use there is no folder $d, or no right to enter it"
[ -e "$p" ] || [ -h "$p" ] || fault "absent $p"
[ -f "$p" ] && [ -x "$p" ] || fault "use $p is no file that can be executed"
if [ -r "$p" ]; then
	IFS= read -r h 2>/dev/null <"$p"
	case $h in '#!'* | ?ELF*) ;; *) fault "use $p is neither a script that begins with #! nor an ELF file" ;; esac
fi
ulimit -S -f "$m" 2>/dev/null || fault "host no limit of file sizes can be set: ulimit -S -f $m"
kill -0 "$g" 2>/dev/null || fault "host the guardian of this connection has ended"
s=
[ ! -x /usr/bin/setsid ] || s=/usr/bin/setsid
printf '%s pid %s %s\n' "$t" "$$" "$b" >&2
`
