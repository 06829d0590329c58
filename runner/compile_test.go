package runner

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/results"
)

// timedCompiling are the runs that have a sample of it.
func (r *record) timedCompiling() []string {
	var runs []string
	for _, run := range r.runs {
		for _, sample := range r.samples[run.ID] {
			if step, _ := bench.StepOf(sample.Series()); step.OncePerMode {
				runs = append(runs, sample.Run)
			}
		}
	}
	return runs
}

// What a mode is compiled to serves each of its cells, of which each is noted, and the time is one measurement. What failed is tried
// again for the next cell.
func TestCellsOfAModeAreCompiledTogether(t *testing.T) {
	described := 0
	for _, test := range []struct {
		name                           string
		site                           *site
		compiled, endings, kinds, once []string
	}{
		{
			"it compiles", &site{},
			[]string{"hybrid", "purecap"},
			[]string{"hybrid.a-0 ok", "hybrid.b-0 ok", "purecap.a-0 ok", "hybrid.a-1 ok", "purecap.b-0 ok"},
			[]string{"began", "built hybrid.a", "built hybrid.b", "built purecap.a", "built purecap.b", "ended complete"},
			[]string{"hybrid.a-0", "purecap.a-0"},
		},
		{
			"it does not compile in a mode", &site{compile: func(r *launcher.CompileResult) error {
				if r.Mode == "hybrid" {
					return errors.New("retail.c:1: error")
				}
				return nil
			}},
			[]string{"hybrid", "hybrid", "purecap"},
			[]string{
				"hybrid.a-0 failed : compiling in mode hybrid: retail.c:1: error", "hybrid.b-0 failed : compiling in mode hybrid: retail.c:1: error",
				"purecap.a-0 ok", "hybrid.a-1 failed : compiling in mode hybrid: retail.c:1: error", "purecap.b-0 ok",
			},
			[]string{"began", "built purecap.a", "built purecap.b", "ended complete"},
			[]string{"purecap.a-0"},
		},
		{
			"it cannot be looked at once", &site{about: func(*Described) error {
				if described++; described == 1 {
					return errors.New("not an ELF file")
				}
				return nil
			}},
			[]string{"hybrid", "hybrid", "purecap"},
			[]string{
				"hybrid.a-0 failed : looking at what was compiled in mode hybrid: not an ELF file", "hybrid.b-0 ok",
				"purecap.a-0 ok", "hybrid.a-1 failed : looking at what was compiled in mode hybrid: not an ELF file", "purecap.b-0 ok",
			},
			[]string{"began", "built hybrid.b", "built purecap.a", "built purecap.b", "ended complete"},
			[]string{"hybrid.b-0", "purecap.a-0"},
		},
		{
			"a mode is optimised differently", &site{compile: func(r *launcher.CompileResult) error {
				if r.Mode == "purecap" {
					r.CompileCommand[1] = "-O0"
				}
				return nil
			}},
			[]string{"hybrid", "purecap"},
			[]string{
				"hybrid.a-0 ok", "hybrid.b-0 ok", `purecap.a-0 invalid source: modes are not comparable: mode hybrid is compiled with ["-O2"], purecap with ["-O0"]`,
				"hybrid.a-1 ok", `purecap.b-0 invalid source: modes are not comparable: mode hybrid is compiled with ["-O2"], purecap with ["-O0"]`,
			},
			[]string{"began", "built hybrid.a", "built hybrid.b", "built purecap.a", "built purecap.b", "ended complete"},
			[]string{"hybrid.a-0"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &record{}
			if _, err := plan(test.site, r, "hybrid.a-0", "hybrid.b-0", "purecap.a-0", "hybrid.a-1", "purecap.b-0").Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			var compiled []string
			for _, asked := range test.site.asked {
				if mode, found := strings.CutPrefix(asked, "compile "); found {
					compiled = append(compiled, mode)
				}
			}
			for _, compared := range []struct{ want, got []string }{
				{test.compiled, compiled}, {test.endings, r.endings()}, {test.kinds, kinds(r.events)}, {test.once, r.timedCompiling()},
			} {
				if diff := cmp.Diff(compared.want, compared.got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A session that goes on compiles each mode with a run left again, once, for the first of those runs; each of its cells must be what
// it was.
func TestResumedCellsOfAModeAreCompiledTogether(t *testing.T) {
	for name, test := range map[string]struct {
		was  results.Build // of cell hybrid.b
		kept []string
	}{
		"as it was": {results.Build{Cell: "hybrid.b", SourceSHA256: "5f", ExecutableSHA256: "0c", Compiler: "gcc 12"}, []string{"hybrid.c-0 ok", "hybrid.b-1 ok"}},
		"changed":   {results.Build{Cell: "hybrid.b", SourceSHA256: "5f", ExecutableSHA256: "0d", Compiler: "gcc 12"}, []string{"hybrid.c-0 ok"}},
	} {
		s, r := &site{}, &record{}
		c := plan(s, r, "hybrid.a-0", "hybrid.b-0", "hybrid.c-0", "hybrid.b-1")
		done(c, bench.OK, "5f", "hybrid.a-0", "hybrid.b-0")
		c.Events = []results.Event{{Built: &test.was}}
		_, err := c.Run(t.Context())
		if changed := len(test.kept) == 1; changed != errors.Is(err, ErrProgramChanged) || changed != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "of cell hybrid.b, the executable has SHA-256 0c, it was 0d") {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.kept, r.endings()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]string{"hybrid.c-0"}, r.timedCompiling()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n := len(slices.DeleteFunc(slices.Clone(s.asked), func(asked string) bool { return !strings.HasPrefix(asked, "compile ") })); n != 1 {
			t.Errorf("%s: compiled %d times", name, n)
		}
	}
}
