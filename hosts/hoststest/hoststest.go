// Package hoststest is the conformance suite of package hosts: what every host
// must do, whichever way it reaches it. A backend's test calls Run, and Lose if the
// host can be lost; they need a POSIX shell and the usual tools at their usual places on
// the host.
package hoststest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
)

// pace is what can be expected of a host.
type pace struct {
	// patience is how long what must happen may take before a test gives up.
	patience time.Duration
	// rounds of what is repeated to meet what happens rarely.
	rounds int
}

func native() pace   { return pace{2 * time.Minute, 12} }
func emulated() pace { return pace{5 * time.Minute, 2} }

// Run tests a host. Folder is an empty folder on it, which the tests may fill.
func Run(t *testing.T, host hosts.Host, folder string) {
	t.Helper()
	suite{host, folder, native()}.run(t)
}

// RunEmulated does the same with a host whose processor is emulated, which takes some
// ten times as long for everything.
func RunEmulated(t *testing.T, host hosts.Host, folder string) {
	t.Helper()
	suite{host, folder, emulated()}.run(t)
}

func (s suite) run(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"arguments are passed as they are", s.arguments},
		{"the environment is exactly the one given", s.environment},
		{"the working directory", s.directory},
		{"both streams arrive apart", s.streams},
		{"standard input", s.input},
		{"standard input that nobody reads", s.inputUnread},
		{"a conversation over pipes", s.conversation},
		{"exit codes", s.exitCodes},
		{"signals", s.signals},
		{"a time-out ends every descendant", s.timeOut(everyKind())},
		{"a time-out ends what has limits of its own", s.timeOut(limited())},
		{"a kill ends every descendant", s.kill(everyKind())},
		{"a kill ends what has limits of its own", s.kill(limited())},
		{"a cancelled context", s.cancel},
		{"nothing is left after a normal end", s.leftovers(everyKind())},
		{"nothing with limits of its own is left after a normal end", s.leftovers(remaining())},
		{"a kill leaves other commands alone", s.apart},
		{"both directions at once", s.bothWays},
		{"both outputs at once", s.bothOutputs},
		{"output that is read after the end", s.unread},
		{"a kill while output is unread", s.killedUnread},
		{"100 MB are streamed, not kept", s.stream},
		{"the output limit", s.outputLimit},
		{"a writer that fails", s.failingWriter},
		{"what cannot be started", s.notStarted},
		{"files", s.files},
		{"freshPrograms", s.freshPrograms},
		{"trees", s.trees},
		{"faults of files", s.fileFaults},
		{"many commands at once", s.many},
		{"forwarded ports", s.forward},
	} {
		t.Run(test.name, test.run)
	}
}

type suite struct {
	host   hosts.Host
	folder string
	pace
}

func (s suite) context(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.patience)
	t.Cleanup(cancel)
	return ctx
}

func shell(script string, args ...string) hosts.Command {
	return hosts.Command{Args: append([]string{"/bin/sh", "-c", script, "sh"}, args...)}
}

// output runs a command that must end well, and gives what it wrote.
func (s suite) output(t *testing.T, command hosts.Command) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	exit, err := s.host.Run(s.context(t), command)
	if err != nil || !exit.OK() {
		t.Fatalf("%q: %v, %v; standard error: %s", command.Args, exit, err, errs.String())
	}
	return out.String(), errs.String()
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

func (s suite) arguments(t *testing.T) {
	args := []string{
		"", " ", "two words", "tab\there", "line\nbreak", `"double"`, `'single'`, `back\slash`, "$HOME", "`id`", "$(id)", "*", "?", "~",
		everyByte(), "a;b", "a|b", "a&b", "<in", ">out", "#no", "!bang", "{a,b}", "%s", "-n", "--", "ünïcode", "\x01\x7f",
	}
	got, _ := s.output(t, shell(`for a; do printf '%s\000' "$a"; done`, args...))
	equal(t, "arguments", got, strings.Join(args, "\x00")+"\x00")
}

// everyByte is a text of all bytes that an argument can hold.
func everyByte() string {
	text := make([]byte, 255)
	for i := range text {
		text[i] = byte(i + 1)
	}
	return string(text)
}

