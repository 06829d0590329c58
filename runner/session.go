package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/results"
)

// endingTime bounds how long the hosts are asked how they are at a campaign's end.
const endingTime = 15 * time.Second

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

func (s *state) clocks() clocks { return clocks{wall: s.Now().Round(0), monotonic: time.Now()} }

// stepSince is by how much more the wall clock advanced since then than the monotonic one did.
func (now clocks) stepSince(then clocks) time.Duration {
	return now.wall.Sub(then.wall) - now.monotonic.Sub(then.monotonic)
}

// describe notes what a cell's runs will execute. What differs from what those done before executed ends the campaign; what
// cannot be described is a fault of the cell.
func (s *state) describe(ctx context.Context, cell *cell, result *launcher.CompileResult) error {
	described, err := s.Site.Describe(ctx, result)
	if err != nil {
		if s.lossUnder(ctx, err) != nil {
			return err
		}
		cell.fault = &fault{status: bench.Failed, reason: fmt.Sprintf("looking at what was compiled in mode %s: %v", cell.Mode, err)}
		return nil
	}
	build := results.Build{
		Cell: cell.ID, Mode: cell.Mode, SourceSHA256: result.SourceSHA256,
		ExecutableSHA256: result.ExecutableSHA256, ExecutableSize: result.ExecutableSize,
		Compiler: described.Compiler, Command: result.CompileCommand,
		ELF: results.ELF{
			ABI: described.ELF.ABI, Flags: described.ELF.Flags, Interpreter: described.ELF.Interpreter,
			FreeBSD: described.ELF.FreeBSD, CheriBSD: described.ELF.CheriBSD, Features: described.ELF.Features,
		},
	}
	if before, there := s.builds[cell.ID]; there {
		if difference := buildDifference(before, build); difference != "" {
			return fmt.Errorf("%w: of cell %s, %s", ErrProgramChanged, cell.ID, difference)
		}
	}
	return s.note(results.Event{Built: &build})
}

// buildDifference says in what a build is not as it was; "" where it is the same. Its command is not compared: folders in it have other
// names each time, and what an argument changes the executable shows.
func buildDifference(was, is results.Build) string {
	for _, field := range []struct{ name, was, is string }{
		{"the source has SHA-256", was.SourceSHA256, is.SourceSHA256},
		{"the compiler is", was.Compiler, is.Compiler},
		{"the executable has SHA-256", was.ExecutableSHA256, is.ExecutableSHA256},
	} {
		if field.was != field.is {
			return fmt.Sprintf("%s %s, it was %s", field.name, field.is, field.was)
		}
	}
	return ""
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
