package hoststest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"eaibench/hosts"
)

// counter counts, and keeps nothing.
type counter int64

func (c *counter) Write(data []byte) (int, error) {
	*c += counter(len(data))
	return len(data), nil
}

// watched counts too, and sees how much memory is in use meanwhile.
type watched struct {
	counter
	next counter
	peak uint64 // bytes
}

func (w *watched) Write(data []byte) (int, error) {
	if w.counter >= w.next {
		w.next += 1 << 20
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		w.peak = max(w.peak, memory.HeapAlloc)
	}
	return w.counter.Write(data)
}

func (s suite) stream(t *testing.T) {
	const size = 100_000_000
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var seen watched
	exit, err := s.host.Run(s.context(t), hosts.Command{
		Args: []string{"/usr/bin/head", "-c", "100000000", "/dev/zero"}, Stdout: &seen,
	})
	if err != nil || !exit.OK() {
		t.Fatalf("%v, %v", exit, err)
	}
	equal(t, "bytes", seen.counter, size)
	if seen.peak > before.HeapAlloc+size/3 {
		t.Errorf("%d bytes of memory were in use at once for %d streamed, %d before", seen.peak, size, before.HeapAlloc)
	}
}

// bothWays streams in both directions at once, more than any buffer holds.
func (s suite) bothWays(t *testing.T) {
	const size = 20_000_000
	process, err := s.host.Start(s.context(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	sent, written := sha256.New(), make(chan error, 1)
	go func() {
		random := io.LimitReader(rand.NewChaCha8([32]byte{}), size)
		_, err := io.Copy(io.MultiWriter(process.Stdin(), sent), random)
		written <- errors.Join(err, process.Stdin().Close())
	}()
	received := sha256.New()
	n, err := io.Copy(received, process.Stdout())
	if err := errors.Join(err, <-written); err != nil || n != size || !bytes.Equal(sent.Sum(nil), received.Sum(nil)) {
		t.Errorf("%d of %d bytes came back, with SHA-256 %x for %x: %v", n, size, received.Sum(nil), sent.Sum(nil), err)
	}
	if exit := wait(t, process); !exit.OK() {
		t.Errorf("%v", exit)
	}
}

// bothOutputs writes much to both outputs in turn.
func (s suite) bothOutputs(t *testing.T) {
	const lines = 40_000
	command := shell(fmt.Sprintf("i=0; while [ $i -lt %d ]; do echo output $i; echo fault $i >&2; i=$((i + 1)); done", lines))
	var wantOut, wantErr bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&wantOut, "output %d\n", i)
		fmt.Fprintf(&wantErr, "fault %d\n", i)
	}
	stdout, stderr := s.output(t, command)
	if stdout != wantOut.String() || stderr != wantErr.String() {
		t.Errorf("%d and %d bytes came, not the %d and %d that were written", len(stdout), len(stderr), wantOut.Len(), wantErr.Len())
	}
}

// unread leaves output unread until the program has ended.
func (s suite) unread(t *testing.T) {
	command := shell("echo first; echo last; exec >&-; exit 4")
	command.Pipes = true
	process, err := s.host.Start(s.context(t), command)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "status", wait(t, process).Code, 4)
	text, err := io.ReadAll(process.Stdout())
	if err != nil || string(text) != "first\nlast\n" {
		t.Errorf("after the end: %q, %v", text, err)
	}
	if err := process.Stdout().Close(); err != nil {
		t.Error(err)
	}
}

// killedUnread ends a program that waits for somebody to read its output.
func (s suite) killedUnread(t *testing.T) {
	command := shell("while :; do echo filler; done")
	command.Pipes = true
	process, err := s.host.Start(s.context(t), command)
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	var first [1]byte
	if _, err := io.ReadFull(process.Stdout(), first[:]); err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	equal(t, "cause", wait(t, process).Cause, hosts.Killed)
}

func (s suite) outputLimit(t *testing.T) {
	const limit = 1 << 20
	for _, stream := range []string{"", " >&2"} {
		var out, errs counter
		command := shell("exec /usr/bin/yes" + stream)
		command.Stdout, command.Stderr, command.OutputLimit = &out, &errs, limit
		exit, err := s.host.Run(s.context(t), command)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "cause", exit.Cause, hosts.OutputExceeded)
		equal(t, "bytes", out+errs, limit)
	}
	var out counter
	exit, err := s.host.Run(s.context(t), hosts.Command{
		Args: []string{"/usr/bin/head", "-c", "1048576", "/dev/zero"}, Stdout: &out, OutputLimit: limit,
	})
	if err != nil || !exit.OK() || out != limit {
		t.Errorf("exactly the limit: %v, %v, %d bytes", exit, err, out)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

func (s suite) failingWriter(t *testing.T) {
	full := errors.New("no space left")
	_, err := s.host.Run(s.context(t), hosts.Command{Args: []string{"/usr/bin/yes"}, Stdout: failing{full}})
	var fault *hosts.HarnessError
	if !errors.As(err, &fault) || !errors.Is(err, full) {
		t.Errorf("got %v, want a HarnessError that wraps the writer's", err)
	}
}
