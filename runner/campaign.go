package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/platform"
	"eaibench/results"
)

// Site is where the components of a campaign run, started and ready, with the program uploaded.
type Site interface {
	// Compile has the program compiled in a mode. An error is a refusal by the launcher, such as
	// a program that does not compile, or that it cannot be reached.
	Compile(ctx context.Context, mode string) (*launcher.CompileResult, error)
	// Reset takes every service's data back to what the campaign began with.
	Reset(ctx context.Context) error
	// Execute carries out one run of the compiled program. However the run went is in the
	// result; the error says that there is none.
	Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error)
	// Uses tells what each component uses now, the same components in the same order each time.
	Uses() ([]Use, error)
	// Describe tells more of what was compiled than the launcher does.
	Describe(ctx context.Context, compiled *launcher.CompileResult) (Described, error)
}

// Described is what is to be known of an executable.
type Described struct {
	// ELF is what its headers say.
	ELF platform.ELF
	// Compiler is the first line of what it says of its version.
	Compiler string
}

// Record keeps what was measured, and what happened. A run is kept whole or not at all.
type Record interface {
	Append(run bench.Run, samples []bench.Sample, log []byte) error
	Note(event results.Event) error
}

// Campaign is a plan, where it is carried out and who keeps the results.
type Campaign struct {
	Platform string
	Cells    []bench.Cell
	// Running are the services, by ID, that already run: what they use is not read.
	Running []string
	// Runs in the order in which they are carried out.
	Runs []bench.PlannedRun
	// Done are those of them that are kept already, by an eaibench that was interrupted. They are not repeated.
	Done []bench.Run
	// Until is the rule when to stop before every run is done, nil without one.
	Until *results.Until
	// Comparing says how cells are compared wherever the campaign is shown: a rule when to stop looks at the same intervals.
	Comparing bench.Options
	// Chain has the platform's modes, each after its baseline, DoneSamples the samples of what is done, and Events what was
	// noted before. They are needed by a rule when to stop; Events by any campaign that goes on.
	Chain       []bench.Mode
	DoneSamples []bench.Sample
	Events      []results.Event
	// Session is noted when the runs begin.
	Session results.Session
	// Hosts tells how the hosts are, to be noted at the end; nil: nobody knows.
	Hosts  func(context.Context) ([]results.Host, error)
	Site   Site
	Record Record
	// Begin is told of each run before it begins, and Progress once it is kept; nil: nobody is.
	Begin    func(bench.PlannedRun)
	Progress func(Progress)
	// Compiling is told when a mode's compilation begins, and when it is over; nil: nobody is.
	Compiling func(mode string, over bool)
	// Looked is told of each look; nil: nobody is.
	Looked func(results.Look)
	// Stop, once closed, lets the run under way end and no other begin; nil: never.
	Stop <-chan struct{}
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
}

// Progress is one run that is done.
type Progress struct {
	Run     bench.Run
	Samples []bench.Sample
	// Done runs of Planned ones.
	Done, Planned int
}

var (
	// ErrStopped: the campaign was to stop between two runs. It can be resumed.
	ErrStopped = errors.New("stopped after a run, as asked")
	// ErrProgramChanged: the runs that are kept are of a program that was compiled from another source, or by another compiler,
	// or to something else; no run was added to its cell's.
	ErrProgramChanged = errors.New("the program is not the one that the campaign's runs are of")
)

// Outcome counts how the runs ended, warm-up runs and those that were done before among them.
type Outcome map[bench.Status]int

// AllOK tells whether every run is ok.
func (o Outcome) AllOK() bool {
	for status, n := range o {
		if status != bench.OK && n > 0 {
			return false
		}
	}
	return true
}

// Run carries the campaign out, until every run is kept or the rule when to stop is met; why it ended is its last event. A run
// that fails is recorded and the next one begins; an error is what ends the campaign early: ErrStopped, the context, a component
// that died (the context's cause), a host that was lost, results that cannot be kept, ErrProgramChanged. The run under way then is
// not recorded, so that resuming repeats it; what was lost under it is an event. Where nothing is left but to say so, the site is
// not used and may be nil.
func (c *Campaign) Run(ctx context.Context) (Outcome, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &state{Campaign: c, cells: map[string]*cell{}, compilations: map[string]*compilation{}, outcome: Outcome{}, builds: map[string]results.Build{}}
	for _, planned := range c.Cells {
		s.cells[planned.ID] = &cell{Cell: planned}
	}
	began := s.clocks()
	if err := s.resume(); err != nil {
		return s.outcome, err
	}
	reason, err := s.carryOutAll(ctx)
	if err == nil {
		err = s.marked(s.measureLinksAfter(ctx), "")
	}
	if err != nil {
		return s.outcome, s.end(ctx, began, earlyEnding(ctx, err), err)
	}
	return s.outcome, s.end(ctx, began, s.finalEnding(reason), nil)
}

