package launcher

import (
	"errors"
	"fmt"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// Status is how a run ended.
type Status string

// The statuses of a run.
const (
	OK      Status = "ok"
	Failed  Status = "failed"  // the program, a limit or a refusal ended it
	Invalid Status = "invalid" // it ran, but what its mode claims does not hold: its samples do not count
	Aborted Status = "aborted" // the caller or the launcher gave it up
)

// Cause is the kind of thing that ended a run.
type Cause string

// The causes of endings other than OK.
const (
	Crashed       Cause = "crashed"        // ended by a signal, or with an exit code, before it was done
	TimedOut      Cause = "time-limit"     // hung at a step
	LogTooLong    Cause = "log-limit"      // printed too much
	ProcessLimit  Cause = "process-limit"  // forked without end
	MemoryLimit   Cause = "memory-limit"   // allocated without end
	NotAMessage   Cause = "not-a-message"  // wrote something that is not a message, or one out of turn
	NotConversing Cause = "no-messages"    // has the runtime and ended without speaking the messages
	GaveUp        Cause = "process-failed" // said `failed` itself
	Refused       Cause = "refused"        // by the root CA, the attester or a service
	Unreachable   Cause = "unreachable"    // a server that is needed gives no answer
	ClaimFailed   Cause = "claim-failed"   // the mode's claim does not hold
	GivenUp       Cause = "given-up"       // by the caller, or because the launcher stops
	Harness       Cause = "harness"        // the launcher or its host failed, not the program
)

// Ending says how a run ended and why. It is an error for all but OK.
type Ending struct {
	Status Status
	Cause  Cause  // empty when OK
	Check  string // the failed check as named in docs/formats, where one failed
	Reason string // for people; empty when OK
	err    error
}

// Error is the reason, after the failed check's name.
func (e *Ending) Error() string {
	if e.Check != "" {
		return e.Check + ": " + e.Reason
	}
	return e.Reason
}

// Unwrap gives the error that led here.
func (e *Ending) Unwrap() error { return e.err }

func failedRun(cause Cause, format string, args ...any) *Ending {
	return &Ending{Status: Failed, Cause: cause, Reason: fmt.Sprintf(format, args...)}
}

// endingOf turns what a server answered, or did not, into an ending. who is "root CA",
// "attester" or "service store".
func endingOf(who, address string, err error) *Ending {
	var (
		known       *Ending
		fault       *endpoint.Fault
		unreachable *endpoint.Unreachable
		untrusted   *endpoint.Untrusted
		bad         *endpoint.BadReply
		refusal     *attest.Refusal
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &fault):
		return &Ending{
			Status: Failed, Cause: Refused, Check: fault.Check, err: err,
			Reason: fmt.Sprintf("%s at %s refused: %s", who, address, fault.Message),
		}
	case errors.As(err, &unreachable):
		return &Ending{
			Status: Failed, Cause: Unreachable, err: err,
			Reason: fmt.Sprintf("%s at %s gives no answer (%v): is it running?", who, unreachable.Address, unreachable.Err),
		}
	case errors.As(err, &untrusted):
		return &Ending{Status: Failed, Cause: Refused, Check: "server", err: err, Reason: fmt.Sprintf("%s: %v", who, untrusted)}
	case errors.As(err, &bad):
		return &Ending{Status: Failed, Cause: Refused, err: err, Reason: fmt.Sprintf("%s at %s: %s", who, address, bad.Reason)}
	case errors.As(err, &refusal):
		return &Ending{
			Status: Failed, Cause: Refused, Check: string(refusal.Check), err: err,
			Reason: fmt.Sprintf("%s at %s: %s", who, address, refusal.Reason),
		}
	}
	return &Ending{Status: Failed, Cause: Harness, err: err, Reason: fmt.Sprintf("asking %s at %s: %v", who, address, err)}
}
