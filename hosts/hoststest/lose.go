package hoststest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
)

// Lose tests what becomes of everything that is under way when a host is lost, and
// that it can be used when it is there again. Cut loses it, in whatever way; restore
// makes it reachable. Folder is an empty folder on it.
func Lose(t *testing.T, host hosts.Host, folder string, cut, restore func()) {
	t.Helper()
	s := suite{host, folder, native()}
	ctx := s.context(t)
	path := folder + "/kept"
	const size = 8 << 20
	if err := host.WriteFile(ctx, path, strings.NewReader(strings.Repeat("x", size)), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := host.ReadFile(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(file, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	process, pids := s.startFamily(ctx, t, everyKind(), "wait")
	other, otherPIDs := s.startFamily(ctx, t, limited(), "wait")
	results := make(chan lost)
	flowing, written := make(chan struct{}), &gate{begun: make(chan struct{}), open: make(chan struct{})}
	go func() {
		_, err := host.Run(ctx, hosts.Command{Args: []string{"/usr/bin/yes"}, Stdout: &firstWrite{flowing: flowing}})
		results <- lost{"a command with much output", err}
	}()
	go func() {
		results <- lost{"a file that is written", host.WriteFile(ctx, path, written, 0o644)}
	}()
	<-flowing
	<-written.begun
	cut()
	_, err = process.Wait()
	s.isLost(t, lost{"a command", err})
	_, err = other.Wait()
	s.isLost(t, lost{"a command that sets limits", err})
	_, err = io.ReadAll(process.Stdout())
	s.isLost(t, lost{"its standard output", err})
	if _, err := io.WriteString(process.Stdin(), "late\n"); err == nil {
		t.Error("its standard input can be written to")
	}
	close(written.open)
	s.isLost(t, <-results)
	s.isLost(t, <-results)
	_, err = io.ReadAll(file)
	s.isLost(t, lost{"a file that is read", err})
	_ = file.Close() // Whether it says so again is its own affair.

	restore()
	s.gone(t, append(pids, otherPIDs...))
	if got := len(s.read(t, path)); got != size {
		t.Errorf("the file has %d bytes, not the %d of before", got, size)
	}
	equal(t, "files", s.listing(t, folder), "644 ./kept\n")
	if err := host.RemoveAll(ctx, path); err != nil {
		t.Error(err)
	}
}

// lost is the end of something that was under way.
type lost struct {
	what string
	err  error
}

func (s suite) isLost(t *testing.T, l lost) {
	t.Helper()
	var fault *hosts.TargetError
	if !errors.As(l.err, &fault) || fault.Host != s.host.Name() || !strings.Contains(l.err.Error(), s.host.Name()) {
		t.Errorf("%s: %v, want a TargetError that names the host", l.what, l.err)
	}
}

// gone waits until none of the processes is left.
func (s suite) gone(t *testing.T, pids []string) {
	t.Helper()
	for deadline := time.Now().Add(s.patience); ; time.Sleep(20 * time.Millisecond) {
		left := s.alive(t, pids)
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes outlive the connection: %s", left)
		}
	}
}

// firstWrite tells of the first write.
type firstWrite struct {
	flowing chan struct{}
	flown   bool
}

func (w *firstWrite) Write(data []byte) (int, error) {
	if !w.flown {
		w.flown = true
		close(w.flowing)
	}
	return len(data), nil
}

// gate is content of which the second half comes when it is opened.
type gate struct {
	begun, open chan struct{}
	reads       int
}

func (g *gate) Read(buffer []byte) (int, error) {
	g.reads++
	switch g.reads {
	case 1:
		return copy(buffer, "half"), nil
	case 2:
		close(g.begun)
		<-g.open
		return copy(buffer, "whole"), nil
	}
	return 0, io.EOF
}
