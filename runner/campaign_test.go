package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
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
		case step.OncePerCell, step.Operation == bench.Write, slices.Equal(step.Paths, []string{bench.Direct}):
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

// plan has the given runs, named MODE-N, of one cell a mode.
func plan(s *site, r *record, runs ...string) *Campaign {
	c := &Campaign{Platform: "linux", Site: s, Record: r}
	for i, id := range runs {
		mode, _, _ := strings.Cut(id, "-")
		if !slices.ContainsFunc(c.Cells, func(cell bench.Cell) bool { return cell.ID == mode }) {
			c.Cells = append(c.Cells, bench.Cell{ID: mode, Mode: mode, Path: bench.Relayed, Crypto: "hpke", Parameters: bench.Parameters{Requests: 2}})
		}
		c.Runs = append(c.Runs, bench.PlannedRun{ID: id, Cell: mode, Position: i})
	}
	return c
}

func TestCampaignOrder(t *testing.T) {
	for _, test := range []struct {
		name string
		runs []string
		want []string
	}{
		{
			"compiled once a cell, reset before each run",
			[]string{"hybrid-0", "purecap-0", "purecap-1", "hybrid-1"},
			[]string{
				"compile hybrid", "reset", "execute hybrid-0", "compile purecap", "reset", "execute purecap-0",
				"reset", "execute purecap-1", "reset", "execute hybrid-1",
			},
		},
		{"one", []string{"hybrid-0"}, []string{"compile hybrid", "reset", "execute hybrid-0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := &site{}, &record{}
			outcome, err := plan(s, r, test.runs...).Run(t.Context())
			if err != nil || !outcome.AllOK() || outcome[bench.OK] != len(test.runs) {
				t.Fatalf("got %v, %v: %v", outcome, err, r.endings())
			}
			if diff := cmp.Diff(test.want, s.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever goes wrong with one run, the next is carried out.
func TestCampaignGoesOn(t *testing.T) {
	only := func(run string, change func(*launcher.RunResult) error) *site {
		return &site{execute: func(name string, r *launcher.RunResult) error {
			if name == run {
				return change(r)
			}
			return nil
		}}
	}
	resets, asked := 0, 0
	for _, test := range []struct {
		name string
		site *site
		want []string
	}{
		{
			"a run fails", only("hybrid-0", func(r *launcher.RunResult) error {
				r.Status, r.Check, r.Reason, r.Samples, r.Memory = launcher.Failed, "executable", "refused", nil, nil
				return nil
			}),
			[]string{"hybrid-0 failed executable: refused", "purecap-0 ok", "hybrid-1 ok"},
		},
		{
			"the launcher does not answer once", only("hybrid-0", func(*launcher.RunResult) error { return errors.New("no answer") }),
			[]string{"hybrid-0 failed : executing: no answer", "purecap-0 ok", "hybrid-1 ok"},
		},
		{
			"a step is missing", only("purecap-0", func(r *launcher.RunResult) error {
				r.Samples = slices.DeleteFunc(r.Samples, func(s launcher.Sample) bool { return s.Metric == "sign" })
				return nil
			}),
			[]string{"hybrid-0 ok", "purecap-0 invalid samples: missing: start sign of root_ca", "hybrid-1 ok"},
		},
		{
			"the memory is missing", only("purecap-0", func(r *launcher.RunResult) error { r.Memory = nil; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 invalid samples: missing: memory peak_resident of integration_process + memory resident of integration_process + memory proportional of integration_process and 6 more", "hybrid-1 ok"},
		},
		{
			"what the process used is missing", only("purecap-0", func(r *launcher.RunResult) error { r.Usage = nil; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 invalid samples: missing: process minor_faults of integration_process + process major_faults of integration_process + process voluntary_switches of integration_process and 4 more", "hybrid-1 ok"},
		},
		{
			"the components cannot be read once", &site{uses: func(uses []Use) ([]Use, error) {
				if asked++; asked == 4 {
					return nil, errors.New("permission denied")
				}
				return uses, nil
			}},
			[]string{"hybrid-0 ok", "purecap-0 failed : reading what the components use: permission denied", "hybrid-1 ok"},
		},
		{
			"the launcher is not among the components", &site{uses: func(uses []Use) ([]Use, error) { return uses[:3], nil }},
			[]string{
				"hybrid-0 invalid samples: missing: memory resident of launcher + memory proportional of launcher + process cpu_time of launcher",
				"purecap-0 invalid samples: missing: memory resident of launcher + memory proportional of launcher + process cpu_time of launcher",
				"hybrid-1 invalid samples: missing: memory resident of launcher + memory proportional of launcher + process cpu_time of launcher",
			},
		},
		{
			"a value cannot be", only("purecap-0", func(r *launcher.RunResult) error { r.Samples[0].Value = -1; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 invalid samples: sample retrieveProgram of run purecap-0 is -1, want a finite number, not negative", "hybrid-1 ok"},
		},
		{
			"a plain program", only("purecap-0", func(r *launcher.RunResult) error { r.Plain = true; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 invalid plain: the program ran without speaking the messages of an integration process: nothing of it was attested", "hybrid-1 ok"},
		},
		{
			"another mode than asked for", only("purecap-0", func(r *launcher.RunResult) error { r.Mode = "hybrid"; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 invalid mode: asked for mode purecap of source 5f, got hybrid of 5f", "hybrid-1 ok"},
		},
		{
			"another source than compiled", only("hybrid-1", func(r *launcher.RunResult) error { r.SourceSHA256 = "60"; return nil }),
			[]string{"hybrid-0 ok", "purecap-0 ok", "hybrid-1 invalid mode: asked for mode hybrid of source 5f, got hybrid of 60"},
		},
		{
			"a mode does not compile", &site{compile: func(r *launcher.CompileResult) error {
				if r.Mode == "hybrid" {
					return errors.New("retail.c:1: error")
				}
				return nil
			}},
			[]string{"hybrid-0 failed : compiling in mode hybrid: retail.c:1: error", "purecap-0 ok", "hybrid-1 failed : compiling in mode hybrid: retail.c:1: error"},
		},
		{
			"a mode has another source", &site{compile: func(r *launcher.CompileResult) error {
				if r.Mode == "purecap" {
					r.SourceSHA256 = "61"
				}
				return nil
			}},
			[]string{"hybrid-0 ok", "purecap-0 invalid source: modes are not comparable: the source of mode hybrid has SHA-256 5f, that of purecap 61", "hybrid-1 ok"},
		},
		{
			"a mode is optimised differently", &site{compile: func(r *launcher.CompileResult) error {
				if r.Mode == "purecap" {
					r.CompileCommand[1] = "-O0"
				}
				return nil
			}},
			[]string{"hybrid-0 ok", `purecap-0 invalid source: modes are not comparable: mode hybrid is compiled with ["-O2"], purecap with ["-O0"]`, "hybrid-1 ok"},
		},
		{
			"a reset fails, and is tried again", &site{reset: func() error {
				if resets++; resets == 1 {
					return errors.New("service/taxi: no answer")
				}
				return nil
			}},
			[]string{"hybrid-0 failed : resetting the services' data: service/taxi: no answer", "purecap-0 ok", "hybrid-1 ok"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &record{}
			outcome, err := plan(test.site, r, "hybrid-0", "purecap-0", "hybrid-1").Run(t.Context())
			if err != nil || outcome.AllOK() {
				t.Errorf("got %v, %v", outcome, err)
			}
			if diff := cmp.Diff(test.want, r.endings()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The run during which the campaign is stopped is not kept: resuming repeats it.
func TestCampaignStops(t *testing.T) {
	for _, at := range []string{"compile", "execute"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		reason := errors.New("service/taxi ended by itself")
		stop := func() error { cancel(reason); return fmt.Errorf("no answer: %w", context.Canceled) }
		s, r := &site{}, &record{}
		switch at {
		case "compile":
			s.compile = func(c *launcher.CompileResult) error {
				if c.Mode == "purecap" {
					return stop()
				}
				return nil
			}
		case "execute":
			s.execute = func(run string, _ *launcher.RunResult) error {
				if run == "purecap-0" {
					return stop()
				}
				return nil
			}
		}
		outcome, err := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1").Run(ctx)
		if !errors.Is(err, reason) || outcome[bench.OK] != 1 {
			t.Errorf("%s: got %v, %v", at, outcome, err)
		}
		if diff := cmp.Diff([]string{"hybrid-0 ok"}, r.endings()); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
}

func TestCampaignEndsWhenResultsCannotBeKept(t *testing.T) {
	full := errors.New("no space left on device")
	// At once, or when the first run was to be kept.
	for _, test := range []struct {
		after int // runs
		asked int
	}{{0, 0}, {1, 3}} {
		s, r := &site{}, &record{}
		s.execute = func(string, *launcher.RunResult) error { r.fail = full; return nil }
		if test.after == 0 {
			r.fail = full
		}
		if _, err := plan(s, r, "hybrid-0", "hybrid-1").Run(t.Context()); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if len(s.asked) != test.asked {
			t.Errorf("went on: %v", s.asked)
		}
	}
}

func TestCampaignRefusesARunWithoutItsCell(t *testing.T) {
	c := plan(&site{}, &record{}, "hybrid-0")
	c.Cells = nil
	if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `cell "hybrid"`) {
		t.Errorf("got %v", err)
	}
}

// What is lost under a run ends the campaign, however little its user saw of it: the run is marked, and not kept as the program's
// failure. A failure while all are there is the program's.
func TestCampaignMarksWhatWasLost(t *testing.T) {
	noAnswer := &endpoint.Unreachable{Address: "https://127.0.0.1:1", Err: io.EOF}
	target := &hosts.TargetError{Host: "board", Op: "wait for process 7", Err: errors.New("the connection was lost")}
	service := &componentEnded{name: "service/store", host: "ijui", logFile: "store.log", tail: "bye", err: errors.New("ended by SIGKILL")}
	byTarget := results.Loss{Run: "purecap-0", Failed: results.TargetFailed, Host: "board"}
	for _, test := range []struct {
		name  string
		at    func(s *site, fail func() error) // where it fails
		seen  error                            // by who uses it
		asked error                            // what asking all of them says
		cause error                            // of the context, when somebody sees it at once
		want  results.Loss
	}{
		{"a host, while compiling", failsCompiling, noAnswer, target, nil, byTarget},
		{"a host, while the executable is looked at", failsDescribing, target, nil, nil, byTarget},
		{"a host, while data are reset", failsResetting, noAnswer, fmt.Errorf("reading: %w", target), nil, byTarget},
		{"a host, in a run", failsExecuting, noAnswer, target, nil, byTarget},
		{"a host, in a run that the launcher gives up", refusesRun, nil, target, nil, byTarget},
		{"a component, in a run", failsExecuting, noAnswer, service, nil, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed, Host: "ijui", Component: "service/store"}},
		{"a component, seen by the watch", failsExecuting, context.Canceled, nil, service, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed, Host: "ijui", Component: "service/store"}},
		{
			"a component with its host", failsExecuting, context.Canceled, nil, &componentEnded{name: "launcher", host: "board", err: target},
			results.Loss{Run: "purecap-0", Failed: results.TargetFailed, Host: "board", Component: "launcher"},
		},
		{"eaibench", failsExecuting, &hosts.HarnessError{Op: "host board: pass on", Err: errors.New("disk full")}, nil, nil, results.Loss{Run: "purecap-0", Failed: results.HarnessFailed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s, r, down := &site{}, &record{}, false
			test.at(s, func() error {
				down = true
				if test.cause != nil {
					cancel(test.cause)
				}
				return test.seen
			})
			s.uses = func(uses []Use) ([]Use, error) {
				if down && test.asked != nil {
					return nil, test.asked
				}
				return uses, nil
			}
			_, err := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1").Run(ctx)
			if err == nil || !strings.HasPrefix(err.Error(), "run purecap-0 was not finished: ") {
				t.Errorf("got %v", err)
			}
			if found := new(hosts.TargetError); errors.As(err, &found) != (test.want.Failed == results.TargetFailed) {
				t.Errorf("%v: of the target, want %s", err, test.want.Failed)
			}
			if diff := cmp.Diff([]string{"hybrid-0 ok"}, r.endings()); diff != "" {
				t.Error(diff)
			}
			losses := r.losses()
			if len(losses) != 1 || losses[0].Text == "" {
				t.Fatalf("noted: %+v", losses)
			}
			losses[0].Text = ""
			if diff := cmp.Diff(test.want, losses[0]); diff != "" {
				t.Error(diff)
			}
			if ended := r.ended(t); ended.Reason != results.EndFailed {
				t.Errorf("ended as %s", ended.Reason)
			}
		})
	}
}

func (r *record) losses() []results.Loss {
	var all []results.Loss
	for _, event := range r.events {
		if event.Lost != nil {
			all = append(all, *event.Lost)
		}
	}
	return all
}

func failsCompiling(s *site, fail func() error) {
	s.compile = func(r *launcher.CompileResult) error {
		if r.Mode == "purecap" {
			return fail()
		}
		return nil
	}
}

func failsDescribing(s *site, fail func() error) {
	described := 0
	s.about = func(*Described) error {
		if described++; described == 2 {
			return fail()
		}
		return nil
	}
}

func failsResetting(s *site, fail func() error) {
	resets := 0
	s.reset = func() error {
		if resets++; resets == 2 {
			return fail()
		}
		return nil
	}
}

func failsExecuting(s *site, fail func() error) {
	s.execute = func(run string, _ *launcher.RunResult) error {
		if run == "purecap-0" {
			return fail()
		}
		return nil
	}
}

func refusesRun(s *site, fail func() error) {
	s.execute = func(run string, r *launcher.RunResult) error {
		if run == "purecap-0" {
			r.Status, r.Reason = launcher.Failed, "service store does not answer"
			return fail()
		}
		return nil
	}
}
