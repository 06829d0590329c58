package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// signalled is the cause of a context that a signal ended.
type signalled struct{ signal os.Signal }

func (s *signalled) Error() string { return fmt.Sprintf("stopped by signal: %s", s.signal) }

// Unwrap makes it what any cancelled context is.
func (s *signalled) Unwrap() error { return context.Canceled }

// signals are those that end eaibench, and what a command does about them. It is in the commands' context.
type signals struct {
	mu      sync.Mutex
	gentle  func() // what the next SIGINT does instead of ending the context; nil: nothing does
	last    func() // what is done before a repeated signal ends the process; nil: nothing
	stopped bool   // the command is over
}

type signalsKey struct{}

// untilSignal ends the context at SIGTERM, SIGHUP, or a SIGINT that no command takes (onFirstInterrupt). The next of them ends
// the process at once; its children end with it.
func untilSignal(parent context.Context, stderr io.Writer) (context.Context, func()) {
	s := &signals{}
	ctx, cancel := context.WithCancelCause(context.WithValue(parent, signalsKey{}, s))
	came := make(chan os.Signal, 2)
	signal.Notify(came, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case got := <-came:
				if got == os.Interrupt && s.taken() {
					continue
				}
				if ctx.Err() != nil && !s.over() {
					fmt.Fprintf(stderr, "eaibench: %s again, ending at once\n", got)
					s.doLast()
					os.Exit(exitInterrupted)
				}
				cancel(&signalled{got})
			}
		}
	}()
	return ctx, func() {
		s.mu.Lock()
		s.stopped = true
		s.mu.Unlock()
		signal.Stop(came)
		close(done)
		cancel(nil)
	}
}

// taken has the command take the SIGINT, if it asked to.
func (s *signals) taken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	do := s.gentle
	s.gentle = nil
	if do == nil {
		return false
	}
	do()
	return true
}

// doLast does what must not be left undone.
func (s *signals) doLast() {
	s.mu.Lock()
	do := s.last
	s.mu.Unlock()
	if do != nil {
		do()
	}
}

func (s *signals) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// onFirstInterrupt has the next SIGINT, and that one alone, do this instead of ending the context, until the function
// returned is called. What it does must not wait.
func onFirstInterrupt(ctx context.Context, do func()) (forget func()) {
	s, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok {
		return func() {} // nobody listens to signals
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gentle = do
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gentle = nil
	}
}
