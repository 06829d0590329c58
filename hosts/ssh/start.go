package ssh

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"eaibench/hosts"
)

// Run starts a command and waits for it.
func (h *Host) Run(ctx context.Context, command hosts.Command) (hosts.Exit, error) {
	if command.Pipes {
		return hosts.Exit{}, h.harness("run "+strings.Join(command.Args, " "), errors.New("pipes are for Start: nobody could use them"))
	}
	process, err := h.Start(ctx, command)
	if err != nil {
		return hosts.Exit{}, err
	}
	return process.Wait()
}

// Start starts a command. What the program's environment, folder or arguments
// are, no shell of the user's sees.
func (h *Host) Start(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	op := "start " + strings.Join(command.Args, " ")
	if err := command.Check(); err != nil {
		return nil, h.harness(op, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, h.harness(op, err)
	}
	c, g, channel, err := h.open(ctx, op)
	if err != nil {
		return nil, err
	}
	p := &process{
		host: h, connection: c, guardian: g, channel: channel, command: command,
		trace: trace{mark: h.nextMark()}, begin: time.Now(), said: new(said), ended: make(chan struct{}), exited: make(chan struct{}), closed: make(chan struct{}),
	}
	if command.Pipes {
		p.out = newStdout()
	}
	go p.watch(channel.requests)
	if err := p.launch(ctx); err != nil {
		go p.vacate()
		return nil, h.fault(op, err)
	}
	p.live(ctx)
	return p, nil
}

// launch has the program started, and waits until it has been.
func (p *process) launch(ctx context.Context) error {
	if err := p.guardian.add(p.trace); err != nil {
		return p.connection.why(err)
	}
	token := newToken()
	p.stdout, p.stderr = newMarked(p.channel, token), newMarked(p.channel.Stderr(), token)
	text := supervisorLine(token, p.trace.mark) + programLine(token, p.trace.mark, p.guardian.pid, p.command)
	launched := make(chan struct{})
	defer close(launched)
	// A host that does not answer even to the end of the context is lost.
	stop := context.AfterFunc(ctx, func() {
		limit := time.NewTimer(p.host.config.ConnectLimit)
		defer limit.Stop()
		select {
		case <-limit.C:
			p.connection.lose(fmt.Errorf("a command did not start: %w", context.Cause(ctx)))
		case <-p.connection.lost:
		case <-launched:
		}
	})
	defer stop()
	if _, err := p.channel.Write([]byte(text)); err != nil {
		return p.notStarted(err)
	}
	line, err := p.stderr.next(p.said)
	if err != nil {
		return p.notStarted(err)
	}
	what, text, _ := strings.Cut(line, " ")
	if what == "pid" {
		if err := p.trace.setProgram(text); err != nil {
			return p.abandon(err)
		}
		// A failure is the loss of the connection, which Wait tells.
		_ = p.guardian.add(p.trace)
		return nil
	}
	if err := p.guardian.del(p.trace); err != nil {
		return p.connection.why(err)
	}
	return p.refused(text)
}

// notStarted says what became of a command that never told its PID.
func (p *process) notStarted(err error) error {
	err = p.abandon(fmt.Errorf("no POSIX shell with awk could be started at /bin/sh (%w)", err))
	return p.host.target("start "+p.command.Args[0], fmt.Errorf("%w%s", err, p.said.text()))
}

// refused is the error for what a program line says instead of a PID.
func (p *process) refused(text string) error {
	who, what, _ := strings.Cut(text, " ")
	op := "start " + strings.Join(p.command.Args, " ")
	switch who {
	case "absent":
		return p.host.harness(op, &fs.PathError{Op: "execute", Path: what, Err: fs.ErrNotExist})
	case "use":
		return p.host.harness(op, errors.New(what))
	}
	return p.host.target(op, errors.New(what))
}
