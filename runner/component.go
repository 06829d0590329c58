package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"eaibench/internal/endpoint"
)

const (
	readyLimit = 30 * time.Second // from start to the ready line
	stopLimit  = 10 * time.Second // from SIGTERM to SIGKILL; longer than a server's own grace
	logTail    = 2 << 10          // bytes of a component's log that an error repeats
)

// component is one of the campaign's own processes: root CA, attester, digital service or
// launcher.
type component struct {
	name     string // "service/store", as in its ready line
	address  string // https://host:port, once ready
	process  *os.Process
	logFile  string
	patience time.Duration // from SIGTERM to SIGKILL
	ended    chan struct{} // closed when the process is reaped
	err      error         // how it ended; read after ended
	stop     sync.Once
}

// componentEnded says that a component is gone which should be there.
type componentEnded struct {
	name, logFile, tail string
	err                 error
}

func (c *componentEnded) Error() string {
	how := "with status 0"
	if c.err != nil {
		how = c.err.Error()
	}
	text := fmt.Sprintf("%s ended by itself (%s), see %s", c.name, how, c.logFile)
	if c.tail != "" {
		text += ": " + c.tail
	}
	return text
}

// startComponent starts the executable with the arguments of a server and waits for its ready
// line. What it writes goes to logFile. The process is in a process group of its own, so that a
// Ctrl-C at the terminal reaches it only through the runner, in order; it is killed when this
// process dies, however it dies.
func startComponent(ctx context.Context, executable, name, logFile string, args []string) (*component, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	command := exec.Command(executable, args...)
	command.Stderr = log
	command.SysProcAttr = componentAttributes()
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	c := &component{name: name, logFile: logFile, patience: stopLimit, ended: make(chan struct{})}
	ready := make(chan endpoint.Ready, 1)
	started := make(chan error, 1)
	go c.run(command, stdout, log, started, ready)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	c.process = command.Process
	return c, c.awaitReady(ctx, ready)
}

// run starts the process, passes its output on and reaps it, all on one thread: the kernel sends
// the signal for a dead parent when the thread that started the child ends.
func (c *component) run(command *exec.Cmd, stdout io.Reader, log *os.File, started chan<- error, ready chan<- endpoint.Ready) {
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	defer close(c.ended)
	defer log.Close()
	err := command.Start()
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewReader(stdout)
	if line, err := lines.ReadBytes('\n'); err == nil {
		var said endpoint.Ready
		if json.Unmarshal(line, &said) == nil && said.Name != "" {
			ready <- said
		} else {
			_, _ = log.Write(line) // a full disk must not stop the component
		}
	}
	_, _ = io.Copy(log, lines)
	c.err = command.Wait()
}

func (c *component) awaitReady(ctx context.Context, ready <-chan endpoint.Ready) error {
	patience := time.NewTimer(readyLimit)
	defer patience.Stop()
	var err error
	select {
	case said := <-ready:
		if said.Name == c.name {
			c.address = "https://" + said.Address
			return nil
		}
		err = fmt.Errorf("%s was started, but %s is ready", c.name, said.Name)
	case <-c.ended:
		return c.ending()
	case <-ctx.Done():
		err = fmt.Errorf("waiting for %s: %w", c.name, context.Cause(ctx))
	case <-patience.C:
		err = fmt.Errorf("%s is not ready after %s, see %s: %s", c.name, readyLimit, c.logFile, c.tail())
	}
	c.end()
	return err
}

// ending describes the end of a component that was not told to end.
func (c *component) ending() error {
	return &componentEnded{name: c.name, logFile: c.logFile, tail: c.tail(), err: c.err}
}

// tail is the last line of the component's log.
func (c *component) tail() string {
	text, err := os.ReadFile(c.logFile)
	if err != nil {
		return ""
	}
	text = bytes.TrimSpace(text)
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return strings.ToValidUTF8(string(text[:min(len(text), logTail)]), "?")
}

// end stops the process, politely first, then with everything in its group, and returns when it is
// reaped. It may be called again.
func (c *component) end() {
	c.stop.Do(func() {
		_ = c.process.Signal(syscall.SIGTERM) // fails if it has ended, which is what is wanted
		patience := time.NewTimer(c.patience)
		defer patience.Stop()
		select {
		case <-c.ended:
		case <-patience.C:
			// Not reaped yet, so the number is still its own.
			_ = syscall.Kill(-c.process.Pid, syscall.SIGKILL)
		}
	})
	<-c.ended
}
