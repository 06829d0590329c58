package qemu

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mostSaid is how many bytes of what QEMU itself says are kept.
const mostSaid = 4 << 10

// termLimit is how long QEMU may take to end by itself when it is asked to.
const termLimit = 10 * time.Second

// process is a QEMU that runs. Read and Write are its console's.
type process struct {
	command *exec.Cmd
	in, out *os.File
	said    said
	ended   chan struct{}
	err     error // of its end
}

// launch starts a command with its console on pipes. It has a process group of its
// own, so that a key pressed at a terminal does not end it, and ends when this
// process does.
func launch(command []string) (*process, error) {
	typedHere, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer typedHere.Close()
	out, shown, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer shown.Close()
	p := &process{command: exec.Command(command[0], command[1:]...), in: in, out: out, ended: make(chan struct{})}
	p.command.Stdin, p.command.Stdout, p.command.Stderr = typedHere, shown, &p.said
	p.command.SysProcAttr = attributes()
	p.command.WaitDelay = time.Second
	started := make(chan error, 1)
	go func() {
		// The kernel ends the process when the thread that started it ends; this
		// one lasts as long as the process.
		runtime.LockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			p.err = p.command.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return p, nil
}

func (p *process) Read(b []byte) (int, error)  { return p.out.Read(b) }
func (p *process) Write(b []byte) (int, error) { return p.in.Write(b) }

// isOver waits for the process's end, at most for a while, and tells whether it has
// come.
func (p *process) isOver(within time.Duration) bool {
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-p.ended:
	case <-limit.C:
	}
	select {
	case <-p.ended: // Both have come while this process did not run.
		return true
	default:
		return false
	}
}

// stop ends the process: first it is asked to, which has it write what it still
// holds of the disk.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM) // It fails only where it has ended.
	if !p.isOver(termLimit) {
		_ = p.command.Process.Kill()
		<-p.ended
	}
}

// release closes the console, once the process has ended and all is read.
func (p *process) release() error { return errors.Join(p.in.Close(), p.out.Close()) }

// crashed tells whether a fault of its own ended the process.
func (p *process) crashed() bool {
	status, known := p.command.ProcessState.Sys().(syscall.WaitStatus)
	return known && status.Signaled() && slices.Contains([]syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGABRT}, status.Signal())
}

// end says how the process ended and what it said.
func (p *process) end() error {
	how := "it exited with status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	if text := p.said.String(); text != "" {
		how += "; it says: " + text
	}
	return fmt.Errorf("%s: %s", p.command.Path, how)
}

// said keeps the beginning of what is written to it.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b[:min(len(b), max(mostSaid-s.text.Len(), 0))])
	return len(b), nil
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(strings.Map(printable, strings.ReplaceAll(strings.ToValidUTF8(s.text.String(), ""), "\n", "\t")))
}
