package plots_test

import (
	"bytes"
	"errors"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// everything has what each figure asks for: two sizes, two numbers of processes, insecure and cached cells.
func everything() *results.Data {
	a := smallest()
	a.payloads, a.processes, a.cryptos, a.verifies, a.runs = []int64{64, 4096}, []int{1, 2}, []string{"hpke", "none"}, []string{bench.Full, bench.Cached}, 2
	return whole(a)
}

func TestFiguresGolden(t *testing.T) {
	one := smallest()
	one.runs, one.requests = 2, 2
	sizes := one
	sizes.payloads, sizes.paths = []int64{64, 4096, 262144}, []string{bench.Relayed, bench.Direct}
	for name, data := range map[string]*results.Data{"steps": whole(one), "payload": whole(sizes)} {
		t.Run(name, func(t *testing.T) {
			got := fontFace.ReplaceAll(picture(t, data, name, plots.SVG), []byte("<style/>"))
			golden := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is drawn; look at it, then -update", golden)
			}
		})
	}
}

func TestEveryFigureSameDataSameBytes(t *testing.T) {
	a := smallest()
	a.payloads, a.processes, a.runs = []int64{64, 4096}, []int{1, 2}, 2
	first, second := whole(a), whole(a)
	for _, kind := range plots.Kinds() {
		for _, format := range plots.Formats() {
			if !bytes.Equal(picture(t, first, kind.Name, format), picture(t, second, kind.Name, format)) {
				t.Errorf("%s of %s differs", format, kind.Name)
			}
		}
	}
}

// Pictures travel without their captions.
func TestWhatEveryFigureSays(t *testing.T) {
	data := everything()
	for kind, wants := range map[string][]string{
		"box-execute_total": {"execute_total (ms)"},
		"steps":             {"start_total (ms)", "read_act_total (ms)", ">request (rest)<", ">not in a step<", ">small steps<", ">digital_service<"},
		"ecdf":              {"read_act_total (ms)", "Each line is of all requests of a mode's runs", "100 %"},
		"memory":            {"the most that was resident (MiB)", ">executable<", ">libraries<", ">heap<", ">stack<", ">other<"},
		"payload":           {"read_act_total (ms, logarithmic)", ">64 B<", ">4 KiB<", "Bands: quartiles."},
		"processes":         {"requests/s", "read_act_total (ms)", ">integration processes at once<"},
	} {
		svg := string(picture(t, data, kind, plots.SVG))
		wants = append(wants, "Numbers that nobody measured", "scenario made-up", "n = 2", "stand-in, not CHERI", ">hybrid<", ">compartment<",
			">INSECURE: cells with crypto none do not seal data.<", ">INSECURE: cells with verify cached do not verify a certificate at each request.<", "48 warm-up, 0 not ok.")
		if kind == "box-execute_total" || kind == "ecdf" || kind == "memory" || kind == "steps" {
			wants = append(wants, "crypto none, verify cached, 2 processes, payload 4 KiB")
		}
		drawn := textOf(svg)
		for _, want := range wants {
			if !strings.Contains(svg, want) && !strings.Contains(drawn, want) {
				t.Errorf("%s does not say %q", kind, want)
			}
		}
	}
}

// textOf is the picture's text without what breaks its lines.
func textOf(svg string) string {
	var all []string
	for _, one := range regexp.MustCompile(`<text [^>]*>([^<]*)</text>`).FindAllStringSubmatch(svg, -1) {
		all = append(all, html.UnescapeString(one[1]))
	}
	return strings.Join(all, " ")
}

