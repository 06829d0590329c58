package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"eaibench/hosts"
)

// process is a command that was started on the host.
type process struct {
	host       *Host
	connection *connection
	guardian   *guardian
	channel    ssh.Channel
	command    hosts.Command
	trace      trace
	begin      time.Time

	stdout, stderr *marked
	said           *said
	out            *stdout // with Pipes

	mu      sync.Mutex
	cause   hosts.Cause // why it was killed, "" while it was not
	passing error       // of Command's writers

	exited, closed chan struct{} // closed when the supervisor has ended, and when the channel has
	ended          chan struct{} // closed when exit and err are final
	exit           hosts.Exit
	err            error
}

func (p *process) PID() int { return p.trace.pid }

func (p *process) Stdin() io.WriteCloser {
	if !p.command.Pipes {
		return nil
	}
	return stdin{p}
}

func (p *process) Stdout() io.ReadCloser {
	if !p.command.Pipes {
		return nil
	}
	return p.out
}

func (p *process) Wait() (hosts.Exit, error) {
	<-p.ended
	return p.exit, p.err
}

func (p *process) Kill() error { return p.kill(hosts.Killed) }

func (p *process) kill(cause hosts.Cause) error {
	p.mu.Lock()
	if p.cause == "" || cause == hosts.OutputExceeded {
		p.cause = cause
	}
	p.mu.Unlock()
	select {
	case <-p.ended:
		return nil
	default:
	}
	if p.out != nil {
		p.out.unbound() // What it has written may be in the way of the news of its end.
	}
	if err := p.guardian.end(p.trace); err != nil {
		return p.host.target(fmt.Sprintf("kill process %d", p.trace.pid), err)
	}
	return nil
}

// live follows a started program to its end.
func (p *process) live(ctx context.Context) {
	go func() {
		select {
		case <-ctx.Done():
			cause := hosts.Cancelled
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				cause = hosts.TimedOut
			}
			// A failure is told by Wait: the connection is lost, or something is left.
			_ = p.kill(cause)
		case <-p.ended:
		}
	}()
	go p.succeed()
	if !p.command.Pipes {
		// Not waited for: nothing can end a Read of Command.Stdin.
		go p.feed()
	}
	output := make(chan error, 1)
	go func() { output <- p.passStdout() }()
	go func() {
		line, err := p.passStderr()
		if p.out != nil && err == nil {
			p.out.unbound()
		}
		p.finish(line, errors.Join(err, <-output))
	}()
}

// feed gives the program its standard input. A program need not read all of it.
func (p *process) feed() {
	if p.command.Stdin != nil {
		_, _ = io.Copy(struct{ io.Writer }{p.channel}, p.command.Stdin)
	}
	_ = p.channel.CloseWrite()
}

// passStderr passes standard error on, and gives what the supervisor says of the
// end.
func (p *process) passStderr() (string, error) {
	if p.command.Stderr == nil {
		return p.stderr.next(p.said) // What the supervisor's shell has to say.
	}
	return p.stderr.next(p.passer(p.command.Stderr))
}

// passStdout passes standard output on until its end.
func (p *process) passStdout() error {
	if _, err := p.stdout.next(io.Discard); err != nil {
		return p.closeOut(err)
	}
	var to io.Writer = io.Discard
	switch {
	case p.command.Pipes:
		to = p.out
	case p.command.Stdout != nil:
		to = p.passer(p.command.Stdout)
	}
	_, err := p.stdout.next(to)
	return p.closeOut(err)
}

func (p *process) closeOut(err error) error {
	if p.out == nil {
		return err
	}
	if err != nil {
		p.out.finish(p.host.target(fmt.Sprintf("read from process %d", p.trace.pid), p.connection.why(err)))
		return err
	}
	p.out.finish(io.EOF)
	return nil
}

// finish says how the program ended: line is the supervisor's, err what kept it
// from being read.
func (p *process) finish(line string, err error) {
	duration := time.Since(p.begin)
	waiting := fmt.Sprintf("wait for process %d", p.trace.pid)
	if err != nil {
		p.err = p.host.fault(waiting, p.abandon(errors.New("its supervisor has ended"+p.said.text())))
	} else {
		p.exit, err = parseExit(line)
		p.exit.Duration = duration
		if err == nil {
			err = p.guardian.del(p.trace)
		}
		if err != nil {
			p.err = p.host.target(waiting, err)
		}
	}
	p.mu.Lock()
	p.settle()
	p.mu.Unlock()
	close(p.ended)
	go p.vacate()
}

// watch follows what the server says of the channel: the supervisor's end, and its
// own.
func (p *process) watch(requests <-chan *ssh.Request) {
	defer close(p.closed)
	for request := range requests {
		if strings.HasPrefix(request.Type, "exit-") {
			select {
			case <-p.exited:
			default:
				close(p.exited)
			}
		}
	}
}

// parting is how long a supervisor's last words, and the server's end of its
// session, may come after the supervisor's end.
const parting = 2 * time.Second

// succeed ends the program in the place of a supervisor that has ended without a
// word: somebody killed it.
func (p *process) succeed() {
	select {
	case <-p.exited:
	case <-p.ended:
		return
	}
	limit := time.NewTimer(parting)
	defer limit.Stop()
	select {
	case <-p.ended:
	case <-limit.C:
		// A failure is that of the connection, which Wait tells.
		_ = p.guardian.end(p.trace)
	}
}

// vacate closes the channel when the server has counted its session out, so that the
// room that is given back is there. Somebody who holds an output open keeps that up.
func (p *process) vacate() {
	limit := time.NewTimer(parting)
	defer limit.Stop()
	select {
	case <-p.closed:
	case <-limit.C:
	case <-p.connection.lost:
	}
	p.channel.Close() // It may be closed already.
	p.host.release(p.connection)
}

// abandon ends what is left of a command whose supervisor is gone, now or when the
// host is reached again. It gives the reason: the loss of the host, or err.
func (p *process) abandon(err error) error {
	err = p.connection.why(err)
	ending := p.guardian.end(p.trace)
	if p.connection.isLost() {
		p.host.leave(p.trace)
		return p.connection.cause
	}
	return errors.Join(err, ending)
}

// settle gives the exit the cause that this side knows.
func (p *process) settle() {
	switch {
	case p.err != nil:
	case p.passing != nil:
		p.err = p.host.harness(fmt.Sprintf("pass on what process %d wrote", p.trace.pid), p.passing)
	case p.cause == hosts.OutputExceeded, p.cause != "" && p.exit.Cause == hosts.Signalled:
		p.exit.Cause = p.cause
	}
}

// parseExit reads "exit STATUS SIGNAL LEFT".
func parseExit(line string) (hosts.Exit, error) {
	fields := strings.Fields(line)
	if len(fields) != 4 || fields[0] != "exit" {
		return hosts.Exit{}, fmt.Errorf("its supervisor says %q", line)
	}
	if fields[3] != "none" {
		return hosts.Exit{}, errors.New("some of the processes that it started do not end")
	}
	status, err := strconv.Atoi(fields[1])
	if err != nil {
		return hosts.Exit{}, fmt.Errorf("its supervisor lost it: %q", line)
	}
	if status < 256 {
		return hosts.Exit{Cause: hosts.Exited, Code: status}, nil
	}
	return hosts.Exit{Cause: hosts.Signalled, Code: -1, Signal: "SIG" + strings.TrimPrefix(fields[2], "SIG")}, nil
}
