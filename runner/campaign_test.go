package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
)

func TestCampaignOrder(t *testing.T) {
	for _, test := range []struct {
		name string
		runs []string
		want []string
	}{
		{
			"compiled once a mode, reset before each run",
			[]string{"hybrid-0", "purecap-0", "purecap-1", "hybrid-1"},
			[]string{
				"compile hybrid", "reset", "execute hybrid-0", "compile purecap", "reset", "execute purecap-0",
				"reset", "execute purecap-1", "reset", "execute hybrid-1",
			},
		},
		{
			"whichever of the mode's cells is first",
			[]string{"hybrid.a-0", "hybrid.b-0", "purecap.b-0", "hybrid.a-1", "purecap.a-0"},
			[]string{
				"compile hybrid", "reset", "execute hybrid.a-0", "reset", "execute hybrid.b-0", "compile purecap", "reset", "execute purecap.b-0",
				"reset", "execute hybrid.a-1", "reset", "execute purecap.a-0",
			},
		},
		{"one", []string{"hybrid-0"}, []string{"compile hybrid", "reset", "execute hybrid-0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := &site{}, &record{}
			campaign := plan(s, r, test.runs...)
			var compiling []string
			campaign.Compiling = func(mode string, over bool) { // each ask of the site for it is between two tellings
				compiling = append(compiling, fmt.Sprintf("%s %v after %d", mode, over, len(s.asked)))
			}
			outcome, err := campaign.Run(t.Context())
			if err != nil || !outcome.AllOK() || outcome[bench.OK] != len(test.runs) {
				t.Fatalf("got %v, %v: %v", outcome, err, r.endings())
			}
			if diff := cmp.Diff(test.want, s.asked); diff != "" {
				t.Error(diff)
			}
			var want []string
			for i, asked := range test.want {
				if mode, compiled := strings.CutPrefix(asked, "compile "); compiled {
					want = append(want, fmt.Sprintf("%s false after %d", mode, i), fmt.Sprintf("%s true after %d", mode, i+1))
				}
			}
			if diff := cmp.Diff(want, compiling); diff != "" {
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
