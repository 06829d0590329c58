package cli

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/results"
)

// madeCampaign is that of the tests of summary with a change to its runs, all modes but hybrid slower by a factor.
func madeCampaign(t *testing.T, slower float64, change func(*bench.Run)) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "campaign")
	if err := makeSampleCampaign(folder, slower, true, change); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Whatever a cell's runs lack, the table is printed, and what it ends with says which cell and why.
func TestCompareSaysWhatHasNoData(t *testing.T) {
	failedRuns := func(cell string, most int) func(*bench.Run) {
		return func(run *bench.Run) {
			if run.Cell == cell && most > 0 {
				most--
				run.Status, run.Check, run.Reason = bench.Invalid, "mode", "no such mode"
			}
		}
	}
	fine := madeCampaign(t, 1, allOK)
	slower := madeCampaign(t, 1.5, allOK)
	const purecap = "purecap-relayed-hpke-threshold-150.00"
	none := madeCampaign(t, 1.5, failedRuns(purecap, 100))
	one := madeCampaign(t, 1.5, failedRuns(purecap, 5)) // of six, one of them for warming up
	nothing := madeCampaign(t, 1, func(run *bench.Run) { run.Status, run.Reason = bench.Aborted, "stopped" })
	for _, test := range []struct {
		name   string
		args   []string
		code   int
		wanted []string
	}{
		{"a mode", []string{none}, exitFailed, []string{"cell " + purecap + " of " + none + " has no run that counts with a value of execute_total: 6 invalid"}},
		{"the baseline", []string{none, "--baseline", "purecap"}, exitFailed, []string{"cell " + purecap, "6 invalid"}},
		{"one of two", []string{fine, none}, exitFailed, []string{"cell " + purecap + " of " + none}},
		{"the other of two", []string{none, fine}, exitFailed, []string{"cell " + purecap + " of " + none}},
		{"all", []string{nothing}, exitFailed, []string{"cell hybrid-relayed-hpke-threshold-150.00", "6 aborted"}},
		{"a metric", []string{fine, "--metric", "write.encrypt"}, exitFine, nil},
		{"an interval, where nothing is held against it", []string{fine, one}, exitFine, nil},
		{"an interval", []string{fine, one, "--fail-above", "900%"}, exitFailed, []string{purecap + " against " + purecap + " cannot be held against the limit: too few runs for an interval"}},
		{"a mode, and the rest is above the limit", []string{fine, none, "--fail-above", "5%"}, exitGate, []string{"compartment-relayed-hpke-threshold-150.00 is 49.", "6 invalid"}},
		{"nothing", []string{fine, slower, "--fail-above", "60%"}, exitFine, nil},
	} {
		out, people, code := command(t, append([]string{"compare"}, test.args...)...)
		if code != test.code || !strings.Contains(out, "verdict") && !strings.Contains(out, "nothing to compare") {
			t.Errorf("%s: exit %d, want %d; printed %q, %s", test.name, code, test.code, out, people)
		}
		for _, want := range test.wanted {
			if !strings.Contains(people, want) {
				t.Errorf("%s: %q is not said in %s", test.name, want, people)
			}
		}
		if test.wanted == nil && people != "" {
			t.Errorf("%s: %s", test.name, people)
		}
	}
}

