package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// verdictOf is a comparison as tables show it.
func verdictOf(mode, baseline string, p float64, change func(*bench.Comparison)) bench.Comparison {
	c := bench.Comparison{
		Cell: bench.Cell{Mode: mode}, Baseline: bench.Cell{Mode: baseline}, N: 30, BaselineN: 30, Pairs: 30, Test: bench.Wilcoxon, AdjustedP: p,
		Ratio:  &statistics.Relation{Value: 1.2, Interval: &statistics.Interval{Low: 1.1, High: 1.3}},
		Effect: statistics.Effect{Delta: 0.9, Size: "large"}, Verdict: bench.Slower, Precision: 0.02, RunsNeeded: 30,
	}
	change(&c)
	return c
}

func TestVerdictTable(t *testing.T) {
	as := func(*bench.Comparison) {}
	few := func(c *bench.Comparison) {
		c.Verdict, c.RunsNeeded, c.Ratio, c.Effect = bench.TooFew, 1500, nil, statistics.Effect{Delta: -0.1, Size: "negligible"}
	}
	for name, test := range map[string]struct {
		compared   []bench.Comparison
		want, lack []string
	}{
		"whole": {[]bench.Comparison{verdictOf("purecap", "hybrid", 0, as), verdictOf("compartment", "purecap", 1, few)}, []string{
			"purecap      hybrid   1.100 … 1.300  < 0.0001  +0.90 large       slower           –\n",
			"compartment  purecap              –         1  -0.10 negligible  too few samples  1500 runs",
		}, nil},
		"long names": {
			[]bench.Comparison{verdictOf("benchmark-compartment", "purecap-benchmark", 0.01234, few)},
			[]string{"0.0123  too few samples  1500 runs"},
			[]string{"negligible", effectColumn},
		},
	} {
		table := verdictTable(test.compared)
		for _, want := range test.want {
			if !strings.Contains(table+"\n", want) {
				t.Errorf("%s: %q is not in\n%s", name, want, table)
			}
		}
		for _, lack := range test.lack {
			if strings.Contains(table, lack) {
				t.Errorf("%s: %q is in\n%s", name, lack, table)
			}
		}
		for line := range strings.Lines(table) {
			if utf8.RuneCountInString(strings.TrimRight(line, " \n")) > 100 {
				t.Errorf("%s: too wide: %s", name, line)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	c := comparison{
		Comparisons: []bench.Comparison{
			verdictOf("a", "b", 0, func(*bench.Comparison) {}), verdictOf("a", "b", 0, func(*bench.Comparison) {}),
			verdictOf("a", "b", 0, func(c *bench.Comparison) { c.Test, c.Pairs = bench.MannWhitney, 0 }),
		},
		AllModes: &statistics.GroupTest{H: 12, Groups: 3, P: 1e-9, EpsilonSquared: 0.5},
	}
	if got, want := strings.Join(methods(c), "\n"), "Wilcoxon of 30 blocks, Mann–Whitney; Holm over 3 comparisons\nKruskal–Wallis over all 3 modes: H = 12.00, p < 0.0001, ε² = 0.50"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	c = comparison{Comparisons: c.Comparisons[2:]}
	if got, want := strings.Join(methods(c), "\n"), "Mann–Whitney; Holm over 1 comparison"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Scripts get of each comparison all that the table shows and more; runs of another order
// than blocks are no pairs.
func TestSummaryComparisons(t *testing.T) {
	folder := sampleCampaign(t, allOK)
	out, people, code := command(t, "summary", folder, "--json")
	var got summary
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitFine {
		t.Fatalf("exit %d: %v %s", code, err, people)
	}
	compared := got.Comparisons[0]
	if len(compared.Comparisons) != 3 || compared.AllModes == nil || compared.AllModes.Groups != 3 {
		t.Fatalf("%+v", compared)
	}
	last := compared.Comparisons[2]
	if last.Cell.Mode != "compartment" || last.Baseline.Mode != "hybrid" || last.Pairs != 5 || last.Test != bench.Wilcoxon || last.P != 0.0625 ||
		last.AdjustedP != 0.1875 || last.Ratio.Value != 3 || last.Verdict != bench.TooFew || last.RunsNeeded != 7 || last.Shift.Value <= 0 || last.Unit != bench.Nanoseconds {
		t.Errorf("%+v", last)
	}
}
