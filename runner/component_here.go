package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"eaibench/internal/endpoint"
)

// child is a process of this one's.
type child struct{ *os.Process }

func (c child) terminate() { _ = c.Signal(syscall.SIGTERM) } // fails if it has ended, which is what is wanted

// kill ends its process group. It is not reaped yet, so the number is still its own.
func (c child) kill() { _ = syscall.Kill(-c.Pid, syscall.SIGKILL) }

// startComponent starts the executable with the arguments of a server and waits for its ready
// line. What it writes goes to logFile. The process is in a process group of its own, so that a
// Ctrl-C at the terminal reaches it only through the runner, in order; it is killed when this
// process dies, however it dies.
func startComponent(ctx context.Context, executable, name, logFile string, args []string) (*component, error) {
	log, err := openLog(name, logFile)
	if err != nil {
		return nil, err
	}
	command := exec.Command(executable, args...)
	command.Stderr = log
	command.SysProcAttr = componentAttributes()
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	c := newComponent(name, logFile)
	ready := make(chan endpoint.Ready, 1)
	started := make(chan error, 1)
	go c.run(command, stdout, log, started, ready)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	c.process, c.pid = child{command.Process}, command.Process.Pid
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
	follow(stdout, log, ready)
	c.err = command.Wait()
}
