package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/platform"
	"eaibench/results"
)

// site is a scripted place: it notes what it is asked to do, and answers as a sound launcher unless
// told otherwise.
type site struct {
	mutex   sync.Mutex // of asked
	asked   []string
	compile func(*launcher.CompileResult) error // by default as the launcher does
	reset   func() error
	execute func(run string, r *launcher.RunResult) error
	uses    func([]Use) ([]Use, error)
	about   func(*Described) error // by default what was compiled is sound
	used    time.Duration          // CPU time of each component
}

func (s *site) Compile(_ context.Context, mode string) (*launcher.CompileResult, error) {
	s.asked = append(s.asked, "compile "+mode)
	result := &launcher.CompileResult{
		Program: "retail", Mode: mode, SourceSHA256: "5f", ExecutableSHA256: "0c", ExecutableSize: 6, CompileCommand: []string{"gcc", "-O2", "-o", "retail-" + mode},
		Samples: []launcher.Sample{{Component: "launcher", Operation: "start", Metric: "compile", Value: 9, Unit: "ns"}},
	}
	if s.compile != nil {
		if err := s.compile(result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func (s *site) Describe(context.Context, *launcher.CompileResult) (Described, error) {
	described := Described{ELF: platform.ELF{ABI: "amd64"}, Compiler: "gcc 12"}
	if s.about != nil {
		return described, s.about(&described)
	}
	return described, nil
}

func (s *site) Reset(context.Context) error {
	s.asked = append(s.asked, "reset")
	if s.reset != nil {
		return s.reset()
	}
	return nil
}

func (s *site) Execute(_ context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	s.mutex.Lock()
	s.asked = append(s.asked, "execute "+run)
	s.mutex.Unlock()
	result := &launcher.RunResult{
		Message: "run " + run, ErrorOutput: "a log line\n", Program: "retail", Run: run, Mode: cell.Mode, Status: launcher.OK,
		Samples: soundSamples(cell.Parameters.Requests), ExecutableSHA256: "0c", SourceSHA256: "5f",
		Memory:         &launcher.Memory{PeakResident: 3, Resident: 2, Proportional: 1},
		Usage:          &launcher.Usage{MinorFaults: 4, User: 5},
		ExecutableSize: 6,
		Began:          time.Unix(100, 0).Add(time.Millisecond), Finished: time.Unix(100, 0).Add(9 * time.Millisecond),
		Started: time.Unix(100, 0), Duration: int64(time.Second),
	}
	if s.execute != nil {
		if err := s.execute(run, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// Uses counts a second of each component's CPU time from one question to the next.
func (s *site) Uses() ([]Use, error) {
	s.used += time.Second
	uses := []Use{{Component: bench.RootCA}, {Component: bench.Attester}, {Component: bench.DigitalService, Service: "store"}, {Component: bench.Launcher}, {Component: bench.Host}}
	for i := range uses {
		uses[i].Resident, uses[i].Proportional, uses[i].CPU = 8, 7, s.used
	}
	stolen := s.used / 2
	uses[len(uses)-1].Steal = &stolen
	if s.uses != nil {
		return s.uses(uses)
	}
	return uses, nil
}

// soundSamples has every step of the table on the path relayed, with a read for each request.
func soundSamples(requests int) []launcher.Sample {
	var samples []launcher.Sample
	for _, step := range bench.Steps() {
		sample := launcher.Sample{
			Component: step.Component, Operation: step.Operation, Metric: step.Metric, Value: 5, Unit: "ns",
		}
		switch {
		case step.OncePerMode, step.Operation == bench.Write, slices.Equal(step.Paths, []string{bench.Direct}):
		case step.Operation == bench.Read, step.OncePerRequest:
			if step.Operation == bench.Read {
				sample.Service = "store"
			}
			for request := range requests {
				sample.Request = &request
				samples = append(samples, sample)
			}
		default:
			samples = append(samples, sample)
		}
	}
	return samples
}

// record keeps runs in memory.
type record struct {
	runs    []bench.Run
	samples map[string][]bench.Sample
	logs    map[string]string
	events  []results.Event
	fail    error
	// failAppend is of runs alone.
	failAppend error
}

func (r *record) Note(event results.Event) error {
	if r.fail != nil {
		return r.fail
	}
	r.events = append(r.events, event)
	return nil
}

// ended is how the campaign ended, by its last event.
func (r *record) ended(t *testing.T) results.Ending {
	t.Helper()
	if len(r.events) == 0 || r.events[len(r.events)-1].Ended == nil {
		t.Fatalf("the last event is no end: %+v", r.events)
	}
	return *r.events[len(r.events)-1].Ended
}

func (r *record) Append(run bench.Run, samples []bench.Sample, log []byte) error {
	if err := errors.Join(r.fail, r.failAppend); err != nil {
		return err
	}
	r.runs = append(r.runs, run)
	if r.samples == nil {
		r.samples, r.logs = map[string][]bench.Sample{}, map[string]string{}
	}
	r.samples[run.ID], r.logs[run.ID] = samples, string(log)
	return nil
}

// endings are the recorded runs as "ID status check: reason".
func (r *record) endings() []string {
	var endings []string
	for _, run := range r.runs {
		endings = append(endings, strings.TrimRight(fmt.Sprintf("%s %s %s: %s", run.ID, run.Status, run.Check, run.Reason), ": "))
	}
	return endings
}

// plan has the given runs, named MODE-N, of one cell a mode, or MODE.CELL-N, of several.
func plan(s *site, r *record, runs ...string) *Campaign {
	c := &Campaign{Platform: "linux", Site: s, Record: r}
	for i, id := range runs {
		name, _, _ := strings.Cut(id, "-")
		mode, _, _ := strings.Cut(name, ".")
		if !slices.ContainsFunc(c.Cells, func(cell bench.Cell) bool { return cell.ID == name }) {
			c.Cells = append(c.Cells, bench.Cell{ID: name, Mode: mode, Path: bench.Relayed, Crypto: "hpke", Parameters: bench.Parameters{Requests: 2}})
		}
		c.Runs = append(c.Runs, bench.PlannedRun{ID: id, Cell: name, Position: i})
	}
	return c
}