// madeWith is a campaign of which a part is left out: cells, runs after so many blocks, samples.
func madeWith(t *testing.T, cells func(bench.Cell) bool, blocks int, samples func(bench.Run, bench.Sample) bool) string {
	t.Helper()
	whole := madeCampaign(t, 1, allOK)
	data, err := results.Read(whole)
	if err != nil {
		t.Fatal(err)
	}
	kept := *data.Campaign
	kept.Cells = slices.DeleteFunc(slices.Clone(kept.Cells), func(cell bench.Cell) bool { return !cells(cell) })
	out := func(run bench.PlannedRun) bool {
		return run.Block >= blocks || !slices.ContainsFunc(kept.Cells, func(cell bench.Cell) bool { return cell.ID == run.Cell })
	}
	kept.Runs = slices.DeleteFunc(slices.Clone(kept.Runs), out)
	folder := filepath.Join(t.TempDir(), "part")
	writer, err := results.Create(folder, &kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range data.Runs {
		if out(run.PlannedRun) {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(data.Samples), func(s bench.Sample) bool { return s.Run != run.ID || !samples(run, s) })
		if err := writer.Append(run, of, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Seal(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Where nothing is compared nothing is within the limit: a gate never passes because there is nothing to see.
func TestNoPassWithoutAComparison(t *testing.T) {
	everyCell := func(bench.Cell) bool { return true }
	every := func(bench.Run, bench.Sample) bool { return true }
	whole := madeCampaign(t, 1, allOK)
	oneMode := madeWith(t, func(cell bench.Cell) bool { return cell.Mode == "purecap" }, 100, every)
	halfAChain := madeWith(t, func(cell bench.Cell) bool {
		return cell.Mode != "hybrid" || cell.Parameters.Arguments["threshold_cents"] == int64(15_000)
	}, 100, every)
	oneThreshold := madeWith(t, func(cell bench.Cell) bool { return cell.Parameters.Arguments["threshold_cents"] == int64(15_000) }, 100, every)
	twoRuns := madeWith(t, everyCell, 3, every) // the first block is for warming up
	vanished := madeWith(t, everyCell, 100, func(run bench.Run, sample bench.Sample) bool {
		return sample.Metric != "request_total" || !strings.HasSuffix(run.Cell, "threshold-100000.00")
	})
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"one mode", "purecap-relayed-hpke-threshold-150.00 is compared with nothing", []string{oneMode, "--fail-above", "5%"}},
		{"one mode with itself", "purecap-relayed-hpke-threshold-150.00 is compared with nothing", []string{oneMode, "--baseline", "purecap", "--fail-above", "5%"}},
		{"two of one, two of another", "cell purecap-relayed-hpke-threshold-100000.00 of " + halfAChain + " has nothing to be compared with", []string{halfAChain, "--baseline", "hybrid", "--fail-above", "900%"}},
		{"two runs", "cannot be held against the limit: too few runs", []string{twoRuns, "--fail-above", "900%"}},
		{"two runs of another campaign", "cannot be held against the limit: too few runs", []string{whole, twoRuns, "--fail-above", "900%"}},
		{"a metric that is there no more", "has no run that counts with a value of execute.request_total", []string{whole, vanished, "--metric", "request_total", "--fail-above", "900%"}},
		{"a metric that is there no more, with a baseline", "has no run that counts with a value of execute.request_total", []string{whole, vanished, "--baseline", "hybrid", "--metric", "request_total", "--fail-above", "900%"}},
		{"a group that is there no more", "has no counterpart in " + oneThreshold, []string{whole, oneThreshold, "--baseline", "hybrid", "--fail-above", "900%"}},
	} {
		if out, people, code := command(t, append([]string{"compare"}, test.args...)...); code != exitFailed || !strings.Contains(people, test.want) {
			t.Errorf("%s: exit %d, %s; printed %s", test.name, code, people, out)
		}
	}
	// What the other campaign has besides is nothing that was lost.
	for _, args := range [][]string{{whole, oneMode, "--baseline", "hybrid"}, {oneThreshold, oneMode, "--baseline", "purecap"}} {
		if _, people, code := command(t, append([]string{"compare"}, args...)...); strings.Contains(people, "no counterpart") {
			t.Errorf("%q: exit %d, %s", args, code, people)
		}
	}
}

// Tables and what explains them fit 100 columns, with a gate's column too; each column is explained where it stands.
func TestCompareIsNotWide(t *testing.T) {
	t.Chdir(t.TempDir()) // folders have short names
	for folder, slower := range map[string]float64{"a": 1, "b": 1.2} {
		if err := makeSampleCampaign(folder, slower, true, allOK); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"a"}, {"a", "--fail-above", "900%"}, {"a", "b"}, {"a", "b", "--fail-above", "900%", "--baseline", "hybrid"}} {
		out, people, code := command(t, append([]string{"compare"}, args...)...)
		if columns := widest(out); code != exitFine || columns > 100 {
			t.Errorf("%q: exit %d, %d columns, %s\n%s", args, code, columns, people, out)
		}
		for _, column := range []string{"n", "×", "shift", "95 %", "p (Holm)", "verdict"} {
			if !strings.Contains(out, "\n"+column+" ") {
				t.Errorf("%q: %s is not explained in\n%s", args, column, out)
			}
		}
		if _, legend, _ := strings.Cut(out, "\nn "); strings.Contains(legend, "\nlimit ") != (len(args) > 2) {
			t.Errorf("%q: the limit is explained: %s", args, legend)
		}
	}
}

// The ratio of pairs stands below that of medians where there are enough pairs for its interval, and is explained then.
func TestRatioOfPairsIsShown(t *testing.T) {
	for pairs, want := range map[int]bool{5: false, 8: true} {
		cell, baseline := bench.CellRuns{Cell: bench.Cell{Mode: "purecap"}}, bench.CellRuns{Cell: bench.Cell{Mode: "hybrid"}}
		for i := range pairs {
			// Blocks are as 1 to 2, 3, …; the mode takes half as long again.
			cell.Values, cell.Blocks = append(cell.Values, 1.5*float64(1+i)), append(cell.Blocks, i)
			baseline.Values, baseline.Blocks = append(baseline.Values, float64(1+i)), append(baseline.Blocks, i)
		}
		comparison, err := bench.CompareCells(cell, baseline, bench.Nanoseconds, bench.Options{Interleaved: true})
		if err != nil {
			t.Fatal(err)
		}
		c := &compared{Campaigns: make([]comparedCampaign, 1), Tables: []comparedTable{{Comparisons: []comparedCell{{Comparison: comparison}}}}}
		var page strings.Builder
		if err := writeCompared(&page, c); err != nil {
			t.Fatal(err)
		}
		text := page.String()
		if shown := strings.Contains(text, "\n         of pairs             1.500\n"); shown != want || strings.Contains(text, "\nof pairs ") != want {
			t.Errorf("%d pairs:\n%s", pairs, text)
		}
	}
}

// A run's status says nothing to a script that asks for JSON alone: the faults are in it too.
func TestCompareJSON(t *testing.T) {
	folder := madeCampaign(t, 1, func(run *bench.Run) {
		if strings.HasPrefix(run.Cell, "purecap") {
			run.Status, run.Reason = bench.Failed, "refused"
		}
	})
	out, _, code := command(t, "compare", folder, "--json", "--metric", "start_total")
	var got compared
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFailed {
		t.Fatalf("exit %d: %v", code, err)
	}
	if len(got.Faults) != 2 || len(got.Tables) != 2 || !got.StandIn {
		t.Fatalf("%+v", got)
	}
	table := got.Tables[0]
	if len(table.Comparisons) != 1 || table.Series != bench.StartTotal() || table.Unit != bench.Nanoseconds || table.Group != "threshold 150.00" {
		t.Fatalf("%+v", table)
	}
	only := table.Comparisons[0]
	if only.Cell.Mode != "compartment" || only.Baseline.Mode != "hybrid" || !cmp.Equal(only.Skips, []string{"purecap"}) || only.Pairs != 5 || only.Ratio.Value != 3 {
		t.Errorf("%+v", only)
	}
	if !cmp.Equal(table.Notes, []string{"compartment: no × previous, since no run of purecap counts"}) {
		t.Errorf("%q", table.Notes)
	}
}

func TestBetween(t *testing.T) {
	chain := []bench.Mode{
		{Name: "hybrid"},
		{Name: "purecap", Baseline: "hybrid"},
		{Name: "compartment", Baseline: "purecap"},
		{Name: "benchmark", Baseline: "hybrid"},
		{Name: "benchmark-compartment", Baseline: "benchmark"},
	}
	for _, test := range []struct {
		mode, baseline string
		want           []string
	}{
		{"purecap", "hybrid", nil},
		{"hybrid", "purecap", nil},
		{"hybrid", "hybrid", nil},
		{"compartment", "hybrid", []string{"purecap"}},
		{"hybrid", "compartment", []string{"purecap"}},
		{"compartment", "benchmark", []string{"purecap", "hybrid"}},
		{"compartment", "benchmark-compartment", []string{"purecap", "hybrid", "benchmark"}},
		{"compartment", "unknown", nil},
	} {
		if got := between(chain, test.mode, test.baseline); len(got)+len(test.want) > 0 && !cmp.Equal(got, test.want) {
			t.Errorf("between %s and %s: %q, want %q", test.mode, test.baseline, got, test.want)
		}
	}
}

// Several campaigns are compared with the first in one table a group: its rows are one family, and none passes for another's.
func TestCompareSeveralCampaigns(t *testing.T) {
	fine, slower, slowest := madeCampaign(t, 1, allOK), madeCampaign(t, 1.5, allOK), madeCampaign(t, 3, allOK)
	out, people, code := command(t, "compare", fine, slower, slowest, "--json")
	if code != exitFine || people != "" {
		t.Fatalf("exit %d: %s", code, people)
	}
	var got compared
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	pair, _, _ := command(t, "compare", fine, slower, "--json")
	var alone compared
	if err := json.Unmarshal([]byte(pair), &alone); err != nil {
		t.Fatal(err)
	}
	if len(got.Campaigns) != 3 || len(got.Tables) != len(alone.Tables) {
		t.Fatalf("%d campaigns, %d tables; of two campaigns there are %d", len(got.Campaigns), len(got.Tables), len(alone.Tables))
	}
	for i, table := range got.Tables {
		of := map[int]int{}
		for _, one := range table.Comparisons {
			of[one.Campaign]++
			if one.Family != len(table.Comparisons) {
				t.Errorf("%s: a family of %d in a table of %d", table.heading(), one.Family, len(table.Comparisons))
			}
		}
		if each := len(alone.Tables[i].Comparisons); of[1] != each || of[2] != each || len(of) != 2 {
			t.Errorf("%s: rows by campaign %v, want %d of the second and third", table.heading(), of, each)
		}
		for k, one := range alone.Tables[i].Comparisons {
			if same := table.Comparisons[k]; same.Ratio.Value != one.Ratio.Value || same.Campaign != 1 || one.Campaign != 1 {
				t.Errorf("%s: %s has × %v among three campaigns, %v among two", table.heading(), one.Cell.ID, same.Ratio.Value, one.Ratio.Value)
			}
		}
	}
	if _, people, code := command(t, "compare", fine, slower, slowest, "--fail-above", "90%"); code != exitGate || !strings.Contains(people, "above") {
		t.Errorf("the third is above the limit, and it ends with %d: %s", code, people)
	}
	table, _, _ := command(t, "compare", fine, slower, slowest)
	if !strings.Contains(table, "\ncampaign") {
		t.Errorf("no row says of which campaign it is:\n%s", table)
	}
}

// A host that takes part in one campaign alone is said with the folder of that one.
func TestComparedSaysWhichCampaignHasAHost(t *testing.T) {
	of := func(hosts ...string) *results.Data {
		data := &results.Data{Campaign: &results.Campaign{Name: "smoke"}}
		for _, name := range hosts {
			data.Campaign.Hosts = append(data.Campaign.Hosts, results.Host{Name: name})
		}
		return data
	}
	got := newCompared([]string{"out/a", "out/b", "out/c"}, []*results.Data{of("board"), of("board", "local"), of()}, "", nil).Differences
	want := []string{"b: host local takes part in out/b, not in out/a", "c: host board takes part in out/a, not in out/c"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
