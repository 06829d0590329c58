package plots_test

import (
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// twoPaths has two groups of cells along two sizes, and as many runs as an interval needs.
func twoPaths() *results.Data {
	a := smallest()
	a.paths, a.payloads, a.runs, a.requests = []string{bench.Relayed, bench.Direct}, []int64{1 << 10, 32 << 10}, 16, 2
	return whole(a)
}

// scaled multiplies the samples of runs that are chosen.
func scaled(data *results.Data, factor float64, chosen func(bench.Run, bench.Cell) bool) *results.Data {
	cells, runs := map[string]bench.Cell{}, map[string]bool{}
	for _, cell := range data.Campaign.Cells {
		cells[cell.ID] = cell
	}
	for _, run := range data.Runs {
		runs[run.ID] = chosen(run, cells[run.Cell])
	}
	for i, sample := range data.Samples {
		if runs[sample.Run] {
			data.Samples[i].Value = sample.Value * factor
		}
	}
	return data
}

// drawnOf draws a figure of a kind of data's execute_total, or what the kind asks for.
func drawnOf(t *testing.T, data *results.Data, kind figure.Kind, scale figure.Scale) *plots.Figure {
	t.Helper()
	entry := figure.Entry{ID: "one", Kind: kind, Metric: figure.Metrics{"execute_total"}, Scale: scale, Filter: figure.Filter{"processes": {"1"}}}
	switch kind {
	case figure.ECDF:
		entry.Metric = figure.Metrics{"request_total"}
	case figure.Line:
		entry.Along = bench.Payload
	}
	if kind != figure.Line {
		entry.Filter["payload"] = figure.Words{"1KiB"}
	}
	drawn, err := plots.Draw(must(t, data), entry)
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// An axis is for what is drawn: of runs that are not drawn it does not become longer.
func TestAxisOfWhatIsDrawn(t *testing.T) {
	const outlier = 50
	data := func() *results.Data {
		return scaled(twoPaths(), outlier, func(run bench.Run, _ bench.Cell) bool { return run.Iteration == 1 })
	}
	for kind, drawsRuns := range map[figure.Kind]bool{figure.Bars: false, figure.Box: true, figure.Strip: true, figure.Violin: true} {
		with, _ := plots.AxesOf(drawnOf(t, data(), kind, ""))
		without, _ := plots.AxesOf(drawnOf(t, twoPaths(), kind, ""))
		for i := range with {
			if longer := with[i].High > 2*without[i].High; longer != drawsRuns {
				t.Errorf("%s: an axis to %v ends at %v with outliers", kind, without[i].High, with[i].High)
			}
		}
	}
}

// Where markers cover each other, the figure says that n is how many they are.
func TestCoveredMarkers(t *testing.T) {
	const said = "cover each other"
	for runs, want := range map[int]bool{8: false, 25: true} {
		data := campaign(1, runs)
		for i := range data.Samples {
			data.Samples[i].Value = 1e9
		}
		for _, kind := range []figure.Kind{figure.Box, figure.Strip, figure.Violin} {
			drawn := textOf(string(picture(t, must(t, data), figure.Entry{ID: "many", Kind: kind, Metric: figure.Metrics{"execute_total"}}, plots.SVG)))
			if got := strings.Contains(drawn, said); got != want {
				t.Errorf("%s of %d equal runs: it is said: %v", kind, runs, got)
			}
		}
	}
}

// Every axis is named, also the one at the right, and a logarithmic one as such.
func TestEveryAxisIsNamed(t *testing.T) {
	_, entries := gallery(t)
	source := must(t, shown())
	for _, entry := range entries {
		drawn := textOf(string(picture(t, source, entry, plots.SVG)))
		for text, least := range map[figure.Kind]map[string]int{
			figure.Line:    {"payload (logarithmic)": 4, "request_total (ms, logarithmic)": 2},
			figure.TwoAxes: {"integration processes at once": 3, "request_total (ms)": 4, "peak_resident (MiB)": 4}, // in the legend too
		}[entry.Kind] {
			if got := strings.Count(drawn, text); got != least {
				t.Errorf("%s says %d times %q, want %d", entry.ID, got, text, least)
			}
		}
	}
	narrow := figure.Entry{ID: "narrow", Kind: figure.TwoAxes, Along: bench.Payload, Metric: figure.Metrics{"request_total"}, Right: "read.retrieveLocalData", Size: 60, Filter: figure.Filter{"processes": {"1"}}}
	svg := string(picture(t, source, narrow, plots.SVG))
	nothingIsCutOff(t, svg, 10)
	if drawn := textOf(svg); !strings.Contains(drawn, "request_total (ms), left retrieveLocalData (ms), right") {
		t.Errorf("one below the other: %s", drawn)
	}
}

// Every axis has at least three numbers, of all kinds, on either scale and in one column.
func TestEveryAxisCanBeRead(t *testing.T) {
	source := must(t, shown())
	_, entries := gallery(t)
	for _, entry := range append(entries, figure.Default()...) {
		if entry.Kind == figure.HeatMap {
			continue // has none
		}
		for _, scale := range []figure.Scale{figure.Linear, figure.Logarithmic} {
			entry.Scale, entry.Size = scale, figure.OneColumn
			drawn, err := plots.Draw(source, entry)
			if err != nil {
				t.Fatal(err)
			}
			horizontal, vertical := plots.AxesOf(drawn)
			for i := range horizontal {
				rows := slices.Contains([]figure.Kind{figure.Box, figure.Violin, figure.Strip, figure.Bars, figure.Forest}, entry.Kind)
				if len(horizontal[i].Labels) < 3 || !rows && len(vertical[i].Labels) < 3 {
					t.Errorf("%s, %s: panel %d has axes %+v, %+v", entry.ID, scale, i, horizontal[i], vertical[i])
				}
			}
		}
	}
}

// Panels of one metric have one scale; where that would hide what is small, they do not, and the figure says so.
func TestPanelsOfOneMetric(t *testing.T) {
	const said = "has its own scale"
	text := func(f *plots.Figure) string {
		var svg strings.Builder
		if err := f.Write(&svg, plots.SVG); err != nil {
			t.Fatal(err)
		}
		return textOf(svg.String())
	}
	direct := func(_ bench.Run, cell bench.Cell) bool { return cell.Path == bench.Direct }
	for _, test := range []struct {
		factor float64
		scale  figure.Scale
		shared bool
	}{{2, "", true}, {40, figure.Linear, false}, {40, figure.Logarithmic, true}} {
		for _, kind := range []figure.Kind{figure.Box, figure.Violin, figure.Strip, figure.Bars, figure.ECDF, figure.QQ, figure.Sequence, figure.Line} {
			f := drawnOf(t, scaled(twoPaths(), test.factor, direct), kind, test.scale)
			axes, vertical := plots.AxesOf(f)
			if slices.Contains([]figure.Kind{figure.QQ, figure.Sequence, figure.Line}, kind) {
				axes = vertical
			}
			same := true
			for _, one := range axes {
				same = same && one.Low == axes[0].Low && one.High == axes[0].High
			}
			if len(axes) < 2 || same != test.shared {
				t.Errorf("%s, %v times, scale %q: axes %+v", kind, test.factor, test.scale, axes)
			}
			if got := strings.Contains(text(f), said); got == test.shared {
				t.Errorf("%s, %v times, scale %q: that panels have scales of their own is said: %v", kind, test.factor, test.scale, got)
			}
		}
	}
	// A metric of several services is one metric.
	data := twoPaths()
	for i, sample := range data.Samples {
		if sample.Service == "taxi" {
			data.Samples[i].Value = sample.Value * 3
		}
	}
	for _, kind := range []figure.Kind{figure.Box, figure.Stacked} {
		entry := figure.Entry{ID: "services", Kind: kind, Metric: figure.Metrics{"write_act_total"}, Filter: figure.Filter{"processes": {"1"}, "payload": {"1KiB"}, "path": {"relayed"}}}
		drawn, err := plots.Draw(must(t, data), entry)
		if err != nil {
			t.Fatal(err)
		}
		if axes, _ := plots.AxesOf(drawn); len(axes) != 2 || axes[0].High != axes[1].High {
			t.Errorf("%s: two services have axes %+v", kind, axes)
		}
	}
}
