package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// Runs that a limit ended are shown by the limit's name.
func TestSummaryNamesLimits(t *testing.T) {
	checks := map[int]string{8: bench.LimitTime, 12: bench.LimitMemory, 20: bench.LimitTime, 30: ""}
	folder := sampleCampaign(t, func(run *bench.Run) {
		if check, there := checks[run.Position]; there {
			run.Status, run.Check, run.Reason = bench.Aborted, check, "it took too much"
		}
	})
	out, _, code := command(t, "summary", folder)
	for _, want := range []string{"; 4 aborted: 2 time limit, 1 memory limit.\n", " aborted: check limit-memory: it took too much\n"} {
		if code != exitFine || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q is not in\n%s", code, want, out)
		}
	}
	out, _, code = command(t, "summary", "--json", folder)
	if want := `"limit-time": 2`; code != exitFine || !strings.Contains(out, want) {
		t.Errorf("exit %d, %q is not in\n%s", code, want, out)
	}
}

// Why a campaign ended is said, and runs that it did not need are not taken for lost ones.
func TestSummarySaysWhyItEnded(t *testing.T) {
	until := &results.Until{Precision: 0.02, Confidence: 0.95, Min: 6, Max: 6, Metrics: []string{"execute_total"}, Looks: []int{6}}
	for _, test := range []struct {
		reason results.EndReason
		until  *results.Until
		all    bool // runs are done; otherwise one
		want   []string
		never  string
	}{
		{results.EndPrecise, until, false, []string{"1 of 6 runs count; 5 not needed.\nEnded (precise): why.\n"}, "not carried out"},
		{results.EndTime, until, false, []string{"1 of 6 runs count; 5 left out, since the time was over.\nEnded (time): why.\n"}, "not carried out"},
		{results.EndComplete, until, true, []string{"6 of 6 runs count.\nEnded (complete): why.\n"}, "not needed"},
		{results.EndComplete, nil, true, []string{"6 of 6 runs count.\n"}, "Ended ("},
		{results.EndInterrupted, nil, false, []string{"1 of 6 runs count; 5 not carried out.\nEnded (interrupted): why.\n"}, "not needed"},
		{"", nil, false, []string{"1 of 6 runs count; 5 not carried out.\n"}, "Ended ("},
	} {
		folder := t.TempDir()
		campaign := &results.Campaign{
			Version: results.Version, Name: "n", Title: "n", Until: test.until, Cells: []bench.Cell{{ID: "hybrid", Mode: "hybrid"}},
			Modes: []results.Mode{{Mode: bench.Mode{Name: "hybrid"}}},
		}
		for i := range 6 {
			campaign.Runs = append(campaign.Runs, bench.PlannedRun{ID: string(rune('a' + i)), Cell: "hybrid", Block: i, Position: i, Iteration: i})
		}
		writer, err := results.Create(folder, campaign)
		if err != nil {
			t.Fatal(err)
		}
		for i, planned := range campaign.Runs {
			if i > 0 && !test.all {
				break
			}
			run := bench.Run{PlannedRun: planned, Status: bench.OK}
			if err := writer.Append(run, []bench.Sample{{
				Run: run.ID, Request: bench.NoRequest, Component: bench.IntegrationProcess, Operation: bench.Execute, Metric: "execute_total",
				Value: 5, Unit: bench.Nanoseconds,
			}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if test.reason != "" {
			if err := writer.Note(results.Event{Time: time.Now(), Ended: &results.Ending{Reason: test.reason, Text: "why"}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		out, people, code := command(t, "summary", folder)
		for _, want := range test.want {
			if code != exitFine || !strings.Contains(out, want) || strings.Contains(out, test.never) {
				t.Errorf("%s: exit %d: %q is not in\n%s%s", test.reason, code, want, out, people)
			}
		}
	}
}

// What was lost under runs is said, who failed among it.
func TestSummarySaysWhatWasLost(t *testing.T) {
	data := &results.Data{Campaign: &results.Campaign{}, Events: []results.Event{
		{Lost: &results.Loss{Run: "r01", Failed: results.TargetFailed, Host: "board", Component: "launcher", Text: "why"}},
		{Lost: &results.Loss{Run: "r02", Failed: results.HarnessFailed, Host: "local", Component: "service/store", Text: "why"}},
		{Lost: &results.Loss{Run: "r03", Failed: results.ServiceFailed, Host: "ijui-1:8441", Component: "service/store", Text: "why"}},
		{Lost: &results.Loss{Failed: results.TargetFailed, Host: "ijui", Text: "why"}},
	}}
	s, err := summarize(data, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	const want = `
r01: target failed, host board, launcher; begun, it was lost, and is carried out anew.
r02: harness failed, host local, service/store; begun, it was lost, and is carried out anew.
r03: service failed, service store at ijui-1:8441; begun, it was lost, and is carried out anew.
target failed, host ijui, after the last run.
`
	if err := writeSummary(&page, s); err != nil || !strings.Contains(page.String(), want) {
		t.Errorf("%v: want%s in\n%s", err, want, page.String())
	}
}

// A sequential campaign's summary says so, and so does a comparison with it, as plan does.
func TestSummaryCautions(t *testing.T) {
	other := &results.Data{Campaign: &results.Campaign{Order: bench.OrderBlocks}}
	data := &results.Data{Campaign: &results.Campaign{Order: bench.OrderSequential}}
	var page strings.Builder
	s, err := summarize(data, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeSummary(&page, s); err != nil || !strings.Contains(page.String(), "\nSEQUENTIAL: cell after cell; ") {
		t.Errorf("%v: %s", err, page.String())
	}
	if c := newCompared([]string{"a", "b"}, []*results.Data{data, other}, "", nil); c.Caution != bench.OrderCaution(bench.OrderSequential) {
		t.Errorf("comparing says %q", c.Caution)
	}
}

// coursedCampaign has 40 runs of two modes after one warm-up run each: purecap's first twelve are slower, two of hybrid's
// are far from the others.
func coursedCampaign() *results.Data {
	data := &results.Data{Campaign: &results.Campaign{
		Name: "course", Title: "Course", Solution: "retail", Platform: "linux", Order: bench.OrderBlocks,
		Cells: []bench.Cell{{ID: "hybrid", Mode: "hybrid"}, {ID: "purecap", Mode: "purecap"}},
		Modes: []results.Mode{{Mode: bench.Mode{Name: "hybrid"}}, {Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}}},
	}}
	for block := range 41 {
		for place, mode := range []string{"hybrid", "purecap"} {
			planned := bench.PlannedRun{ID: fmt.Sprintf("r%d-%s", block, mode), Cell: mode, Block: block, Position: 2*block + place, Iteration: block, WarmUp: block == 0}
			value := []float64{10e6, 20e6}[place] * (1 + 0.01*math.Sin(float64(block*block+place)))
			switch {
			case mode == "purecap" && block <= 12:
				value *= 1.5
			case mode == "hybrid" && (block == 20 || block == 30):
				value *= 2
			}
			data.Campaign.Runs = append(data.Campaign.Runs, planned)
			data.Runs = append(data.Runs, bench.Run{PlannedRun: planned, Mode: mode, Status: bench.OK, Samples: 1})
			data.Samples = append(data.Samples, bench.Sample{
				Run: planned.ID, Request: bench.NoRequest, Component: bench.IntegrationProcess, Operation: bench.Execute, Metric: "execute_total",
				Value: value, Unit: bench.Nanoseconds,
			})
		}
	}
	return data
}

// A summary is given with and without outliers, says what it left out, and from which run on values are steady.
func TestSummaryOfCourse(t *testing.T) {
	s, err := summarize(coursedCampaign(), []bench.Series{bench.ExecuteTotal()}, false)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := writeSummary(&page, s); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "summary-course", page.String())
	hybrid, purecap := s.Comparisons[0].Modes[0], s.Comparisons[0].Modes[1]
	if hybrid.Summary.N != 40 || hybrid.Summary.WithoutOutliers == nil || hybrid.Summary.WithoutOutliers.N != 40-hybrid.Summary.Outliers.Any {
		t.Errorf("%+v", hybrid.Summary)
	}
	if purecap.Course == nil || purecap.Course.Class != statistics.WarmUp || purecap.Course.FirstSteadyRun != "r13-purecap" || purecap.LeftOut.WarmUp != 1 {
		t.Errorf("%+v, left out %+v", purecap.Course, purecap.LeftOut)
	}
}

// What a run's summary said is kept in its report folder, as summary --json prints it.
func TestSummaryIsKept(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	data, err := results.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	s, err := summarizeCampaign(data, folder)
	if err != nil {
		t.Fatal(err)
	}
	file, err := writeSummaryFile(folder, s)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out, _, code := command(t, "summary", folder, "--json"); code != exitFine || out != string(kept) || filepath.Base(file) != "summary.json" {
		t.Errorf("exit %d: printed\n%s\nkept in %s\n%s", code, out, file, kept)
	}
}
