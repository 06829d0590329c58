package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"eaibench/hosts"
	"eaibench/internal/endpoint"
)

// signalLimit is how long telling a process on another host to end may take.
const signalLimit = 30 * time.Second

// remote is a process on another host.
type remote struct {
	host hosts.Host
	hosts.Process
}

func (r remote) terminate() {
	ctx, cancel := context.WithTimeout(context.Background(), signalLimit)
	defer cancel()
	// Fails if it has ended, or its host is lost, which ends it too.
	_, _ = r.host.Run(ctx, hosts.Command{Args: []string{"/bin/sh", "-c", `kill -TERM "$1"`, "sh", strconv.Itoa(r.PID())}})
}

func (r remote) kill() { _ = r.Kill() }

// start starts eaibench on the stage's host with the arguments of a server, and waits for its ready line. What it writes
// goes to logFile, here. The host's connection ends it when this process dies, however it dies.
func (s *stage) start(ctx context.Context, name, logFile string, args []string) (*component, error) {
	log, err := openLog(name, logFile)
	if err != nil {
		return nil, err
	}
	stdout, output := io.Pipe()
	process, err := s.outlasting(ctx, hosts.Command{
		Args: append([]string{s.executable}, args...), Env: s.environment(), Stdout: output, Stderr: log,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	c := newComponent(name, logFile)
	c.stage, c.process, c.pid = s, remote{s.Host, process}, process.PID()
	ready := make(chan endpoint.Ready, 1)
	go c.attend(process, stdout, output, log, ready)
	return c, c.awaitReady(ctx, ready)
}

// outlasting starts a command that the end of the context keeps from starting, and does not end afterwards: it is ended in order.
func (s *stage) outlasting(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	give := context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
	process, err := s.Host.Start(life, command)
	if give() || err != nil {
		return process, err
	}
	// The context ended meanwhile, and the process with it.
	if command.Pipes {
		_ = process.Stdout().Close() // Nobody reads it.
	}
	if _, err := process.Wait(); err != nil {
		return nil, err
	}
	return nil, &hosts.HarnessError{Op: "host " + s.Name + ": start " + command.Args[0], Err: context.Cause(ctx)}
}

// attend passes the output on until the process has ended.
func (c *component) attend(process hosts.Process, stdout io.Reader, output io.Closer, log *os.File, ready chan<- endpoint.Ready) {
	defer close(c.ended)
	defer log.Close()
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		follow(stdout, log, ready)
	}()
	exit, err := process.Wait()
	output.Close()
	<-followed
	switch {
	case err != nil:
		c.err = err
	case !exit.OK():
		c.err = errors.New(exit.String())
	}
}
