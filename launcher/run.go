package launcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/hosts"
)

// endingTime is how long a process may take to end after `release`, or to say `failed` after a
// refusal.
const endingTime = 30 * time.Second

// cleaningTime bounds the end of a run. SIGKILL cannot be refused: what is longer is a fault of the
// host, which the run reports instead of waiting for it.
const cleaningTime = 30 * time.Second

// logLines is how many lines of a crashed process's log its reason quotes.
const logLines = 5

// converse carries the run out. It returns nil when the process was released and ended well,
// io.EOF when it ended early, an *Ending, or what failed here.
func (r *run) converse(ctx context.Context, cancel context.CancelCauseFunc) error {
	if r.executable.Plain {
		return r.runPlain(ctx, cancel)
	}
	if err := r.start(ctx, cancel); err != nil {
		return err
	}
	for {
		r.step = "running: waiting for the process's next message"
		message, err := r.receive()
		if err != nil {
			return err
		}
		switch message.Type {
		case "operation":
			if r.direct() {
				return outOfTurn(message, "timings or finished: on path direct nothing is relayed")
			}
			if err := r.answer(ctx, &message.operationMessage); err != nil {
				return err
			}
		case "timings":
			if err := r.reportedByProcess(message); err != nil {
				return err
			}
		case "finished":
			return r.finish(message)
		default:
			return outOfTurn(message, "operation, timings or finished")
		}
	}
}

