package runner

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
)

// atOnce is a campaign of one run by three processes.
func atOnce(s *site, r *record) *Campaign {
	c := plan(s, r, "hybrid-0")
	c.Cells[0].Processes = 3
	return c
}

// The processes of a run are under way at the same time, each with a name of its own.
func TestProcessesAtOnce(t *testing.T) {
	var together sync.WaitGroup
	together.Add(3)
	s, r := &site{execute: func(string, *launcher.RunResult) error {
		together.Done()
		together.Wait() // hangs if one is begun after another has ended
		return nil
	}}, &record{}
	if outcome, err := atOnce(s, r).Run(t.Context()); err != nil || outcome[bench.OK] != 1 {
		t.Fatalf("%v, %v, %v", outcome, err, r.endings())
	}
	asked := slices.Sorted(slices.Values(s.asked))
	want := []string{"compile hybrid", "execute hybrid-0-p0", "execute hybrid-0-p1", "execute hybrid-0-p2", "reset"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
	if r.runs[0].Processes != 3 || strings.Count(r.logs["hybrid-0"], "=== process ") != 3 {
		t.Errorf("%+v, log %s", r.runs[0], r.logs["hybrid-0"])
	}
	totals, requests, launchers := 0, map[int]int{}, 0
	for _, sample := range r.samples["hybrid-0"] {
		switch {
		case sample.Run != "hybrid-0":
			t.Fatalf("a sample of run %s", sample.Run)
		case sample.Metric == "execute_total":
			totals++
		case sample.Metric == "read_act_total":
			requests[sample.Request]++
		case sample.Component == bench.Launcher && sample.Metric == "cpu_time":
			launchers++
		}
	}
	// Two requests each; what the launcher used belongs to the run.
	if totals != 3 || len(requests) != 6 || launchers != 1 {
		t.Errorf("%d totals, requests %v, %d readings of the launcher", totals, requests, launchers)
	}
}

// A run counts when each of its processes does.
func TestOneOfSeveralProcesses(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault func(*launcher.RunResult)
		want  string
	}{
		{"fails", func(r *launcher.RunResult) {
			r.Status, r.Check, r.Reason = launcher.Failed, "library", "another library"
		}, "hybrid-0 failed library: process 2 of 3: another library"},
		{"lacks a step", func(r *launcher.RunResult) { r.Samples = r.Samples[1:] }, "hybrid-0 invalid samples: process 2 of 3: missing: start retrieveProgram of launcher"},
		{"is not at once", func(r *launcher.RunResult) {
			r.Began, r.Finished = r.Began.Add(time.Second), r.Finished.Add(time.Second)
		}, "hybrid-0 invalid processes: one process had finished before another began: they were not at once"},
		{"is another mode", func(r *launcher.RunResult) { r.Mode = "purecap" }, "hybrid-0 invalid mode: process 2 of 3: asked for mode hybrid of source 5f, got purecap of 5f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := &site{execute: func(run string, result *launcher.RunResult) error {
				if run == "hybrid-0-p1" {
					test.fault(result)
				}
				return nil
			}}, &record{}
			if _, err := atOnce(s, r).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := r.endings(); len(got) != 1 || got[0] != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}