// A figure that the data cannot make is refused with the reason, by a name that callers can ask for.
func TestFiguresNeedTheirData(t *testing.T) {
	for name, want := range map[string]string{
		"payload": "differ in nothing but payload", "processes": "differ in nothing but integration processes at once",
	} {
		_, err := drawn(t, whole(smallest()), name)
		if !errors.Is(err, plots.ErrNoData) || !strings.Contains(err.Error(), "drawing "+name) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	data := everything()
	for i := range data.Runs {
		data.Runs[i].Status = bench.Aborted
	}
	for _, kind := range plots.Kinds() {
		if _, err := kind.Draw(must(t, data)); !errors.Is(err, plots.ErrNoData) || !strings.Contains(err.Error(), "no run counts") {
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
}

func must(t *testing.T, data *results.Data) *plots.Source {
	t.Helper()
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// A latency of 0 has no logarithm and is drawn nonetheless; a wide range gets a logarithmic axis.
func TestScaleOfDistributions(t *testing.T) {
	for name, test := range map[string]struct {
		lowest, highest float64
		logarithmic     bool
	}{
		"a decade": {1e6, 8e6, false}, "decades": {1e6, 3e8, true}, "zero": {0, 3e8, false}, "all are zero": {0, 0, false},
	} {
		data := whole(smallest())
		for i := range data.Samples {
			if s := &data.Samples[i]; strings.HasSuffix(s.Metric, "_act_total") {
				s.Value = []float64{test.lowest, test.highest}[i%2]
			}
		}
		if got := strings.Contains(string(picture(t, data, "ecdf", plots.SVG)), "(ms, logarithmic)"); got != test.logarithmic {
			t.Errorf("%s: logarithmic is %v", name, got)
		}
		sizes := smallest()
		sizes.payloads = []int64{0, 64}
		data = whole(sizes)
		for i := range data.Samples {
			data.Samples[i].Value *= test.lowest
		}
		picture(t, data, "payload", plots.SVG) // must not panic
	}
}

// However long the names are and however many cells there are, no text leaves the picture or runs into another.
func TestNothingIsCutOffInAnyFigure(t *testing.T) {
	many := smallest()
	many.paths, many.payloads, many.processes = []string{bench.Relayed, bench.Direct}, []int64{100, 1000, 1_000_000}, []int{1, 2, 16}
	many.runs, many.requests = 1, 1
	for name, data := range map[string]*results.Data{"many": whole(many), "one": whole(smallest()), "everything": everything()} {
		data.Campaign.Title = strings.Repeat("WWWW ", 12)
		for i := range data.Campaign.Modes {
			data.Campaign.Modes[i].Name += "-benchmark-compartment"
		}
		for i := range data.Campaign.Cells {
			data.Campaign.Cells[i].Mode += "-benchmark-compartment"
			data.Campaign.Cells[i].Parameters.Arguments["customer"] = "Maria Aparecida dos Santos Oliveira"
		}
		for _, kind := range plots.Kinds() {
			figure, err := kind.Draw(must(t, data))
			if errors.Is(err, plots.ErrNoData) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var svg bytes.Buffer
			if err := figure.Write(&svg, plots.SVG); err != nil {
				t.Fatal(err)
			}
			t.Run(name+"/"+kind.Name, func(t *testing.T) { nothingIsCutOff(t, svg.String(), 10) })
		}
	}
}

// nothingIsCutOff finds texts that leave the picture or run into each other on a line.
func nothingIsCutOff(t *testing.T, svg string, least int) {
	t.Helper()
	width := number(t, regexp.MustCompile(`<svg width="([0-9.]+)pt"`).FindStringSubmatch(svg)[1])
	drawn := regexp.MustCompile(`<text x="(-?[0-9.]+)" y="(-[0-9.]+)"[^>]*font-weight:(normal|bold)[^>]*font-size:([0-9.]+)px[^>]*>([^<]*)</text>`).FindAllStringSubmatch(svg, -1)
	if len(drawn) < least {
		t.Fatalf("only %d texts", len(drawn))
	}
	type extent struct {
		from, to float64
		said     string
	}
	lines := map[string][]extent{}
	for _, one := range drawn {
		face := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(number(t, one[4]))}
		if one[3] == "bold" {
			face.Weight = xfont.WeightBold
		}
		here := extent{from: number(t, one[1]), said: html.UnescapeString(one[5])}
		here.to = here.from + float64(text.Style{Font: face, Handler: plot.DefaultTextHandler}.Width(here.said))
		if here.from < 0 || here.to > width {
			t.Errorf("%q is from %.0f to %.0f of %.0f", here.said, here.from, here.to, width)
		}
		for _, other := range lines[one[2]] {
			if here.from < other.to && other.from < here.to {
				t.Errorf("%q runs into %q", other.said, here.said)
			}
		}
		lines[one[2]] = append(lines[one[2]], here)
	}
}
