package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// carryOut has a shell do what the user's shell is asked to, with the line and what
// follows on its standard input.
func carryOut(t testing.TB, shell, line, rest string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, shell, "-c", bootstrap)
	command.WaitDelay = time.Minute // What it has started may hold its output, which fails.
	command.Stdin = strings.NewReader(line + rest)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	return string(out)
}

// FuzzQuote: whatever the text, a real shell makes one word of it, and leaves what
// follows the line to the program.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{
		"", "it's", "''", "a\nb\n", "\n", "$(id)", "`id`", `\`, `\\n`, "\x01\x7f\x81\x82\x88\xff", "-n", "a\tb", "ünïcode", "!!", "$n", "\"",
		"\r\n", "~", "*", "#",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		first, second = strings.ReplaceAll(first, "\x00", ""), strings.ReplaceAll(second, "\x00", "")
		line := oneLine("printf '%s\\000' " + words([]string{first, second}) + "\nexec cat\n")
		if strings.Count(line, "\n") != 1 {
			t.Fatalf("%q is not one line", line)
		}
		if got, want := carryOut(t, "/bin/sh", line, first), first+"\x00"+second+"\x00"+first; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The user's shell may be none of POSIX's.
func TestBootstrap(t *testing.T) {
	for _, shell := range []string{"/bin/sh", "/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"} {
		line := oneLine("printf '%s\n' " + words([]string{"it's\n", "$HOME"}))
		if got := carryOut(t, shell, line, ""); got != "it's\n\n$HOME\n" {
			t.Errorf("%s: got %q", shell, got)
		}
	}
}

// TestFinding finds processes as on Linux and as on FreeBSD, there with programs that print the limits
// and the starts of this system's processes as procstat -l and ps print those of its own
// (procstat_rlimit.c, humanize_number(3), ps(1)).
func TestFinding(t *testing.T) {
	folder := t.TempDir()
	const procstat = `#!/bin/sh
case $1 in -a) set -- /proc/[0-9]*/limits ;; *) set -- "/proc/$2/limits" ;; esac
exec awk 'BEGIN {
	print "  PID COMM             RLIMIT                  SOFT             HARD     "
	form = "%5d %-16s %-16s %16s %16s\n"
	for (i = 1; i < ARGC; i++) {
		split(ARGV[i], path, "/")
		state = ""
		while ((getline line < ("/proc/" path[3] "/stat")) > 0) state = substr(line, index(line, ") ") + 2, 1)
		close("/proc/" path[3] "/stat")
		if (state == "" || state == "Z") continue
		while ((getline line < ARGV[i]) > 0) if (line ~ /^Max file size/) {
			split(line, word, " +")
			soft = word[4] == "unlimited" ? "infinity     " : sprintf("%d TB  ", word[4] / 1099511627776)
			printf form, path[3], "a name", "cputime", "infinity     ", "infinity     "
			printf form, path[3], "a name", "filesize", soft, "infinity     "
			printf form, path[3], "a name", "datasize", "infinity     ", "infinity     "
		}
		close(ARGV[i])
	}
}' "$@"
`
	// Of Linux's ps the start of a process may differ by a second from one time to the next.
	const ps = `#!/bin/sh
