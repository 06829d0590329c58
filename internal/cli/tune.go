package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/urfave/cli/v2"

	"eaibench/environment"
	"eaibench/environment/tuning"
)

// hostRootVariable names the folder where the host's file system is mounted: a container that is given it asks, and sets,
// its host and not itself.
const hostRootVariable = "EAIBENCH_HOST_ROOT"

func hostRoot() string { return os.Getenv(hostRootVariable) }

// thisHost is asked what it is like.
func thisHost() environment.Local { return environment.Local{Root: hostRoot()} }

func tuneFlag() *cli.BoolFlag {
	return &cli.BoolFlag{Name: "tune", Usage: "set governor, turbo and huge pages for measuring, as far as they can be set, and put them back at the end"}
}

// tuned puts back what a killed eaibench left changed on this host and, with --tune, changes settings of it. The function
// returned puts those back; it is called too when a second signal ends the process at once.
func tuned(c *cli.Context) (restore func() error, err error) {
	say := c.App.ErrWriter
	if err := restoreAbandoned(say); unwritable(err) {
		fmt.Fprintf(say, "%v; `eaibench doctor --restore` as root puts them back\n", err)
	} else if err != nil {
		return nil, failed("%w", err)
	}
	if !c.Bool("tune") {
		return func() error { return nil }, nil
	}
	session, err := tuning.Begin(hostRoot())
	switch {
	case errors.Is(err, tuning.ErrInUse):
		return nil, badInput("%w", err)
	case unwritable(err):
		fmt.Fprintf(say, "nothing is set: %v\n", err)
		return func() error { return nil }, nil
	case err != nil:
		return nil, failed("%w", err)
	}
	for _, change := range session.Changes() {
		fmt.Fprintf(say, "set: %s was %s, is %s\n", change.Setting, change.Was, change.Set)
	}
	for _, refusal := range session.Refused() {
		fmt.Fprintf(say, "not set: %v\n", refusal)
	}
	if len(session.Changes())+len(session.Refused()) == 0 {
		fmt.Fprintln(say, "nothing is set: this host has no setting that should be otherwise")
	}
	forget := beforeForcedEnd(c.Context, func() { _, _ = session.Restore() })
	return func() error {
		defer forget()
		outcome, err := session.Restore()
		sayRestored(say, outcome)
		if err != nil {
			return failed("%w; `eaibench doctor --restore` tries again", err)
		}
		return nil
	}, nil
}

// unwritable tells whether this user, or anybody, may not change settings here.
func unwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// restoreAbandoned puts back what a killed eaibench left, and says so.
func restoreAbandoned(say io.Writer) error {
	outcome, err := tuning.RestoreAbandoned(hostRoot())
	if len(outcome.Restored)+len(outcome.Left) > 0 || outcome.Restarted {
		fmt.Fprintln(say, "an eaibench that was killed had changed settings of this host")
	}
	sayRestored(say, outcome)
	return err
}

func sayRestored(say io.Writer, outcome tuning.Outcome) {
	for _, change := range outcome.Restored {
		fmt.Fprintf(say, "put back: %s is %s again\n", change.Setting, change.Was)
	}
	for _, change := range outcome.Left {
		fmt.Fprintf(say, "not put back: %s was %s, was set to %s, and somebody else has changed it since\n", change.Setting, change.Was, change.Set)
	}
	if outcome.Restarted {
		fmt.Fprintln(say, "nothing to put back: the system was started anew since")
	}
}

// beforeForcedEnd has this done before a repeated signal ends the process at once, until the function returned is called.
func beforeForcedEnd(ctx context.Context, do func()) (forget func()) {
	s, ok := ctx.Value(signalsKey{}).(*signals)
	if !ok {
		return func() {} // nobody listens to signals
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = do
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = nil
	}
}
