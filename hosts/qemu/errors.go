package qemu

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// quotedLines is how many of a console's last lines an error shows.
const quotedLines = 15

// The causes of a BootError.
var (
	// ErrFailure: the console showed one of Guest.Failures.
	ErrFailure = errors.New("the guest failed")
	// ErrSilent: the stage's limit passed.
	ErrSilent = errors.New("what was waited for did not come in time")
	// ErrClosed: the console ended; the machine has stopped.
	ErrClosed = errors.New("the console ended")
	// ErrRefused: the guest did not let the user in.
	ErrRefused = errors.New("the user was not let in")
	// ErrPassword: a password was asked for, and none was given.
	ErrPassword = errors.New("a password is asked for, and none is given")
	// ErrCommand: a command typed at the console failed.
	ErrCommand = errors.New("a command failed")
)

// BootError says at which stage a guest failed and why. It comes inside a
// hosts.TargetError.
type BootError struct {
	// Stage that was not reached or not carried out.
	Stage Stage
	// Cause is one of the Err values.
	Cause error
	// Detail of the cause, such as the text that was recognised; "": none.
	Detail string
	// After is how long the stage had lasted.
	After time.Duration
	// Last are the console's last lines that are not empty, without escapes.
	Last []string
}

func (e *BootError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "stage %q: %s", e.Stage, e.Cause)
	if e.Detail != "" {
		fmt.Fprintf(&text, ": %q", e.Detail)
	}
	fmt.Fprintf(&text, " after %s; ", e.After.Round(time.Millisecond))
	text.WriteString(quoted(e.Last))
	return text.String()
}

// Unwrap gives the cause.
func (e *BootError) Unwrap() error { return e.Cause }
