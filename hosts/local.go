package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Local is this host. On Linux this process becomes the reaper of whatever its
// commands leave behind, and nothing that they started outlives them, nor they
// this process; commands get sessions of their own, and what this process starts
// by other means is left alone as long as it stays in this process's session.
// Elsewhere only a command's process group is ended.
func Local() Host {
	l := new(local)
	l.commands.Store(rand.Uint32()) // Others may have been made in this process.
	return l
}

type local struct {
	commands atomic.Uint32 // numbers them
	running  running
}

// running are the PIDs of the commands' own processes, from their start until
// they are reaped.
type running struct {
	mu   sync.Mutex
	pids map[int]bool
}

func (r *running) add(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pids == nil {
		r.pids = map[int]bool{}
	}
	r.pids[pid] = true
}

func (r *running) remove(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pids, pid)
}

func (r *running) has(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pids[pid]
}

func (*local) Name() string { return "local" }

// Forward forwards a port.
func (*local) Forward(ctx context.Context, address string) (Forwarding, error) {
	return forwardHere(ctx, "forward to "+address, address)
}

// ForwardBack forwards a port: both its ends are here.
func (*local) ForwardBack(ctx context.Context, address string) (Forwarding, error) {
	return forwardHere(ctx, "forward back to "+address, address)
}

func forwardHere(ctx context.Context, op, address string) (Forwarding, error) {
	if err := CheckAddress(address); err != nil {
		return nil, &HarnessError{op, err}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, &HarnessError{op, err}
	}
	return NewForwarding(listener, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}), nil
}

// Start starts a command.
func (l *local) Start(ctx context.Context, command Command) (Process, error) {
	op := "start " + strings.Join(command.Args, " ")
	if err := command.Check(); err != nil {
		return nil, &HarnessError{op, err}
	}
	if err := ctx.Err(); err != nil {
		return nil, &HarnessError{op, err}
	}
	p := &localProcess{number: l.commands.Add(1), running: &l.running, command: command, ended: make(chan struct{})}
	files, err := p.open()
	if err != nil {
		return nil, &HarnessError{op, err}
	}
	started := make(chan error, 1)
	go p.live(ctx, files, started)
	switch err := <-started; {
	case err == nil:
		return p, nil
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM):
		return nil, &TargetError{l.Name(), op, err}
	default:
		return nil, &HarnessError{op, err}
	}
}

// Run starts a command and waits for it.
func (l *local) Run(ctx context.Context, command Command) (Exit, error) {
	if command.Pipes {
		return Exit{}, &HarnessError{"run " + strings.Join(command.Args, " "), errors.New("pipes are for Start: nobody could use them")}
	}
	process, err := l.Start(ctx, command)
	if err != nil {
		return Exit{}, err
	}
	return process.Wait()
}

// localProcess is a command that was started here.
type localProcess struct {
	number  uint32
	running *running
	command Command
	process *os.Process
	tracker tracker

	stdin  *os.File // with Pipes
	stdout *os.File
	copies []*output // to Command's writers
	feed   *os.File  // what Command.Stdin is copied to

	mu      sync.Mutex
	cause   Cause // why it was killed, "" while it was not
	copying error

	ended chan struct{} // closed when exit and err are final
	exit  Exit
	err   error
}

func (p *localProcess) PID() int { return p.process.Pid }

func (p *localProcess) Stdin() io.WriteCloser {
	if p.stdin == nil {
		return nil
	}
	return p.stdin
}

func (p *localProcess) Stdout() io.ReadCloser {
	if p.stdout == nil {
		return nil
	}
	return p.stdout
}

func (p *localProcess) Wait() (Exit, error) {
	<-p.ended
	return p.exit, p.err
}

func (p *localProcess) Kill() error { return p.kill(Killed) }

func (p *localProcess) kill(cause Cause) error {
	p.mu.Lock()
	if p.cause == "" || cause == OutputExceeded {
		p.cause = cause
	}
	p.mu.Unlock()
	select {
	case <-p.ended:
		return nil
	default:
	}
	if err := p.tracker.end(p.process); err != nil {
		return &TargetError{"local", fmt.Sprintf("kill process %d", p.PID()), err}
	}
	return nil
}

// live has one thread from before the start until after the end: the kernel sends
// the parent-death signal when the thread that started a process ends, not when
// the process does.
func (p *localProcess) live(ctx context.Context, files []*os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	directory := p.command.Dir
	if directory == "" {
		directory = "/"
	}
	environment := p.command.Env
	if environment == nil {
		environment = []string{} // nil would inherit this process's.
	}
	begin := time.Now()
	err := p.tracker.prepare(p.number, p.running)
	if err == nil {
		p.process, err = os.StartProcess(p.command.Args[0], p.command.Args,
			&os.ProcAttr{Dir: directory, Env: environment, Files: files, Sys: attributes()})
	}
	for _, file := range files {
		file.Close()
	}
	if err == nil {
		p.running.add(p.PID())
		if err = p.tracker.follow(p.process.Pid); err != nil {
			err = errors.Join(err, p.abandon())
		}
	}
	if err != nil {
		p.closeEnds()
		started <- err
		return
	}
	copied := p.copy()
	started <- nil
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			cause := Cancelled
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				cause = TimedOut
			}
			p.killQuietly(cause)
		case <-p.ended:
		}
	}()
	state, err := p.process.Wait()
	duration := time.Since(begin)
	p.running.remove(p.PID())
	if err == nil {
		err = p.tracker.endLeft()
	}
	copied()
	if p.stdin != nil {
		p.stdin.Close() // Nobody reads it any more.
	}
	p.finish(state, duration, err)
	close(p.ended)
	<-watched
}

// abandon ends a process that has not executed anything yet.
func (p *localProcess) abandon() error {
	if err := p.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err := p.process.Wait()
	p.running.remove(p.PID())
	return err
}

// killQuietly kills where nobody could be told of a failure: the next look at
// what is left, after the end, tells.
func (p *localProcess) killQuietly(cause Cause) { _ = p.kill(cause) }

// finish says how the program ended.
func (p *localProcess) finish(state *os.ProcessState, duration time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		p.err = &TargetError{"local", fmt.Sprintf("wait for process %d", p.PID()), err}
		return
	case p.copying != nil:
		p.err = &HarnessError{fmt.Sprintf("pass on what process %d wrote", p.PID()), p.copying}
		return
	}
	p.exit = Exit{Cause: Exited, Code: state.ExitCode(), Duration: duration}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		p.exit.Cause, p.exit.Signal = Signalled, unix.SignalName(status.Signal())
		if p.cause != "" {
			p.exit.Cause = p.cause
		}
	}
	if p.cause == OutputExceeded {
		p.exit.Cause = OutputExceeded
	}
}
