// Package hosts is where a command runs: on this host, or on others (package
// hosts/ssh), all behind the same small interface. What only some hosts can do
// is an interface of its own, such as Forwarder, that a host may implement too.
//
// The package owns starting, feeding, limiting and ending commands, and copying
// files to and from a host. What is run, and whether its result is good, it does
// not know. A backend is right when it passes package hoststest.
//
// Three things can go wrong, and never look alike: the harness failed
// (HarnessError: our fault or our machine's), the target failed (TargetError: the
// host that should have run the command), and the program failed, which is no
// error here but an Exit.
package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Command is one program to run.
type Command struct {
	// Args is the program, an absolute path, and its arguments. No shell reads
	// them.
	Args []string
	// Env is the environment, NAME=VALUE: exactly this, nothing is inherited.
	Env []string
	// Dir is the working directory; "" is "/".
	Dir string
	// Stdin is what the program may read; nil: nothing. When the program ends
	// first, a Read that does not return is abandoned. Not used with Pipes.
	Stdin io.Reader
	// Stdout receives standard output; nil: thrown away. Not used with Pipes.
	Stdout io.Writer
	// Stderr receives standard error; nil: thrown away.
	Stderr io.Writer
	// Pipes is true when the caller talks with the program through
	// Process.Stdin and Process.Stdout.
	Pipes bool
	// OutputLimit is how many bytes the program may write to Stdout and Stderr,
	// each counted alone, before it is ended; 0: no limit. What is read from
	// Process.Stdout is not counted.
	OutputLimit int64
}

// Check says what is wrong with a command whatever the host.
func (c Command) Check() error {
	switch {
	case len(c.Args) == 0:
		return errors.New("there is no program")
	case !path.IsAbs(c.Args[0]):
		return fmt.Errorf("%q is not an absolute path", c.Args[0])
	case c.Dir != "" && !path.IsAbs(c.Dir):
		return fmt.Errorf("working directory %q is not an absolute path", c.Dir)
	case c.Pipes && (c.Stdin != nil || c.Stdout != nil):
		return errors.New("with pipes, standard input and output are the caller's to use")
	case c.OutputLimit < 0:
		return fmt.Errorf("output limit %d is below 0", c.OutputLimit)
	}
	for _, text := range slices.Concat(c.Args, c.Env, []string{c.Dir}) {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("%q has a NUL, which no argument, variable or path can hold", text)
		}
	}
	for _, variable := range c.Env {
		if strings.IndexByte(variable, '=') < 1 {
			return fmt.Errorf("variable %q is not NAME=VALUE", variable)
		}
	}
	return nil
}

// Process is a started command. Its methods may be called by many goroutines.
type Process interface {
	// PID on its host, of the program as started. Wrappers may fork on.
	PID() int
	// Stdin and Stdout are the program's, when Command.Pipes is set; else nil.
	// Closing Stdin lets the program read its end; the program's end closes it.
	// What was written before the program's end can still be read from Stdout
	// after Wait; the caller closes it.
	Stdin() io.WriteCloser
	Stdout() io.ReadCloser
	// Wait has to be called. It returns when the program has ended, nothing that it started is left,
	// and what it wrote to Command's writers is there; an end of its output that somebody else
	// holds open is not waited for. The error is a
	// HarnessError or TargetError, and then the Exit says nothing.
	Wait() (Exit, error)
	// Kill ends the program and everything that it started, also what left its
	// process group or session. Wait tells when all is over.
	Kill() error
}

// Cause is why a program ended.
type Cause string

// The causes.
const (
	// Exited by itself, with Code.
	Exited Cause = "exited"
	// Signalled: ended by Signal, sent by neither Kill nor a limit of this
	// package.
	Signalled Cause = "signalled"
	// Killed by Process.Kill.
	Killed Cause = "killed"
	// TimedOut: the context's deadline passed.
	TimedOut Cause = "timed out"
	// Cancelled: the context was cancelled.
	Cancelled Cause = "cancelled"
	// OutputExceeded: it wrote more than Command.OutputLimit.
	OutputExceeded Cause = "output limit exceeded"
)

// Exit is how a program ended.
type Exit struct {
	// Cause says why.
	Cause Cause
	// Code is the exit status, 0 to 255; -1 when a signal ended it.
	Code int
	// Signal is the name of the signal that ended it, such as "SIGKILL", else "".
	Signal string
	// Duration from just before the start until the end was seen.
	Duration time.Duration
}

// OK tells whether the program ended by itself with status 0.
func (e Exit) OK() bool { return e.Cause == Exited && e.Code == 0 }

// String says for people how the program ended.
func (e Exit) String() string {
	switch e.Cause {
	case Exited:
		return fmt.Sprintf("exited with status %d", e.Code)
	case Signalled:
		return "ended by " + e.Signal
	default:
		return string(e.Cause) + fmt.Sprintf(" after %s", e.Duration.Round(time.Millisecond))
	}
}

// Host runs commands and keeps files. Its methods may be called by many
// goroutines. Paths are absolute paths on the host.
type Host interface {
	// Name for people and records, such as "local".
	Name() string
	// Start starts a command. When ctx ends before the program, it is killed as
	// by Process.Kill.
	Start(ctx context.Context, command Command) (Process, error)
	// Run starts a command and waits for it.
	Run(ctx context.Context, command Command) (Exit, error)

	// ReadFile opens a regular file; a symbolic link or special file is refused.
	ReadFile(ctx context.Context, path string) (io.ReadCloser, error)
	// WriteFile writes a file whole or not at all: a reader sees the old
	// content or the new.
	WriteFile(ctx context.Context, path string, content io.Reader, mode fs.FileMode) error
	// CopyTo copies a tree of this program's host to a folder of the host, which
	// is made if needed. Symbolic links and special files are refused.
	CopyTo(ctx context.Context, tree fs.FS, folder string) error
	// MkdirAll makes a folder and those above it.
	MkdirAll(ctx context.Context, path string, mode fs.FileMode) error
	// RemoveAll removes a file or tree; it is no error if there is none.
	RemoveAll(ctx context.Context, path string) error
	// Hash gives the SHA-256 of a file's content.
	Hash(ctx context.Context, path string) ([32]byte, error)
}

// HarnessError is a failure on this side: wrong use, no resources, no program.
type HarnessError struct {
	// Op is what was being done.
	Op  string
	Err error
}

func (e *HarnessError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *HarnessError) Unwrap() error { return e.Err }

// TargetError is a failure of the host that should have done the work.
type TargetError struct {
	// Host is its name; Op is what was being done there.
	Host, Op string
	Err      error
}

func (e *TargetError) Error() string { return "host " + e.Host + ": " + e.Op + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *TargetError) Unwrap() error { return e.Err }