func (s suite) environment(t *testing.T) {
	for _, environment := range [][]string{nil, {}, {"A=1", "B=two words", "C=a=b", "D=", "E=$HOME `id`", "-F=option", "G=line\nbreak", "run=it", "n=x"}} {
		got, _ := s.output(t, hosts.Command{Args: []string{"/usr/bin/env", "-0"}, Env: environment})
		want := strings.Join(environment, "\x00")
		if want != "" {
			want += "\x00"
		}
		equal(t, "environment", got, want)
	}
}

func (s suite) directory(t *testing.T) {
	for _, directory := range []string{"", "/usr", s.folder} {
		got, _ := s.output(t, hosts.Command{Args: []string{"/bin/pwd", "-P"}, Dir: directory})
		if directory == "" {
			directory = "/"
		}
		equal(t, "working directory", got, directory+"\n")
	}
}

func (s suite) streams(t *testing.T) {
	stdout, stderr := s.output(t, shell("echo out; echo errors >&2"))
	equal(t, "standard output", stdout, "out\n")
	equal(t, "standard error", stderr, "errors\n")
}

func (s suite) input(t *testing.T) {
	text := strings.Repeat("a line of text\n", 100_000)
	command := hosts.Command{Args: []string{"/bin/cat"}, Stdin: strings.NewReader(text)}
	got, _ := s.output(t, command)
	if got != text {
		t.Errorf("%d bytes went in and %d others came out", len(text), len(got))
	}
	got, _ = s.output(t, hosts.Command{Args: []string{"/bin/cat"}})
	equal(t, "output without input", got, "")
}

func (s suite) inputUnread(t *testing.T) {
	command := shell("exit 3")
	command.Stdin = strings.NewReader(strings.Repeat("x", 10_000_000))
	exit, err := s.host.Run(s.context(t), command)
	if err != nil || exit.Code != 3 || exit.Cause != hosts.Exited {
		t.Errorf("got %v, %v, want status 3", exit, err)
	}
}

func (s suite) exitCodes(t *testing.T) {
	for _, code := range []int{0, 1, 2, 77, 126, 127, 128, 137, 255} {
		exit, err := s.host.Run(s.context(t), shell(fmt.Sprintf("exit %d", code)))
		if err != nil {
			t.Fatalf("status %d: %v", code, err)
		}
		equal(t, "cause", exit.Cause, hosts.Exited)
		equal(t, "status", exit.Code, code)
		equal(t, "ok", exit.OK(), code == 0)
	}
}

func (s suite) signals(t *testing.T) {
	for _, signal := range []string{"TERM", "KILL", "SEGV", "ABRT", "INT", "BUS", "SYS", "USR1"} {
		exit, err := s.host.Run(s.context(t), shell("ulimit -c 0; kill -"+signal+" $$"))
		if err != nil {
			t.Fatalf("signal %s: %v", signal, err)
		}
		equal(t, "cause", exit.Cause, hosts.Signalled)
		equal(t, "signal", exit.Signal, "SIG"+signal)
		equal(t, "status", exit.Code, -1)
	}
}

func (s suite) notStarted(t *testing.T) {
	if err := s.host.WriteFile(s.context(t), s.folder+"/text", strings.NewReader("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.host.RemoveAll(s.context(t), s.folder+"/text"); err != nil {
			t.Error(err)
		}
	}()
	for name, command := range map[string]hosts.Command{
		"no program":             {},
		"relative path":          {Args: []string{"sh"}},
		"missing program":        {Args: []string{s.folder + "/missing"}},
		"a folder":               {Args: []string{s.folder}},
		"missing folder":         {Args: []string{"/bin/true"}, Dir: s.folder + "/missing"},
		"pipes and a writer":     {Args: []string{"/bin/true"}, Pipes: true, Stdout: &bytes.Buffer{}},
		"pipes without a user":   {Args: []string{"/bin/true"}, Pipes: true},
		"no program's format":    {Args: []string{s.folder + "/text"}},
		"variable without value": {Args: []string{"/bin/true"}, Env: []string{"NAME"}},
		"NUL in an argument":     {Args: []string{"/bin/true", "a\x00b"}},
		"relative folder":        {Args: []string{"/bin/true"}, Dir: "tmp"},
		"negative output limit":  {Args: []string{"/bin/true"}, OutputLimit: -1},
	} {
		exit, err := s.host.Run(s.context(t), command)
		var fault *hosts.HarnessError
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, %v, want a HarnessError", name, exit, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.host.Run(ctx, shell("exit 0")); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v, want it to wrap context.Canceled", err)
	}
}
