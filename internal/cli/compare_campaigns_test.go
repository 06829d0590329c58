package cli

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
)

// Each of several campaigns may have one group of cells, and these be others: what is not the same has no table in common. Nor do
// campaigns in folders of one name have one name.
func TestGroupsOfSeveralCampaignsStayApart(t *testing.T) {
	threshold := func(cents int64) func(bench.Cell) bool {
		return func(cell bench.Cell) bool { return cell.Parameters.Arguments["threshold_cents"] == cents }
	}
	every := func(bench.Run, bench.Sample) bool { return true }
	whole, low, high := madeCampaign(t, 1, allOK), madeWith(t, threshold(15_000), 100, every), madeWith(t, threshold(10_000_000), 100, every)
	if filepath.Base(low) != filepath.Base(high) {
		t.Fatal("the folders do not have one name")
	}
	out, people, _ := command(t, "compare", whole, low, high, "--json")
	var got compared
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Tables) != 2 {
		t.Fatalf("%d tables, want 2: %v, %s", len(got.Tables), err, people)
	}
	for i, want := range []string{"threshold 150.00", "threshold 100000.00"} {
		table := got.Tables[i]
		if table.Group != want || len(table.Comparisons) != 3 {
			t.Errorf("table %d is of %q with %d comparisons, want %q with 3", i, table.Group, len(table.Comparisons), want)
		}
		for _, one := range table.Comparisons {
			if !strings.HasSuffix(one.Cell.ID, strings.ReplaceAll(want, " ", "-")) || one.Campaign != i+1 {
				t.Errorf("%s: %s of campaign %d", want, one.Cell.ID, one.Campaign)
			}
		}
	}
	// With the first campaign of two the other's only group is one of two.
	if out, _, _ := command(t, "compare", whole, high); !strings.Contains(out, "execute_total, threshold 100000.00") {
		t.Errorf("the group is not named:\n%s", out)
	}
	if got.label(1) == got.label(2) {
		t.Errorf("both are %q", got.label(1))
	}
}

// A table has one precision: what its verdicts and runs needed are of is what each of its rows says.
func TestSeveralCampaignsAreJudgedByOnePrecision(t *testing.T) {
	fine, slower := madeCampaign(t, 1, allOK), madeCampaign(t, 1.5, allOK)
	precise := filepath.Join(t.TempDir(), "precise")
	if err := makeSampleCampaign(precise, 1, true, allOK, func(campaign *results.Campaign) {
		campaign.Until = &results.Until{Precision: 0.001, Confidence: 0.95, Min: 5, Max: 6, Looks: []int{5, 6}, Metrics: []string{"execute_total"}}
	}); err != nil {
		t.Fatal(err)
	}
	out, people, _ := command(t, "compare", fine, precise, slower, "--json")
	var got compared
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Tables) == 0 {
		t.Fatalf("%v: %s", err, people)
	}
	for _, one := range got.Tables[0].Comparisons {
		if one.Precision != 0.001 {
			t.Errorf("campaign %d: precision %v, judged by 0.001", one.Campaign, one.Precision)
		}
	}
	_, people, code := command(t, "compare", fine, fine, slower, "--fail-above", "40%")
	if code != exitGate || !strings.Contains(people, " of "+slower+" is 49.") {
		t.Errorf("exit %d, and it is not said which campaign is above: %s", code, people)
	}
}

// What is timed once a mode is in one cell of it: the others are named, and none of them is a failure but for a gate.
func TestCompareWhatIsTimedOnceAMode(t *testing.T) {
	folder, other := madeCampaign(t, 1, allOK), madeCampaign(t, 1, allOK)
	const lacks = " has no value of start.compile of launcher, which is timed once a mode"
	for _, test := range []struct {
		args []string
		code int
	}{
		{[]string{folder}, exitFine},
		{[]string{folder, "--baseline", "hybrid"}, exitFine},
		{[]string{folder, other}, exitFine},
		{[]string{folder, "--fail-above", "900%"}, exitFailed},
	} {
		out, people, code := command(t, append([]string{"compare", "--json", "--metric", "compile"}, test.args...)...)
		var got compared
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != test.code {
			t.Errorf("%q: %v, exit %d, want %d: %s", test.args, err, code, test.code, people)
		}
		for _, cell := range []string{"hybrid-relayed-hpke-threshold-100000.00", "compartment-relayed-hpke-threshold-150.00"} {
			if said := "cell " + cell + " of " + folder + lacks; len(test.args) == 1 && !slices.Contains(got.Unpaired, said) {
				t.Errorf("%q: %q is not in %q", test.args, said, got.Unpaired)
			}
		}
		for _, table := range got.Tables {
			for _, one := range table.Comparisons {
				if one.N != 1 || one.BaselineN != 1 {
					t.Errorf("%q: %d values of %s, %d of %s", test.args, one.N, one.Cell.ID, one.BaselineN, one.Baseline.ID)
				}
			}
		}
	}
}

// A cell that one of two campaigns alone has is named and the others are compared: a failure only for a gate, or where no cell has
// a counterpart.
func TestCellsOfOneCampaignAloneFailAGate(t *testing.T) {
	only := func(modes ...string) string {
		return madeWith(t, func(cell bench.Cell) bool { return slices.Contains(modes, cell.Mode) }, 100, func(bench.Run, bench.Sample) bool { return true })
	}
	whole, part, other := only("hybrid", "purecap", "compartment"), only("hybrid", "purecap"), only("compartment")
	const cell = "cell compartment-relayed-hpke-threshold-150.00 of "
	lost, added := cell+whole+" has no counterpart in "+part, cell+whole+" has nothing to be compared with in "+part
	for _, test := range []struct {
		said string
		args []string
		code int
	}{
		{lost, []string{whole, part}, exitFine},
		{added, []string{part, whole}, exitFine},
		{lost, []string{whole, part, "--fail-above", "900%"}, exitFailed},
		{added, []string{part, whole, "--fail-above", "900%"}, exitFailed},
		{cell + other + " has nothing to be compared with in " + part, []string{part, other}, exitFailed},
		{cell + other + " has nothing to be compared with in " + part, []string{part, only("hybrid"), other}, exitFailed},
	} {
		out, people, code := command(t, append([]string{"compare", "--json"}, test.args...)...)
		var got compared
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != test.code || !slices.Contains(got.Unpaired, test.said) {
			t.Errorf("%q: %v, exit %d, want %d; %q lacks %q", test.args, err, code, test.code, got.Unpaired, test.said)
		}
		if failed := strings.Contains(people, test.said); failed != (test.code == exitFailed) {
			t.Errorf("%q: said to have failed: %v: %s", test.args, failed, people)
		}
		table, _, _ := command(t, append([]string{"compare"}, test.args...)...)
		if !strings.Contains(table, "  not compared: cell compartment-relayed-hpke") {
			t.Errorf("%q: not said in\n%s", test.args, table)
		}
	}
}
