package conversation

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	integration "eaibench/integration_process"
)

// build is one way to compile the retail solution; each is compiled once.
type build struct {
	flags []string
	once  sync.Once
	path  string
	err   error
}

var (
	plain     = &build{flags: []string{"-O2"}}
	sanitized = &build{flags: []string{"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DTIMINGS_GATHERED_MAXIMUM=20"}}
	folder    string // of sources and executables
)

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "eaibench-conversation-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

func (b *build) executable(t testing.TB) string {
	t.Helper()
	b.once.Do(func() { b.path, b.err = compile(b.flags) })
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

func compile(flags []string) (string, error) {
	source, err := integration.Source("retail")
	if err != nil {
		return "", err
	}
	retail, err := integration.NewSources("retail", "retail.c", source)
	if err != nil {
		return "", err
	}
	sources, err := os.MkdirTemp(folder, "sources-")
	if err != nil {
		return "", err
	}
	for file, content := range retail.Files(sources, sources) {
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return "", err
		}
	}
	executable := filepath.Join(sources, "retail")
	arguments := append([]string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-o", executable}, flags...)
	arguments = append(arguments, retail.CompilationUnits(sources, sources)...)
	arguments = append(arguments, "-lssl", "-lcrypto", "-lcjson")
	if output, err := exec.Command("gcc", arguments...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("gcc: %w\n%s", err, output)
	}
	return executable, nil
}

// process is a started integration process and the test's end of the conversation.
type process struct {
	t       testing.TB
	command *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	log     bytes.Buffer // to be read after ended
}

// conversationLimit ends a process that hangs, so that the test fails instead of waiting.
const conversationLimit = 3 * time.Minute

func start(t testing.TB, b *build) *process {
	t.Helper()
	return startWith(t, b, nil)
}

// startWith starts a process that also inherits files, and has more in its environment.
func startWith(t testing.TB, b *build, inherited []*os.File, environment ...string) *process {
	t.Helper()
	executable := b.executable(t) // not on the process's time
	ctx, cancel := context.WithTimeout(t.Context(), conversationLimit)
	t.Cleanup(cancel)
	p := &process{t: t, command: exec.CommandContext(ctx, executable)}
	p.command.Env = append([]string{"ASAN_OPTIONS=detect_leaks=1", "UBSAN_OPTIONS=print_stacktrace=1"}, environment...)
	p.command.ExtraFiles = inherited
	p.command.Stderr = &p.log
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if p.out, err = p.command.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		p.command.Wait() // a second time after ended, then without effect
	})
	return p
}

// send writes a message as a frame; []byte are the frame's bytes themselves. That nobody reads any more is the process's answer,
// found by who expects one.
func (p *process) send(message any) {
	p.t.Helper()
	body, raw := message.([]byte)
	if !raw {
		var err error
		if body, err = json.Marshal(message); err != nil {
			p.t.Fatal(err)
		}
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	p.in.Write(append(frame, body...))
}

// message is any message of the process's.
type message struct {
	Type string `json:"type"`
	text []byte
}

func (m *message) into(t testing.TB, value any) {
	t.Helper()
	if err := json.Unmarshal(m.text, value); err != nil {
		t.Fatalf("%s: %v", m.text, err)
	}
}

func (p *process) receive() (*message, error) {
	var length uint32
	if err := binary.Read(p.out, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	m := &message{text: make([]byte, length)}
	if _, err := io.ReadFull(p.out, m.text); err != nil {
		return nil, err
	}
	return m, json.Unmarshal(m.text, m)
}

// expect receives a message of this type into value.
func (p *process) expect(kind string, value any) {
	p.t.Helper()
	m, err := p.receive()
	if err != nil {
		p.t.Fatalf("no %s: %v; log: %s", kind, err, p.ended())
	}
	if m.Type != kind {
		p.t.Fatalf("%s instead of %s", m.text, kind)
	}
	m.into(p.t, value)
}

// ended waits for the end and returns the log.
func (p *process) ended() string {
	p.in.Close()
	io.Copy(io.Discard, p.out)
	p.command.Wait()
	return p.log.String()
}

// exits waits for the end without ending the input, and checks the exit status.
func (p *process) exits(status int) {
	p.t.Helper()
	if rest, err := io.ReadAll(p.out); err != nil || len(rest) > 0 {
		p.t.Errorf("after the last message came %d bytes, %v", len(rest), err)
	}
	err := p.command.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := p.command.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d; log: %s", got, status, p.log.String())
	}
}

// failure is how a process says why it ends.
type failure struct {
	Step    string `json:"step"`
	Check   string `json:"check"`
	Message string `json:"message"`
}
