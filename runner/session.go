package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"eaibench/results"
)

const (
	// endingTime bounds how long the hosts are asked how they are at a campaign's end.
	endingTime = 30 * time.Second
	// readTogether is within what both clocks are read: what comes between them would count as a step of the wall clock.
	readTogether = time.Millisecond
	// readings are tried at most; the closest counts.
	readings = 8
)

// errNotNoted: an event could not be kept. What follows from it must not happen.
var errNotNoted = errors.New("keeping what happened")

// note keeps an event, with the time.
func (s *state) note(event results.Event) error {
	event.Time = s.Now()
	if err := s.Record.Note(event); err != nil {
		return fmt.Errorf("%w: %w", errNotNoted, err)
	}
	return nil
}

// clocks are the two clocks at one moment. The monotonic one is never set.
type clocks struct {
	wall      time.Time
	monotonic time.Time
}

// clocks reads both. Where the host had something else to do meanwhile it reads them again: the monotonic one is read before and after.
func (s *state) clocks() (read clocks) {
	within := time.Duration(math.MaxInt64)
	for tries := 0; within > readTogether && tries < readings; tries++ {
		before := time.Now()
		wall := s.Now().Round(0)
		if took := time.Since(before); took < within {
			within, read = took, clocks{wall: wall, monotonic: before.Add(took / 2)}
		}
	}
	return read
}

// stepSince is by how much more the wall clock advanced since then than the monotonic one did.
func (now clocks) stepSince(then clocks) time.Duration {
	return now.wall.Sub(then.wall) - now.monotonic.Sub(then.monotonic)
}

// end notes how the session ended. After a failure it is an attempt: what kept a run from being kept may keep this too.
func (s *state) end(ctx context.Context, began clocks, how results.Ending, failure error) error {
	how.ClockStep = int64(s.clocks().stepSince(began))
	if s.Hosts != nil {
		// Asked even where the campaign was given up: how the hosts were says whether to believe it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), endingTime)
		defer cancel()
		if hosts, err := s.Hosts(asking); err == nil {
			how.Hosts = hosts
		}
	}
	err := s.note(results.Event{Ended: &how})
	if failure != nil {
		return failure
	}
	return err
}

// earlyEnding says why a campaign ends with runs left.
func earlyEnding(ctx context.Context, err error) results.Ending {
	how := results.Ending{Reason: results.EndFailed, Text: err.Error()}
	if errors.Is(err, ErrStopped) || (ctx.Err() != nil && !isLoss(err)) {
		how.Reason = results.EndInterrupted
	}
	return how
}
