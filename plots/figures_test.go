package plots_test

import (
	"errors"
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// everything has what each figure asks for: two sizes, two numbers of processes, insecure and cached cells.
func everything() *results.Data {
	a := smallest()
	a.payloads, a.processes, a.cryptos, a.verifies, a.runs = []int64{64, 4096}, []int{1, 2}, []string{"hpke", "none"}, []string{bench.Full, bench.Cached}, 2
	return whole(a)
}

// Pictures travel without their captions.
func TestWhatEveryFigureSays(t *testing.T) {
	source := must(t, everything())
	for id, wants := range map[string][]string{
		"box-execute_total": {"execute_total (ms)", "crypto none, verify cached, 2 processes, payload 4 KiB"},
		"steps":             {"start_total (ms)", "read_act_total (ms)", ">request (rest)<", ">not in a step<", ">small steps<", ">digital_service<", "crypto none, verify cached, 2 processes, payload 4 KiB"},
		"ecdf":              {"read_act_total (ms)", "Each line is of all single values", "100 %", "crypto none, verify cached, 2 processes, payload 4 KiB"},
		"memory":            {"the most that was resident (MiB)", ">executable<", ">libraries<", ">heap<", ">stack<", ">other<", "crypto none, verify cached, 2 processes, payload 4 KiB"},
		"payload":           {"read_act_total (ms, logarithmic)", ">64 B<", ">4 KiB<", "Bands: quartiles.", "crypto none, verify cached, 2 processes"},
		"processes":         {"requests/s", "read_act_total (ms)", ">integration processes at once<"},
	} {
		svg := string(picture(t, source, standard(t, id), plots.SVG))
		wants = append(wants, "Numbers that nobody measured", "scenario made-up", "n = ", "stand-in, not CHERI", ">hybrid<", ">compartment<",
			">INSECURE: cells with crypto none do not seal data.<", ">INSECURE: cells with verify cached do not verify a certificate at each request.<", "48 warm-up, 0 not ok.")
		drawn := textOf(svg)
		for _, want := range wants {
			if !strings.Contains(svg, want) && !strings.Contains(drawn, want) {
				t.Errorf("%s does not say %q", id, want)
			}
		}
	}
}

var drawnText = regexp.MustCompile(`<text x="(-?[0-9.e+-]+)" y="(-?[0-9.e+-]+)"[^>]*font-weight:(normal|bold)[^>]*font-size:([0-9.]+)px[^>]*>([^<]*)</text>`)

func unescaped(text string) string { return html.UnescapeString(text) }

// textOf is the picture's text without what breaks its lines.
func textOf(svg string) string {
	var all []string
	for _, one := range drawnText.FindAllStringSubmatch(svg, -1) {
		all = append(all, unescaped(one[5]))
	}
	return strings.Join(all, " ")
}

// A figure that the data cannot make is refused with the reason.
func TestFiguresNeedTheirData(t *testing.T) {
	source := must(t, whole(smallest()))
	box := standard(t, "box-execute_total")
	for want, entry := range map[string]figure.Entry{
		"drawing payload: there is nothing to draw: no two cells differ in nothing but payload":                                         standard(t, "payload"),
		"drawing processes: there is nothing to draw: no two cells differ in nothing but integration processes at once":                 standard(t, "processes"),
		"drawing box-execute_total: there is nothing to draw: nothing in the campaign has the filter's path \"direct\"; it has relayed": with(box, func(e *figure.Entry) { e.Filter = figure.Filter{"path": {"direct"}} }),
		"drawing box-execute_total: there is nothing to draw: no start_totl was measured; did you mean start_total?":                    with(box, func(e *figure.Entry) { e.Metric = figure.Metrics{"start_totl"} }),
		"drawing box-execute_total: there is nothing to draw: no pipe_latency was measured":                                             with(box, func(e *figure.Entry) { e.Metric = figure.Metrics{"pipe_latency"} }),
		"drawing box-execute_total: there is nothing to draw: no two of what is compared have runs that count":                          with(box, func(e *figure.Entry) { e.Kind, e.Filter = figure.Forest, figure.Filter{"mode": {"purecap"}} }),
		"drawing box-execute_total: there is nothing to draw: no read.encrypt of component root_ca was measured": with(box, func(e *figure.Entry) {
			e.Metric, e.Filter = figure.Metrics{"read.encrypt"}, figure.Filter{"component": {"root_ca"}}
		}),
		`drawing box-execute_total: there is nothing to draw: nothing in the campaign has the filter's service "stroe", did you mean store?`: with(box, func(e *figure.Entry) {
			e.Metric, e.Filter = figure.Metrics{"read.request", "read.encrypt"}, figure.Filter{"service": {"stroe"}}
		}),
		`drawing box-execute_total: there is nothing to draw: nothing in the campaign has the filter's component "laucher", did you mean launcher?; nothing in the campaign has the filter's mode "hybird", did you mean hybrid?`: with(box, func(e *figure.Entry) {
			e.Metric, e.Filter = figure.Metrics{"read.encrypt"}, figure.Filter{"component": {"laucher"}, "mode": {"hybird", "purecap"}}
		}),
		`drawing box-execute_total: there is nothing to draw: no two of what is compared have runs that count; nothing in the campaign has the filter's mode "hybird", did you mean hybrid?`: with(box, func(e *figure.Entry) {
			e.Kind, e.Filter = figure.Forest, figure.Filter{"mode": {"hybird", "purecap"}}
		}),
		"drawing box-execute_total: there is nothing to draw: no minor_faults was measured": with(box, func(e *figure.Entry) {
			e.Kind, e.Along, e.Right = figure.TwoAxes, "payload", "minor_faults"
			e.Metric = figure.Metrics{"minor_faults"}
		}),
	} {
		if _, err := plots.Draw(source, entry); !errors.Is(err, plots.ErrNoData) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	data := everything()
	for i := range data.Runs {
		data.Runs[i].Status = bench.Aborted
	}
	for _, entry := range figure.Default() {
		if _, err := plots.Draw(must(t, data), entry); !errors.Is(err, plots.ErrNoData) || !strings.Contains(err.Error(), "no run counts") {
			t.Errorf("%s: %v", entry.ID, err)
		}
	}
	// What is lacking beside others is said.
	both := with(box, func(e *figure.Entry) { e.Metric = append(e.Metric, "minor_faults") })
	if svg := string(picture(t, source, both, plots.SVG)); !strings.Contains(svg, ">Not in the figure: no minor_faults was measured.<") {
		t.Error("the figure does not say what it lacks")
	}
}

func with(entry figure.Entry, change func(*figure.Entry)) figure.Entry {
	change(&entry)
	return entry
}

// A latency of 0 has no logarithm and is drawn nonetheless; a wide range gets a logarithmic axis where the figure is left to choose.
func TestScales(t *testing.T) {
	for name, test := range map[string]struct {
		scale           figure.Scale
		lowest, highest float64
		logarithmic     bool
		said            bool
	}{
		"a decade": {"", 1e6, 8e6, false, false}, "decades": {figure.Auto, 1e6, 3e8, true, false}, "zero": {"", 0, 3e8, false, false}, "all are zero": {"", 0, 0, false, false},
		"linear": {figure.Linear, 1e6, 3e8, false, false}, "log": {figure.Logarithmic, 1e6, 3e6, true, false}, "log of zero": {figure.Logarithmic, 0, 3e6, false, true},
	} {
		data := whole(smallest())
		for i := range data.Samples {
			if s := &data.Samples[i]; strings.HasSuffix(s.Metric, "_act_total") {
				s.Value = []float64{test.lowest, test.highest}[i%2]
			}
		}
		ecdf := with(standard(t, "ecdf"), func(e *figure.Entry) {
			e.Scale, e.Metric = test.scale, figure.Metrics{"read_act_total", "write_act_total"}
		})
		drawn := textOf(string(picture(t, must(t, data), ecdf, plots.SVG)))
		if got := strings.Contains(drawn, "(ms, logarithmic)"); got != test.logarithmic {
			t.Errorf("%s: logarithmic is %v", name, got)
		}
		if got := strings.Contains(drawn, "A value of 0 has no logarithm"); got != test.said {
			t.Errorf("%s: it is said: %v", name, got)
		}
		sizes := smallest()
		sizes.payloads = []int64{0, 64}
		data = whole(sizes)
		for i := range data.Samples {
			data.Samples[i].Value *= test.lowest
		}
		_, entries := gallery(t)
		for _, entry := range append(figure.Default(), entries...) { // must not panic
			entry.Filter = figure.Filter{"component": {"integration_process", "launcher"}}
			if entry.Scale = test.scale; entry.Along == bench.ProcessesAtOnce {
				entry.Along = bench.Payload
			}
			picture(t, must(t, data), entry, plots.SVG)
		}
	}
}

// Grouping puts side by side what it names, against its first value, and modes into panels.
func TestGrouping(t *testing.T) {
	a := smallest()
	a.cryptos, a.processes = []string{"none", "hpke"}, []int{16, 2, 4}
	source := must(t, whole(a))
	for grouping, want := range map[bench.Axis]string{
		"crypto":    "hybrid, 2 processes ratio (linear) hpke / none n = 4 pairs",
		"processes": "hybrid, crypto none ratio (linear) 4 / 2 n = 4 pairs 16 / 2 n = 4 pairs",
	} {
		entry := figure.Entry{ID: "grouped", Kind: figure.Forest, Metric: figure.Metrics{"execute_total"}, Grouping: grouping}
		drawn := textOf(string(picture(t, source, entry, plots.SVG)))
		for _, part := range strings.Split(want, " ratio (linear) ") {
			for _, word := range strings.SplitAfter(part, "pairs ") {
				if !strings.Contains(drawn, strings.TrimSpace(word)) {
					t.Errorf("grouped by %s it does not say %q: %s", grouping, word, drawn)
				}
			}
		}
	}
}

// sixModes has as many modes as a platform's chain may have, of which the names are long, and what else can be in a figure.
func sixModes(t *testing.T) *plots.Source {
	t.Helper()
	a := smallest()
	a.paths, a.payloads, a.processes, a.runs, a.requests = []string{bench.Relayed, bench.Direct}, []int64{64, 16384, 1_000_000}, []int{1, 2}, 10, 1
	data := whole(a, "hybrid", "purecap", "purecap-benchmark", "compartment", "benchmark-compartment", "hybrid-compartment")
	return must(t, data)
}

// No label overlaps another with six modes, in any kind, in one column or two.
func TestNoOverlapAtSixModes(t *testing.T) {
	source := sixModes(t)
	_, entries := gallery(t)
	for _, size := range []figure.Size{figure.OneColumn, figure.TwoColumns} {
		for _, entry := range append(figure.Default(), entries...) {
			entry.Size = size
			delete(entry.Filter, "payload")
			if entry.Kind != figure.Line && entry.Kind != figure.TwoAxes && entry.Kind != figure.HeatMap {
				entry.Filter = figure.Filter{"payload": {"64B"}, "processes": {"1"}, "component": {"integration_process", "launcher"}}
			}
			t.Run(fmt.Sprintf("%s/%v mm", entry.ID, size), func(t *testing.T) {
				nothingIsCutOff(t, string(picture(t, source, entry, plots.SVG)), 10)
			})
		}
	}
}

// However long the names are and however many cells there are, no text leaves the picture or runs into another.
func TestNothingIsCutOff(t *testing.T) {
	many := smallest()
	many.paths, many.payloads, many.processes = []string{bench.Relayed, bench.Direct}, []int64{100, 1000, 1_000_000}, []int{1, 2, 16}
	many.runs, many.requests = 1, 1
	for name, data := range map[string]*results.Data{"many": whole(many), "one": whole(smallest()), "everything": everything()} {
		data.Campaign.Title, data.Campaign.Name = strings.Repeat("WWWW ", 12), strings.Repeat("scenario-", 4)
		for i := range data.Campaign.Modes {
			mode := &data.Campaign.Modes[i]
			mode.Name += "-benchmark-compartment"
			if mode.Baseline != "" {
				mode.Baseline += "-benchmark-compartment"
			}
		}
		for i := range data.Campaign.Cells {
			data.Campaign.Cells[i].Mode += "-benchmark-compartment"
			data.Campaign.Cells[i].Parameters.Arguments["customer"] = "Maria Aparecida dos Santos Oliveira"
		}
		source := must(t, data)
		_, entries := gallery(t)
		for _, entry := range append(figure.Default(), entries...) {
			delete(entry.Filter, "payload")
			drawn, err := plots.Draw(source, entry)
			if errors.Is(err, plots.ErrNoData) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var svg strings.Builder
			if err := drawn.Write(&svg, plots.SVG); err != nil {
				t.Fatal(err)
			}
			t.Run(name+"/"+entry.ID, func(t *testing.T) { nothingIsCutOff(t, svg.String(), 10) })
		}
	}
}

// extent is where a text stands, y upwards.
type extent struct {
	left, right, low, high float64
	said                   string
}

func (e extent) overlaps(other extent) bool {
	const touching = 0.3 // points
	return math.Min(e.right, other.right)-math.Max(e.left, other.left) > touching && math.Min(e.high, other.high)-math.Max(e.low, other.low) > touching
}

// nothingIsCutOff finds texts that leave the picture or overlap.
func nothingIsCutOff(t *testing.T, svg string, least int) {
	t.Helper()
	size := regexp.MustCompile(`<svg width="([0-9.]+)pt" height="([0-9.]+)pt"`).FindStringSubmatch(svg)
	width, height := number(t, size[1]), number(t, size[2])
	drawn := drawnText.FindAllStringSubmatch(svg, -1)
	if len(drawn) < least {
		t.Fatalf("only %d texts", len(drawn))
	}
	var extents []extent
	for _, one := range drawn {
		face := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(number(t, one[4]))}
		if one[3] == "bold" {
			face.Weight = xfont.WeightBold
		}
		style := text.Style{Font: face, Handler: plot.DefaultTextHandler}
		x, y, said := number(t, one[1]), -number(t, one[2]), unescaped(one[5])
		if strings.TrimSpace(said) == "" {
			continue
		}
		// Letters reach seven tenths of their size above the line, and two below it.
		here := extent{x, x + float64(style.Width(said)), y - 0.2*number(t, one[4]), y + 0.72*number(t, one[4]), said}
		if here.left < 0 || here.right > width || here.low < 0 || here.high > height {
			t.Errorf("%q is from %.0f to %.0f of %.0f, %.0f to %.0f of %.0f", said, here.left, here.right, width, here.low, here.high, height)
		}
		for _, other := range extents {
			if here.overlaps(other) {
				t.Errorf("%q overlaps %q", other.said, here.said)
			}
		}
		extents = append(extents, here)
	}
}