case $1 in -A) set -- /proc/[0-9]*/stat ;; *) set -- "/proc/$4/stat" ;; esac
all=$#
grep -s . /dev/null "$@" | awk -v all="$all" '{
	split($0, path, "/"); sub(/.*[)] /, "")
	start = sprintf("Mon Nov 30 %s 2026", $20)
	if (all > 1) print path[3], $2, $1 "s+", start; else print start
}'
`
	for name, text := range map[string]string{"procstat": procstat, "ps": ps} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	own := strings.ReplaceAll(descendants, "/proc/self/limits", "/nowhere")
	own = strings.Replace(own, "PATH=", "PATH="+folder+":", 1)
	for _, shell := range shells(t) {
		for how, functions := range map[string]string{"proc": descendants, "procstat": own} {
			t.Run(how+" with "+shell, func(t *testing.T) {
				want := how + "\nfinished\nb\nd\ne\n" + "finished\nb\n" + "finished\n"
				if got := carryOut(t, shell, oneLine(functions+finding), ""); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// shells are the POSIX shells that are there, each with a path of its own.
func shells(t *testing.T) []string {
	t.Helper()
	found := []string{"/bin/sh"}
	for _, name := range []string{"bash", "ksh", "mksh"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if path, err := exec.LookPath("busybox"); err == nil {
		link := filepath.Join(t.TempDir(), "sh") // by this name it is a shell
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		found = append(found, link)
	}
	return found
}

// finding starts processes a to e, of which a and c bear a mark, b another, and e is
// below d, which bears none; and ends those of a program: c, then d by a PID that is
// another's since, then d itself. It prints who lives.
const finding = `
ulimit -c 0
mark=$((3377699720527872 + ($$ % 65536) * 4294967296)) # what an earlier test left has another
other=$((mark + 1125899906842624)) nobody=$((mark + 2251799813685248))
(ulimit -S -f $mark; exec sleep 1000) & a=$!
(ulimit -S -f $other; exec sleep 1000) & b=$!
(ulimit -S -f $mark; sleep 1000; true) & c=$!
(sleep 1000; true) & d=$!
start() {
	if [ "$how" = proc ]; then
		IFS= read -r line </proc/$1/stat
		set -- ${line##*) }
		echo "${20}"
	else
		set -- $(ps -o lstart= -p "$1")
		echo "$1-$2-$3-$4-$5"
	fi
}
until seek $mark; set -- $found; [ $# = 3 ]; do pause; done
until seek $nobody "$d,$(start $d)"; set -- $found; [ $# = 2 ]; do pause; done
e=${1%%,*}; [ $e != $d ] || e=${2%%,*}
dStart=$(start $d)
living() { for name in a b c d e; do eval "kill -0 \$$name" 2>/dev/null && echo $name; done; true; }
echo "$how"
finish "$mark,$c,$(start $c)" && echo finished
wait $a $c
living
seek $nobody "$d,1"; [ -z "$found" ] || echo "taken for another: $found"
finish "$nobody,$d,1"
finish "$nobody,$d,$dStart" && echo finished
wait $d
while kill -0 $e; do pause; done 2>/dev/null
living
finish "$other,0," && echo finished
wait $b
living
`

// What is between the lines with the token is passed on whole, and no more,
// however it arrives.
func TestMarked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := "TOKEN"
		piece := rapid.StringOfN(rapid.SampledFrom([]rune("TOKEN \nx")), 0, 40, -1)
		clean := func(label string) string {
			return strings.ReplaceAll(piece.Draw(t, label), token+" ", "")
		}
		before, output := clean("before"), clean("output")
		for _, text := range []string{before, output} {
			if strings.Contains(text+token+" ", token+" ") && strings.Index(text+token+" ", token+" ") != len(text) {
				t.Skip("the token begins in the output")
			}
		}
		text := before + token + " pid 7\n" + output + token + " exit 0 none none\n"
		var from io.Reader = strings.NewReader(text)
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			from = iotest.OneByteReader(from)
		case 1:
			from = iotest.DataErrReader(from)
		}
		m := newMarked(from, token)
		var first, second bytes.Buffer
		line, err := m.next(&first)
		if err != nil || line != "pid 7" || first.String() != before {
			t.Fatalf("%q, %v, %q of %q", line, err, first.String(), text)
		}
		line, err = m.next(&second)
		if err != nil || line != "exit 0 none none" || second.String() != output {
			t.Fatalf("%q, %v, %q of %q", line, err, second.String(), text)
		}
		if line, err := m.next(&second); !errors.Is(err, io.EOF) {
			t.Fatalf("after the end: %q, %v", line, err)
		}
	})
}

func TestExitLine(t *testing.T) {
	for line, want := range map[string]string{
		"exit 0 none none":     "exited with status 0",
		"exit 255 none none":   "exited with status 255",
		"exit 265 KILL none":   "ended by SIGKILL",
		"exit 290 PROT none":   "ended by SIGPROT",
		"exit 290 34 none":     "ended by SIG34",
		"exit lost none none":  "lost",
		"exit 0 none some":     "do not end",
		"exit 0":               "says",
		"":                     "says",
		"pid 0 none none none": "says",
	} {
		exit, err := parseExit(line)
		got := exit.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// A program's start is a word of the guardian's list, which its shell splits and would expand.
func TestProgramLine(t *testing.T) {
	for text, want := range map[string]trace{
		"812 4711":              {1, 812, "4711"},
		"812 Tue-Jun-4-12:00:7": {1, 812, "Tue-Jun-4-12:00:7"},
		"812":                   {},
		"812 ":                  {},
		"x 4711":                {},
		"812 4711 0":            {},
		"812 *":                 {},
		"812 4711?":             {},
		"812 [4]":               {},
	} {
		got := trace{mark: 1}
		if err := got.setProgram(text); (err == nil) != (want.pid != 0) || err == nil && got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
