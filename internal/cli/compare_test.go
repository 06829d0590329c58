package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
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
