package runner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/results"
)

// untilPlan has blocks of hybrid and purecap: one of warm-up runs, and so many others as the rule allows.
func untilPlan(s *site, r *record, until results.Until) *Campaign {
	var ids []string
	for block := range 1 + until.Max {
		ids = append(ids, fmt.Sprintf("hybrid-%d", block), fmt.Sprintf("purecap-%d", block))
	}
	if block := 3; len(ids) > 2*block {
		ids[2*block], ids[2*block+1] = ids[2*block+1], ids[2*block] // the order within blocks is any
	}
	c := plan(s, r, ids...)
	for i := range c.Runs {
		c.Runs[i].Block, c.Runs[i].WarmUp = i/2, i < 2
	}
	until.Confidence = 0.95
	if until.Metrics == nil {
		until.Metrics = []string{"execute_total"}
	}
	c.Comparing = bench.Options{Interleaved: true}
	c.Until, c.Chain = &until, []bench.Mode{{Name: "hybrid"}, {Name: "purecap", Baseline: "hybrid"}}
	return c
}

// executeTotal makes a run's execute_total what the function says of its mode and block.
func executeTotal(of func(mode string, block int) int64) func(string, *launcher.RunResult) error {
	return func(run string, r *launcher.RunResult) error {
		mode, block := "", 0
		if _, err := fmt.Sscanf(strings.ReplaceAll(run, "-", " "), "%s %d", &mode, &block); err != nil {
			return err
		}
		for i := range r.Samples {
			if r.Samples[i].Metric == "execute_total" {
				r.Samples[i].Value = of(mode, block)
			}
		}
		return nil
	}
}

// steady differs by a thousandth from block to block.
func steady(mode string, block int) int64 {
	return map[string]int64{"hybrid": 1_000_000, "purecap": 2_000_000}[mode] + int64(block%3)*1_000
}

// wild has a ratio that is not known to 2 % from the runs here.
func wild(mode string, block int) int64 {
	if mode == "purecap" {
		return 1_000_000 + int64(block*7919%13)*200_000
	}
	return 1_000_000
}

func rule() results.Until {
	return results.Until{Precision: 0.02, Min: 6, Max: 10, Looks: []int{6, 8, 10}}
}

func TestStopsWhenPrecise(t *testing.T) {
	s, r := &site{execute: executeTotal(steady)}, &record{}
	c := untilPlan(s, r, rule())
	var told []results.Look
	c.Looked = func(look results.Look) { told = append(told, look) }
	outcome, err := c.Run(t.Context())
	if err != nil || outcome[bench.OK] != 14 || len(r.runs) != 14 {
		t.Fatalf("got %v, %v: %v", outcome, err, r.endings())
	}
	if diff := cmp.Diff([]string{"began", "built hybrid", "built purecap", "looked 6", "ended precise"}, kinds(r.events)); diff != "" {
		t.Fatal(diff)
	}
	look := r.events[3].Looked
	if diff := cmp.Diff([]results.Look{*look}, told); diff != "" {
		t.Error(diff)
	}
	// One link: the median of its baseline is compared with nothing.
	if len(look.Widths) != 1 || look.Widths[0].Cell != "purecap" || look.Widths[0].Baseline != "hybrid" || look.Widths[0].Series != bench.ExecuteTotal() || !look.Inside {
		t.Errorf("%+v", look)
	}
	if half := look.Widths[0].HalfWidth; half == nil || *half <= 0 || *half > 0.002 {
		t.Errorf("half-width %v", half)
	}
	if want := "the precision of ± 2 % is reached: at the look at 6 runs of each cell, the widest interval is ± 0."; !strings.HasPrefix(r.ended(t).Text, want) {
		t.Errorf("got %s", r.ended(t).Text)
	}
}

func TestStopsAtTheMost(t *testing.T) {
	s, r := &site{execute: executeTotal(wild)}, &record{}
	outcome, err := untilPlan(s, r, rule()).Run(t.Context())
	if err != nil || outcome[bench.OK] != 22 {
		t.Fatalf("got %v, %v", outcome, err)
	}
	if diff := cmp.Diff([]string{"began", "built hybrid", "built purecap", "looked 6", "looked 8", "looked 10", "ended complete"}, kinds(r.events)); diff != "" {
		t.Fatal(diff)
	}
	text := r.ended(t).Text
	if !strings.HasPrefix(text, "the most runs, 10 of each cell, did not reach the precision of ± 2 %: at the look at 10 runs of each cell, the widest interval is ± ") ||
		!strings.HasSuffix(text, " %, of execute_total in purecap against hybrid") {
		t.Errorf("got %s", text)
	}
}