// carryOutAll carries out what is left, and gives why no more is. Looks are due after runs, those done before among them: an
// eaibench may have been killed between the two.
func (s *state) carryOutAll(ctx context.Context) (results.EndReason, error) {
	began, block := false, -1 // the block of the run before
	for place, planned := range s.Runs {
		if !s.done[planned.ID] {
			switch {
			case s.looks.precise():
				return results.EndPrecise, nil
			case planned.Block != block && s.looks.over():
				return results.EndTime, nil
			}
			if !began {
				began = true
				if err := s.note(results.Event{Began: &s.Session}); err != nil {
					return "", err
				}
			}
			if err := s.measureLinksBefore(ctx); err != nil {
				return "", s.marked(err, planned.ID)
			}
			select {
			case <-s.Stop:
				return "", ErrStopped
			default:
			}
			if err := s.carryOut(ctx, planned); err != nil {
				return "", err
			}
		}
		block = planned.Block
		if err := s.look(place); err != nil {
			return "", err
		}
	}
	if s.looks.precise() {
		return results.EndPrecise, nil
	}
	return results.EndComplete, nil
}

// state is a campaign under way.
type state struct {
	*Campaign
	cells        map[string]*cell
	compilations map[string]*compilation // by mode, what this session compiled
	build        *build                  // of the first mode that was compiled: what the others must equal
	source       string                  // SHA-256 of what the runs done before were compiled from, "" if there are none
	outcome      Outcome
	done         map[string]bool          // ids of the runs that are done
	builds       map[string]results.Build // by cell, what its runs done before executed
	looks        *looks                   // nil without a rule when to stop
	links        *linkLooks               // nil where no link can be measured
}

// resume takes over the runs that are done, and what was noted.
func (s *state) resume() (err error) {
	s.done = map[string]bool{}
	for _, run := range s.Done {
		s.done[run.ID] = true
		s.outcome[run.Status]++
		if run.Status == bench.OK {
			s.source = run.SourceSHA256
		}
	}
	for _, event := range s.Events {
		if event.Built != nil {
			s.builds[event.Built.Cell] = *event.Built
		}
	}
	s.links = s.newLinkLooks()
	s.looks, err = s.newLooks()
	return err
}

// cell is what is known of a cell.
type cell struct {
	bench.Cell
	compilation *compilation // its mode's; nil before the session's first run of the cell comes up
}

// fault is why a run does not count.
type fault struct {
	status        bench.Status
	check, reason string
}

// carried is a run that was carried out, or could not be.
type carried struct {
	run     bench.Run
	samples []bench.Sample
	log     []byte
}

// mark says why the run does not count.
func (c *carried) mark(f fault) {
	c.run.Status, c.run.Check, c.run.Reason = f.status, f.check, f.reason
}

func (s *state) carryOut(ctx context.Context, planned bench.PlannedRun) error {
	cell, ok := s.cells[planned.Cell]
	if !ok {
		return fmt.Errorf("run %s is of cell %q, which the plan does not have", planned.ID, planned.Cell)
	}
	done := &carried{run: bench.Run{
		PlannedRun: planned, Mode: cell.Mode, Path: cell.Path, Crypto: cell.Crypto, Verify: cell.Verify, Processes: cell.Processes,
		Status: bench.OK, Started: s.Now(),
	}}
	if s.Begin != nil {
		s.Begin(planned)
	}
	began := s.clocks()
	err := s.attempt(ctx, cell, done)
	if ended := s.unfinished(ctx, err, done.run); ended != nil {
		return fmt.Errorf("run %s was not finished: %w", planned.ID, ended)
	}
	switch {
	case errors.Is(err, ErrProgramChanged), errors.Is(err, errNotNoted):
		return err
	case err != nil:
		done.mark(fault{status: bench.Failed, reason: err.Error()})
	}
	done.run.Ended = s.Now()
	if err := s.Record.Append(done.run, done.samples, done.log); err != nil {
		return fmt.Errorf("keeping run %s: %w", planned.ID, err)
	}
	s.outcome[done.run.Status]++
	if s.looks != nil {
		// By the clock that is never set.
		if err := s.looks.add(done.run, done.samples, s.clocks().monotonic.Sub(began.monotonic)); err != nil {
			return err
		}
	}
	if s.Progress != nil {
		s.Progress(Progress{Run: done.run, Samples: done.samples, Done: s.outcome.total(), Planned: len(s.Runs)})
	}
	return nil
}

// attempt compiles if this is the first run of any cell of the mode, resets the data, so that each run finds the same whatever the
// order, executes and judges. An error is a failure of what surrounds the run.
func (s *state) attempt(ctx context.Context, cell *cell, done *carried) error {
	compiled, err := s.prepare(ctx, cell)
	if err != nil {
		return err
	}
	if fault := cell.compilation.fault; fault != nil {
		done.mark(*fault)
		return nil
	}
	if err := s.Site.Reset(ctx); err != nil {
		return fmt.Errorf("resetting the services' data: %w", err)
	}
	results, uses, err := s.execute(ctx, cell, done.run.ID)
	if err != nil {
		return err
	}
	var shared []bench.Sample
	if compiled {
		for _, sample := range cell.compilation.samples {
			sample.Run = done.run.ID
			shared = append(shared, sample)
		}
	}
	s.gather(cell, results, append(shared, uses...), done, compiled)
	return nil
}
