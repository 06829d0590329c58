package plots_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// blocks gives the runs of a campaign their blocks, so that they are compared in pairs.
func blocks(data *results.Data) *results.Data {
	data.Campaign.Order = bench.OrderBlocks
	next := map[string]int{}
	for i := range data.Runs {
		run := &data.Runs[i]
		run.Block = next[run.Cell]
		next[run.Cell]++
		data.Campaign.Runs[i].Block = run.Block
	}
	return data
}

// A figure promises no interval that is not in it, and says why it is not.
func TestNoIntervalIsPromised(t *testing.T) {
	const none = "No confidence interval is drawn"
	for _, test := range []struct {
		kind     figure.Kind
		runs     int
		caption  string
		promised bool
	}{
		{figure.Bars, 5, "", false},
		{figure.Bars, 6, "", true},
		{figure.Bars, 5, "Mine, with 95 % confidence intervals.", false},
		{figure.Forest, 1, "", false},
		{figure.Forest, 12, "", true},
	} {
		entry := figure.Entry{ID: "one", Kind: test.kind, Metric: figure.Metrics{"execute_total"}, Caption: test.caption}
		source := must(t, blocks(campaign(1, test.runs)))
		drawn := textOf(string(picture(t, source, entry, plots.SVG)))
		if got := strings.Contains(drawn, none); got == test.promised {
			t.Errorf("%s of %d runs: that there is no interval is said: %v", test.kind, test.runs, got)
		}
		if got := strings.Contains(drawn, "Whiskers"); got != test.promised {
			t.Errorf("%s of %d runs: whiskers are explained: %v", test.kind, test.runs, got)
		}
		for name, text := range map[string]string{"picture": drawn, "LaTeX": string(picture(t, source, entry, plots.TeX))} {
			promise := strings.Contains(text, "with 95 % confidence intervals") || strings.Contains(text, `with 95 \% confidence intervals`)
			if promise != (test.promised || test.caption != "") {
				t.Errorf("%s of %d runs, caption %q: the %s promises intervals: %v", test.kind, test.runs, test.caption, name, promise)
			}
		}
	}
}

// The legend of a forest plot shows whiskers of what has some alone.
func TestForestLegend(t *testing.T) {
	interval := regexp.MustCompile(`^[0-9.]+ \[`)
	for runs, want := range map[int][]bool{1: {false, false}, 4: nil, 12: {true, true}} {
		drawn, err := plots.Draw(must(t, blocks(campaign(1, runs))), figure.Entry{ID: "one", Kind: figure.Forest, Metric: figure.Metrics{"execute_total"}})
		if err != nil {
			t.Fatal(err)
		}
		var svg strings.Builder
		if err := drawn.Write(&svg, plots.SVG); err != nil {
			t.Fatal(err)
		}
		panels := []bool{false, false} // ratios of medians, which are bold, and of pairs
		for _, one := range drawnText.FindAllStringSubmatch(svg.String(), -1) {
			if interval.MatchString(unescaped(one[5])) {
				panels[map[string]int{"bold": 0, "normal": 1}[one[3]]] = true
			}
		}
		if legend := plots.LegendWhiskers(drawn); !slices.Equal(legend, panels) || want != nil && !slices.Equal(panels, want) {
			t.Errorf("of %d runs whiskers are %v in the legend, %v in the panels, want %v", runs, legend, panels, want)
		}
	}
}

// A forest plot says of few runs that their ratio's interval holds less than its confidence, of others not.
func TestForestOfFewRuns(t *testing.T) {
	for runs, want := range map[int]string{
		1: "", 4: "95 %: interval that holds the true value in 95 of 100 such campaigns; ratio of medians of fewer than 5 runs: in fewer than 95 (of 4 pairs: in about 88).", 5: "",
	} {
		drawn := textOf(string(picture(t, must(t, blocks(campaign(1, runs))), figure.Entry{ID: "one", Kind: figure.Forest, Metric: figure.Metrics{"execute_total"}}, plots.SVG)))
		if said := strings.Contains(drawn, "fewer than 5"); said != (want != "") || !strings.Contains(drawn, want) {
			t.Errorf("of %d runs it says %s", runs, drawn)
		}
	}
}

// A ratio to 0 there is not, and a forest plot says so.
func TestForestOfZero(t *testing.T) {
	data := blocks(campaign(1, 8))
	for i, sample := range data.Samples {
		if strings.HasPrefix(sample.Run, "hybrid") {
			data.Samples[i].Value = 0
		}
	}
	drawn := textOf(string(picture(t, must(t, data), figure.Entry{ID: "one", Kind: figure.Forest, Metric: figure.Metrics{"execute_total"}}, plots.SVG)))
	if strings.Count(drawn, "no ratio") != 2 || !strings.Contains(drawn, "No ratio: what it would be to is 0.") {
		t.Errorf("it says %s", drawn)
	}
}

// Panels of cells name what they are of once.
func TestMetricIsNamedOnce(t *testing.T) {
	for _, kind := range []figure.Kind{figure.Sequence, figure.QQ} {
		entry := figure.Entry{ID: "one", Kind: kind, Metric: figure.Metrics{"execute_total", "start_total", "write_act_total"}, Filter: figure.Filter{"payload": {"1KiB"}, "path": {"relayed"}}}
		drawn := textOf(string(picture(t, must(t, twoPaths()), entry, plots.SVG)))
		for metric, want := range map[string]int{"execute_total": 3, "start_total": 3, "write_act_total": 6, "service taxi": 3} {
			if got := strings.Count(drawn, metric); got != want {
				t.Errorf("%s: %s is named %d times, want %d", kind, metric, got, want)
			}
		}
	}
}

// A total of which no part was measured is one piece, and nothing is said of parts.
func TestNoPartsArePromised(t *testing.T) {
	source := must(t, shown())
	for metric, parts := range map[string]bool{"start_total": true, "peak_resident": false} {
		drawn := textOf(string(picture(t, source, figure.Entry{ID: "one", Kind: figure.Stacked, Metric: figure.Metrics{metric}}, plots.SVG)))
		if said := strings.Contains(drawn, "parts that add up"); said != parts {
			t.Errorf("%s: parts are promised: %v", metric, said)
		}
		if said := strings.Contains(drawn, "each bar is in one piece"); said == parts {
			t.Errorf("%s: that there are none is said: %v", metric, said)
		}
	}
}