// A cell alone, or whose baseline is not measured, is known by its median; each metric counts, in each service.
func TestWidthsOfSeveralMetrics(t *testing.T) {
	s, r := &site{execute: executeTotal(steady)}, &record{}
	until := rule()
	until.Metrics = []string{"execute_total", "read.encrypt", "cpu_time"}
	c := untilPlan(s, r, until)
	c.Chain = []bench.Mode{{Name: "hybrid"}, {Name: "other", Baseline: "hybrid"}, {Name: "purecap", Baseline: "other"}}
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, width := range r.events[3].Looked.Widths {
		if width.Baseline != "" || width.HalfWidth == nil {
			t.Errorf("%+v", width)
		}
		got[width.Cell+" "+width.Series.String()]++
	}
	want := map[string]int{}
	for _, cell := range []string{"hybrid", "purecap"} {
		for _, series := range []string{
			"execute_total", "read.encrypt of integration_process, service store", "read.encrypt of digital_service, service store",
			"process.cpu_time of root_ca", "process.cpu_time of attester", "process.cpu_time of launcher",
			"process.cpu_time of digital_service, service store", "process.cpu_time of integration_process",
		} {
			want[cell+" "+series] = 1
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Where a cell's runs all fail nothing is known of it, however steady the others are.
func TestNeverPreciseWithoutRunsThatCount(t *testing.T) {
	s, r := &site{}, &record{}
	s.execute = func(run string, result *launcher.RunResult) error {
		if strings.HasPrefix(run, "purecap") {
			result.Status, result.Reason = launcher.Failed, "refused"
		}
		return nil
	}
	if _, err := untilPlan(s, r, rule()).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := r.ended(t)
	if want := "at the look at 10 runs of each cell, too few runs for an interval of execute_total in purecap against hybrid"; ended.Reason != results.EndComplete || !strings.HasSuffix(ended.Text, want) {
		t.Errorf("got %+v", ended)
	}
}

// The time is over between two blocks, however few there were. What was done before counts.
func TestStopsWhenTheTimeIsOver(t *testing.T) {
	for _, test := range []struct {
		name   string
		before time.Duration // that each of the warm-up runs took, if another eaibench carried them out
		runs   int           // kept in the end
	}{
		{"in one session", 0, 4},
		{"in the session before", time.Minute, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, r := &site{execute: executeTotal(wild)}, &record{}
			until := rule()
			until.Time = time.Minute
			c := untilPlan(s, r, until)
			if test.before > 0 {
				done(c, bench.OK, "5f", "hybrid-0", "purecap-0", "hybrid-1")
				for i := range c.Done {
					c.Done[i].Ended = c.Done[i].Started.Add(test.before)
				}
			} else {
				until.Time = time.Millisecond
				s.execute = func(run string, _ *launcher.RunResult) error {
					if run == "hybrid-1" {
						for began := time.Now(); time.Since(began) < 2*time.Millisecond; {
							continue
						}
					}
					return nil
				}
				c.Until.Time = until.Time
			}
			if _, err := c.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if kept := len(r.runs) + len(c.Done); kept > test.runs || kept%2 != 0 {
				t.Errorf("%d runs are kept: %v", kept, r.endings())
			}
			want := fmt.Sprintf("the time of %s is over before the precision of ± 2 %% was reached: no look came yet", until.Time)
			if ended := r.ended(t); ended.Reason != results.EndTime || ended.Text != want {
				t.Errorf("got %+v", ended)
			}
		})
	}
}

// resumed is a campaign after whose look an eaibench was killed, taken up again. noted are the events that it had written.
func resumed(t *testing.T, of func(string, int) int64, runs int, noted int) (*Campaign, *site, *record) {
	t.Helper()
	before := &record{}
	first := untilPlan(&site{execute: executeTotal(of)}, before, rule())
	if _, err := first.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, r := &site{execute: executeTotal(of)}, &record{}
	c := untilPlan(s, r, rule())
	c.Events = before.events[:noted]
	c.Done = before.runs[:runs]
	for _, run := range c.Done {
		c.DoneSamples = append(c.DoneSamples, before.samples[run.ID]...)
	}
	return c, s, r
}

func TestLooksOfAResumedCampaign(t *testing.T) {
	for _, test := range []struct {
		name  string
		of    func(string, int) int64
		runs  int // done
		noted int // events
		want  []string
		asked bool // the site
	}{
		{"the look was noted, and not enough", wild, 14, 4, []string{"began", "built purecap", "built hybrid", "looked 8", "looked 10", "ended complete"}, true},
		{"the look was due", wild, 14, 3, []string{"looked 6", "began", "built purecap", "built hybrid", "looked 8", "looked 10", "ended complete"}, true},
		{"the look was noted, and enough", steady, 14, 4, []string{"ended precise"}, false},
		{"the look was due, and is enough", steady, 14, 3, []string{"looked 6", "ended precise"}, false},
		{"the last run was kept", wild, 22, 5, []string{"looked 10", "ended complete"}, false},
		{"in a block", wild, 13, 3, []string{"began", "built purecap", "looked 6", "built hybrid", "looked 8", "looked 10", "ended complete"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, s, r := resumed(t, test.of, test.runs, test.noted)
			if !test.asked {
				c.Site = nil
			}
			if _, err := c.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := kinds(r.events)
			if test.name == "in a block" || strings.Contains(test.name, "noted, and not") || test.name == "the look was due" {
				// Whichever cell is next is built first.
				test.want, got = sortedBuilds(test.want), sortedBuilds(got)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if (len(s.asked) > 0) != test.asked {
				t.Errorf("asked %v", s.asked)
			}
			// What a look finds depends on the runs alone.
			again := &record{}
			if _, err := untilPlan(&site{execute: executeTotal(test.of)}, again, rule()).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, found := lastLook(append(c.Events, again.events...)), lastLook(append(c.Events, r.events...))
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("another look: %s", diff)
			}
		})
	}
}

// sortedBuilds leaves out which cell is built.
func sortedBuilds(kinds []string) []string {
	var all []string
	for _, kind := range kinds {
		if strings.HasPrefix(kind, "built") {
			kind = "built"
		}
		all = append(all, kind)
	}
	return all
}

func lastLook(events []results.Event) *results.Look {
	var last *results.Look
	for _, event := range events {
		if event.Looked != nil {
			last = event.Looked
		}
	}
	return last
}

func TestPercent(t *testing.T) {
	for ratio, want := range map[float64]string{
		0.02: "2 %", 0.0312: "3.12 %", 0.020001: "2.01 %", 0.005: "0.5 %", 0: "0 %", 1.5: "150 %", 0.07: "7 %", 0.29: "29 %",
	} {
		if got := Percent(ratio); got != want {
			t.Errorf("%v is %s, want %s", ratio, got, want)
		}
	}
}
