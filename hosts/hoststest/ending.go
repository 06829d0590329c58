package hoststest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
)

// family is a script that starts descendants, and writes the PID of each before it does
// what "$1" says.
type family struct {
	script string
	size   int
}

// everyKind starts every kind of descendant: a child, a child that ignores signals, one with a session of
// its own, and one whose parent has ended too.
func everyKind() family {
	return family{`
	sleep 1000 & echo $!
	(trap '' TERM HUP INT; sleep 1000) & echo $!
	/usr/bin/setsid /bin/sh -c 'echo $$; exec sleep 1000' &
	(/usr/bin/setsid /bin/sh -c 'echo $$; exec sleep 1000' &)
	echo $$
	eval "$1"
`, 5}
}

// limited starts some that have limits of their own, as what is compiled or launched has; one has a
// session of its own, one has left its parent.
func limited() family {
	return family{`
	ulimit -S -f 1000000
	(ulimit -S -f 500000; sleep 1000; true) & echo $!
	/usr/bin/setsid /bin/sh -c 'sleep 1000 & echo $!; echo $$; wait' &
	(sleep 1000 & echo $!)
	echo $$
	eval "$1"
`, 5}
}

// remaining starts some with limits of their own that stay when the program ends: found
// by its session.
func remaining() family {
	return family{`
	ulimit -S -f 1000000
	sleep 1000 & echo $!
	(sleep 1000 & echo $!)
	eval "$1"
`, 2}
}

// startFamily starts a family, and gives its members when all are there.
func (s suite) startFamily(ctx context.Context, t *testing.T, family family, then string) (hosts.Process, []string) {
	t.Helper()
	command := shell(family.script, then)
	command.Pipes = true
	process, err := s.host.Start(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { process.Stdout().Close() })
	var pids []string
	lines := bufio.NewScanner(process.Stdout())
	for len(pids) < family.size && lines.Scan() {
		pids = append(pids, lines.Text())
	}
	if len(pids) < family.size {
		t.Fatalf("only %q are there: %v", pids, lines.Err())
	}
	return process, pids
}

// alive says which of the processes there are on the host, zombies too.
func (s suite) alive(t *testing.T, pids []string) string {
	t.Helper()
	got, _ := s.output(t, shell(`for p; do if kill -0 $p 2>/dev/null; then echo $p; fi; done`, pids...))
	return strings.Join(strings.Fields(got), " ")
}

func wait(t *testing.T, process hosts.Process) hosts.Exit {
	t.Helper()
	exit, err := process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

// expiring is a context whose time is up when the test says so: then processes are there, however slow the host is to start them.
type expiring struct {
	context.Context
	up chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.up }

func (e expiring) Err() error {
	select {
	case <-e.up:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func (s suite) timeOut(family family) func(*testing.T) {
	return func(t *testing.T) {
		ctx, began := expiring{t.Context(), make(chan struct{})}, time.Now()
		process, pids := s.startFamily(ctx, t, family, "trap '' TERM; while :; do sleep 1000; done")
		ran := time.Now()
		equal(t, "alive before", s.alive(t, pids), strings.Join(pids, " "))
		least := time.Since(ran)
		close(ctx.up)
		exit := wait(t, process)
		equal(t, "cause", exit.Cause, hosts.TimedOut)
		equal(t, "ok", exit.OK(), false)
		equal(t, "still alive", s.alive(t, pids), "")
		if most := time.Since(began); exit.Duration < least || exit.Duration > most {
			t.Errorf("it took %v, and was let run for at least %v, at most %v", exit.Duration, least, most)
		}
	}
}

func (s suite) kill(family family) func(*testing.T) {
	return func(t *testing.T) {
		process, pids := s.startFamily(s.context(t), t, family, "wait")
		equal(t, "alive before", s.alive(t, pids), strings.Join(pids, " "))
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
		exit := wait(t, process)
		equal(t, "cause", exit.Cause, hosts.Killed)
		equal(t, "signal", exit.Signal, "SIGKILL")
		equal(t, "still alive", s.alive(t, pids), "")
		if err := process.Kill(); err != nil {
			t.Errorf("a kill after the end: %v", err)
		}
		equal(t, "exit the second time", wait(t, process), exit)
	}
}

func (s suite) cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(s.context(t))
	process, pids := s.startFamily(ctx, t, everyKind(), "wait")
	cancel()
	equal(t, "cause", wait(t, process).Cause, hosts.Cancelled)
	equal(t, "still alive", s.alive(t, pids), "")
}

func (s suite) leftovers(family family) func(*testing.T) {
	return func(t *testing.T) {
		process, pids := s.startFamily(s.context(t), t, family, "read line; exit 5")
		if err := process.Stdin().Close(); err != nil {
			t.Fatal(err)
		}
		exit := wait(t, process)
		equal(t, "cause", exit.Cause, hosts.Exited)
		equal(t, "status", exit.Code, 5)
		equal(t, "still alive", s.alive(t, pids), "")
	}
}

func (s suite) apart(t *testing.T) {
	first, firstPIDs := s.startFamily(s.context(t), t, everyKind(), "wait")
	second, secondPIDs := s.startFamily(s.context(t), t, everyKind(), "wait")
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	wait(t, first)
	equal(t, "alive of the killed", s.alive(t, firstPIDs), "")
	equal(t, "alive of the other", s.alive(t, secondPIDs), strings.Join(secondPIDs, " "))
	if err := second.Kill(); err != nil {
		t.Fatal(err)
	}
	wait(t, second)
}

func (s suite) conversation(t *testing.T) {
	process, err := s.host.Start(s.context(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	if process.PID() <= 1 {
		t.Errorf("PID %d is none of a program", process.PID())
	}
	answers := bufio.NewReader(process.Stdout())
	for _, message := range []string{"one\n", "two\n", strings.Repeat("long ", 20_000) + "\n"} {
		written := make(chan error, 1)
		go func() {
			_, err := io.WriteString(process.Stdin(), message)
			written <- err
		}()
		answer, err := answers.ReadString('\n')
		if err := errors.Join(err, <-written); err != nil || answer != message {
			t.Fatalf("said %d bytes, heard %d: %v", len(message), len(answer), err)
		}
	}
	if err := process.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	if exit := wait(t, process); !exit.OK() {
		t.Errorf("after the end of its input: %v", exit)
	}
	if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}