// answer relays one operation. When it is refused, the process is told, so that it ends by itself;
// the reason of the run is the refusal.
func (r *run) answer(ctx context.Context, o *operationMessage) error {
	r.step = fmt.Sprintf("request %d: %s to service %s", o.Request, o.Operation, shortened(o.Service))
	reply, err := r.relay(ctx, o)
	if err == nil {
		if err := r.compartment.send(reply); err != nil {
			return r.broken(err)
		}
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	told := refusedMessage{Type: "reply", Sequence: o.Sequence, Error: "the launcher could not relay the request"}
	var ending *Ending
	if errors.As(err, &ending) {
		told.Error, told.Check = ending.Reason, ending.Check
	}
	// Whether it hears is its own business: from here it can only end.
	r.refused = true
	if r.compartment.send(told) == nil {
		timer := time.AfterFunc(endingTime, func() { _ = r.compartment.process.Kill() })
		_, _ = r.compartment.receive()
		timer.Stop()
	}
	return err
}

// finish reads the process while it waits, releases it, and sees it end.
func (r *run) finish(message *received) error {
	r.finished = time.Now()
	if err := errors.Join(r.reportedByProcess(message), r.reportedRepeats(message.Repeated)); err != nil {
		return err
	}
	if message.Handled == nil || int64(*message.Handled) != r.parameters.Requests {
		handled := "an unknown number"
		if message.Handled != nil {
			handled = fmt.Sprint(*message.Handled)
		}
		return failedRun(GaveUp, "the process finished after %s of %d requests", handled, r.parameters.Requests)
	}
	if err := r.readProcess(); err != nil {
		return err
	}
	r.step = "release"
	if err := r.compartment.send(releaseMessage{Type: "release"}); err != nil {
		return r.broken(err)
	}
	slow := make(chan struct{})
	timer := time.AfterFunc(endingTime, func() {
		close(slow)
		_ = r.compartment.process.Kill()
	})
	defer timer.Stop()
	if _, err := r.compartment.receive(); !errors.Is(err, io.EOF) {
		return failedRun(NotAMessage, "the process wrote something after it was released")
	}
	exit, err := r.compartment.wait()
	if err != nil {
		return err
	}
	select {
	case <-slow:
		return failedRun(TimedOut, "the process did not end within %s of its release", endingTime)
	default:
	}
	if !exit.OK() {
		return io.EOF
	}
	return nil
}

// receive reads the next message. `failed` is the process's own ending.
func (r *run) receive() (*received, error) {
	message, err := r.compartment.receive()
	if err != nil {
		return nil, err
	}
	if message.Type == "failed" {
		return nil, &Ending{
			Status: Failed, Cause: GaveUp, Check: shortened(message.Check),
			Reason: fmt.Sprintf("the process failed at step %s: %s", shortened(message.Step), shortened(message.Message)),
		}
	}
	return message, nil
}

// expect reads the next message, which must be of this type.
func (r *run) expect(kind string) (*received, error) {
	message, err := r.receive()
	if err != nil {
		return nil, err
	}
	if message.Type != kind {
		return nil, outOfTurn(message, kind)
	}
	return message, nil
}

func outOfTurn(message *received, want string) error {
	return noMessage("the process sent the message %s, its turn is %s", message.Type, want)
}

func (r *run) reportedByProcess(message *received) error {
	if err := r.samples.reported(bench.IntegrationProcess, message.Timings, r.parameters.Requests); err != nil {
		return err
	}
	return r.reportedByServices(message.ServiceTimings)
}

// broken is what a failed write to the process means: it has ended, or no longer reads.
func (r *run) broken(err error) error { return errors.Join(io.EOF, err) }

// end says how the run ended: err is what converse returned. What stopped the run from outside
// comes first, since whatever followed is its consequence, but for a time limit that is reached after a refusal;
// then what the program itself did.
func (r *run) end(ctx context.Context, err error) *Ending {
	if err == nil {
		return &Ending{Status: OK}
	}
	if errors.Is(err, io.EOF) {
		// A process that closed its output may live on, until it ends or is stopped.
		if _, err := r.compartment.wait(); err != nil {
			return r.harnessFailed(err)
		}
	}
	if ending := r.endedFromOutside(ctx); ending != nil && !(r.refused && ending.Cause == TimedOut) {
		return ending
	}
	var (
		ending *Ending
		wrote  *notAMessage
	)
	switch {
	case errors.As(err, &ending):
		return ending
	case errors.As(err, &wrote):
		return failedRun(NotAMessage, "at step %s, the process wrote something that is not a message: %v", r.step, wrote)
	case errors.Is(err, io.EOF):
		return r.endedItself()
	}
	return r.harnessFailed(err)
}

func (r *run) harnessFailed(err error) *Ending {
	return &Ending{Status: Failed, Cause: Harness, Reason: fmt.Sprintf("at step %s: %v", r.step, err), err: err}
}

func (r *run) endedFromOutside(ctx context.Context) *Ending {
	cause := context.Cause(ctx)
	var ending *Ending
	switch {
	case cause == nil:
		return nil
	case errors.As(cause, &ending):
		return ending
	case errors.Is(cause, errTimeLimit):
		return failedRun(TimedOut, "the time limit of %s was reached at step %s", r.timeLimit, r.step)
	case errors.Is(cause, errStopping):
		return &Ending{Status: Aborted, Cause: GivenUp, Reason: fmt.Sprintf("%v, at step %s", errStopping, r.step), err: cause}
	}
	return &Ending{Status: Aborted, Cause: GivenUp, Reason: fmt.Sprintf("the caller gave the run up at step %s", r.step), err: cause}
}

// endedItself says why the process is gone.
func (r *run) endedItself() *Ending {
	c := r.compartment
	exit, err := c.wait()
	if err != nil {
		return r.harnessFailed(err)
	}
	usage, limits := c.usage(), r.mode.Limits()
	switch {
	case exit.Cause == hosts.OutputExceeded:
		return failedRun(LogTooLong, "the process printed more than %d bytes at step %s", limits.OutputBytes, r.step)
	case usage.OutOfMemory > 0:
		return failedRun(MemoryLimit, "the process needed more than %d bytes of memory at step %s and was killed", limits.MemoryBytes, r.step)
	case usage.ProcessesRefused > 0:
		return r.processLimit()
	}
	log := ""
	if lines := c.log.lastLines(logLines); lines != "" {
		log = "; its log ends: " + lines
		// Without a cgroup nobody counts what was refused; this is EAGAIN, by fork(2) at the limit.
		if c.cgroup == nil && strings.Contains(lines, "Resource temporarily unavailable") {
			log += fmt.Sprintf("; that may be the limit of %d processes and threads", limits.Processes)
		}
	}
	if exit.OK() && !c.spoken {
		return failedRun(NotConversing, "the program ended without speaking the messages of an integration process%s", log)
	}
	return failedRun(Crashed, "the process %s at step %s%s", exit, r.step, log)
}

func (r *run) processLimit() *Ending {
	return failedRun(ProcessLimit, "the program reached the limit of %d processes", r.mode.Limits().Processes)
}

// recordProof keeps what the attester's evidence says of the mode.
func (r *run) recordProof(evidence []byte) error {
	e, _, err := attest.ParseEvidence(evidence)
	if err != nil {
		return failedRun(Refused, "attester at %s answered with something that is no evidence: %v", r.launcher.attester.Address(), err)
	}
	r.attested = &Attested{
		Mode: e.Mode, ABI: e.ABI, Compartment: e.Compartment.Kind, Namespaces: e.Compartment.Namespaces, Privilege: e.Attester.Privilege,
	}
	if e.Mode != r.mode.Name {
		return &Ending{
			Status: Invalid, Cause: ClaimFailed, Check: string(attest.CheckMode),
			Reason: fmt.Sprintf("the attester saw mode %q, the run is of mode %s", shortened(e.Mode), r.mode.Name),
		}
	}
	return nil
}

// cleanUp leaves nothing of the run: no process, cgroup or folder, nothing of its user. It works on when ctx has ended.
func (r *run) cleanUp(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaningTime)
	defer cancel()
	var err error
	if r.compartment != nil {
		err = r.compartment.remove(bounded)
	}
	return errors.Join(err, r.user.giveBack(bounded))
}
