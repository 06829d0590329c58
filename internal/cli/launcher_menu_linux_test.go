package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
)

// menuStage is a launcher with a program that runs until the test lets it end, and how to open a menu.
type menuStage struct {
	t        *testing.T
	flags    []string
	listener net.Listener // which the running program calls
}

func newMenuStage(t *testing.T) *menuStage {
	t.Helper()
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	mustRun(t, "ca", "init", "--data", in("ca"))
	mustRun(t, "ca", "issue", "launcher", "local", "--data", in("ca"), "--out", in("launcher"))
	root, err := attest.LoadRoot(in("ca/root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("token"), []byte(strings.Repeat("0", 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	client := serving(t, root.Pool, "eai:launcher/local", "launcher", "serve", "--data", in("launcher"), "--root-ca", in("ca/root.pem"), "--auth", "none",
		"--ca", "https://127.0.0.1:1", "--attester", "https://127.0.0.1:1", "--attester-token", in("token"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &menuStage{t, []string{"--launcher", client.Address(), "--root-ca", in("ca/root.pem")}, listener}
	waits := in("waits.c")
	if err := os.WriteFile(waits, []byte(waitingSource(listener)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.open(context.Background(), strings.NewReader("upload\n"+waits+"\ncompile\n1\n\n"), &out); err != nil || !strings.Contains(out.String(), "waits.c compiled in mode hybrid") {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return s
}

func (s *menuStage) open(ctx context.Context, in io.Reader, out io.Writer) error {
	return run(ctx, append([]string{"eaibench", "launcher", "menu"}, s.flags...), in, out, s.t.Output())
}

// interruptible is a person's input: it stays open, whatever was typed.
func interruptible(t *testing.T, typed string) io.Reader {
	t.Helper()
	reader, writer := io.Pipe()
	t.Cleanup(func() { writer.Close() })
	go func() { _, _ = io.WriteString(writer, typed) }()
	return reader
}

// seen tells when a text has been written.
type seen struct {
	wanted string
	text   strings.Builder
	found  chan struct{}
}

func (s *seen) Write(p []byte) (int, error) {
	before := strings.Count(s.text.String(), s.wanted)
	s.text.Write(p)
	if before == 0 && strings.Contains(s.text.String(), s.wanted) {
		close(s.found)
	}
	return len(p), nil
}

func TestCtrlCEndsTheMenu(t *testing.T) {
	s := newMenuStage(t)
	for _, test := range []struct{ name, typed, at string }{
		{"while it waits for a choice", "", "Choose 1 to 6: "},
		{"while it waits for an answer", "compile\n1\n", "Mode (empty: the platform's first): "},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			out := &seen{wanted: test.at, found: make(chan struct{})}
			ended := make(chan error, 1)
			go func() { ended <- s.open(ctx, interruptible(t, test.typed), out) }()
			<-out.found
			interrupt()
			if err := <-ended; err != nil || !strings.HasSuffix(out.text.String(), test.at+"\n") {
				t.Errorf("ended with %v, after:\n%s", err, out.text.String())
			}
		})
	}
	t.Run("during a run, which ends too", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		ended := make(chan error, 1)
		go func() { ended <- s.open(ctx, interruptible(t, "execute\n1\n\n"), io.Discard) }()
		called, err := s.listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer called.Close()
		interrupt()
		var exit *exitError
		if err := <-ended; !errors.As(err, &exit) || exit.code != exitInterrupted {
			t.Errorf("ended with %v", err)
		}
		if err := called.SetReadDeadline(time.Now().Add(3 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := called.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("the program goes on")
		}
	})
}

// A line that never ends is not a choice, and input that breaks off is not a person who leaves.
func TestMenuWhoseInputBreaks(t *testing.T) {
	s := newMenuStage(t)
	broken := io.MultiReader(strings.NewReader("list\n"), brokenReader{})
	for name, in := range map[string]io.Reader{"endless line": strings.NewReader(strings.Repeat("x", 1<<20)), "broken": broken} {
		var exit *exitError
		if err := s.open(t.Context(), in, io.Discard); !errors.As(err, &exit) || exit.code != exitFailed || !strings.Contains(err.Error(), "standard input cannot be read") {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }
