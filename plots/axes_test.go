package plots

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/scenarios/figure"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

func TestDecadeTicks(t *testing.T) {
	for _, test := range []struct {
		low, high, room float64
		want            string
	}{
		{1, 1000, 9, "1 2 5 10 20 50 100 200 500 1000"},
		{1, 1000, 6, "1 3 10 30 100 300 1000"},
		{1, 1000, 3, "1 10 100 1000"},
		{0.02, 0.5, 9, "0.02 0.05 0.1 0.2 0.5"},
		{0.5, 300, 4, "1 10 100"},
		{2.1, 2.9, 9, "2.2 2.4 2.6 2.8"}, // no power of ten, nor twice or five times one
		{39, 70, 9, "40 50 60 70"},
		{39, 70, 3, "40 50 60 70"},
		{4.7, 22, 2, "5 10 20"}, // a power of ten alone says nothing
		{2, 90, 3, "3 10 30"},
	} {
		var got []string
		for _, tick := range (decadeTicks{test.room}).Ticks(test.low, test.high) {
			got = append(got, tick.Label)
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("from %v to %v with room for %v: %s, want %s", test.low, test.high, test.room, joined, test.want)
		}
	}
}

func TestLogarithmic(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		want      bool
	}{{1, 10, false}, {1, 11, true}, {0, 100, false}, {-1, 100, false}, {0, 0, false}, {5, 5, false}} {
		axis := plot.New().X
		if got := logarithmic(&axis, test.low, test.high, vg.Centimeter); got != test.want {
			t.Errorf("from %v to %v: %v", test.low, test.high, got)
		}
	}
}

// Each place has a line, and as many labels as have room, at equal distances.
func TestPlaceTicks(t *testing.T) {
	places := map[int64]string{64: "64 B", 256: "256 B", 1024: "1 KiB", 4096: "4 KiB", 16384: "16 KiB", 65536: "64 KiB"}
	for _, test := range []struct {
		length vg.Length
		want   string
	}{{12 * vg.Centimeter, "64 B,256 B,1 KiB,4 KiB,16 KiB,64 KiB"}, {4 * vg.Centimeter, ",256 B,,4 KiB,,64 KiB"}, {1, ",,,,,64 KiB"}} {
		axis := barePlot().X
		logScale(&axis, 64, 65536, test.length)
		var got []string
		for _, tick := range placeTicks(places, axis, test.length) {
			got = append(got, tick.Label)
		}
		slices.Reverse(got)
		if joined := strings.Join(got, ","); joined != test.want {
			t.Errorf("%v: %s", test.length, joined)
		}
	}
}

func TestRoundTicks(t *testing.T) {
	for _, test := range []struct {
		ticks     roundTicks
		low, high float64
		want      string
	}{
		{roundTicks{}, 0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{roundTicks{most: 2}, 0, 1, "0.0 0.5 1.0"},
		{roundTicks{most: 4, whole: true}, 0.5, 3.5, "1 2 3"},
		{roundTicks{}, -0.1, 42.4, "0 10 20 30 40"},
		{roundTicks{most: 2}, 0.95, 1.55, "1.00 1.25 1.50"},
		{roundTicks{most: 2}, 0.6, 1.4, "0.75 1.00 1.25"},
		{roundTicks{most: 2}, 0.1, 9.9, "2.5 5.0 7.5"},
		{roundTicks{most: 4, whole: true}, 0.5, 2.5, "1 2"},
		{roundTicks{most: 2, length: 3 * vg.Centimeter}, 0.6, 1.4, "0.75 1.00 1.25"},
		{roundTicks{most: 2, length: vg.Centimeter}, 0.6, 1.4, "0.8 1.2"}, // three have no room
		{roundTicks{most: 2}, -1.4, -0.6, "-1.25 -1.00 -0.75"},
	} {
		var got []string
		for _, tick := range test.ticks.Ticks(test.low, test.high) {
			got = append(got, tick.Label)
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("%+v from %v to %v: %s, want %s", test.ticks, test.low, test.high, joined, test.want)
		}
	}
}

// Of fewer than three numbers nobody reads a scale, of many none.
func TestThreeTicks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		low := math.Exp(random.NormFloat64()*5) * random.Float64()
		high := low + math.Exp(random.NormFloat64()*5)
		most := 2 + random.IntN(5)
		labels := map[string]int{}
		linear := roundTicks{most: most}.Ticks(low, high)
		if len(linear) < 3 || len(linear) > max(most+1, 5) {
			t.Fatalf("from %v to %v with room for %d: %+v", low, high, most, linear)
		}
		for _, tick := range linear {
			labels[tick.Label]++
			if value, err := strconv.ParseFloat(tick.Label, 64); err != nil || math.Abs(value-tick.Value) > 1e-9*high || tick.Value < low-1e-6*(high-low) || tick.Value > high+1e-6*(high-low) {
				t.Fatalf("from %v to %v: %+v, %v", low, high, tick, err)
			}
		}
		if len(labels) != len(linear) {
			t.Fatalf("from %v to %v: %v", low, high, labels)
		}
		if logarithmic := (decadeTicks{float64(most)}).Ticks(low, high); low > 0 && len(logarithmic) < 3 {
			t.Fatalf("logarithmic, from %v to %v with room for %d: %+v", low, high, most, logarithmic)
		}
	}
}

func TestAxisSpans(t *testing.T) {
	linear := func(span) bool { return false }
	logarithmic := func(s span) bool { return s.low > 0 }
	for _, test := range []struct {
		spans, want []span
		fromZero    bool
		logarithmic func(span) bool
	}{
		{[]span{{1, 5}, {2, 8}}, []span{{1, 8}, {1, 8}}, true, linear},
		{[]span{{1, 5}, {2, 50}}, []span{{1, 50}, {1, 50}}, true, linear},
		{[]span{{1, 5}, {2, 51}}, []span{{1, 5}, {2, 51}}, true, linear},
		{[]span{{1, 5}, {2, 51}}, []span{{1, 51}, {1, 51}}, true, logarithmic},
		{[]span{{0, 5}, {2, 51}}, []span{{0, 5}, {2, 51}}, true, logarithmic},
		{[]span{{90, 91}, {80, 99}}, []span{{90, 91}, {80, 99}}, false, linear},
		{[]span{{90, 90}, {80, 99}}, []span{{80, 99}, {80, 99}}, false, linear},
		{[]span{{1, 5}, noSpan(), {2, 8}}, []span{{1, 8}, {1, 8}, {1, 8}}, true, linear},
	} {
		if got, _ := axisSpans(test.spans, test.fromZero, test.logarithmic); !slices.Equal(got, test.want) {
			t.Errorf("%v became %v, want %v", test.spans, got, test.want)
		}
	}
}

// Bars end where their totals are, whatever is drawn together, and a step is of one colour in every figure.
func TestPalette(t *testing.T) {
	part := func(component bench.Component, metric string, value float64) bench.Part {
		return bench.Part{Series: bench.Series{Component: component, Operation: bench.Read, Metric: metric, Service: "store"}, Value: value}
	}
	stack := bench.Stack{Total: 1000, Parts: []bench.Part{
		part(bench.DigitalService, "encrypt", 300), part(bench.Launcher, "lookupService", 1), part(bench.IntegrationProcess, "encrypt", 200),
		part(bench.Launcher, "getCertificate", 2), part(bench.Launcher, "request", 97), part(bench.IntegrationProcess, "read_act_total", 400),
	}}
	p := newPalette(steps, []bench.Stack{stack})
	segments := p.segments(stack)
	sum, keys := 0.0, ""
	for _, one := range segments {
		sum += one.value
		keys += one.key + ","
	}
	// Numbered by component: launcher, process, service.
	if sum != stack.Total || keys != "3,2,1,,," || segments[3].value != 3 || segments[4].value != 400 {
		t.Errorf("segments %+v of %v", segments, sum)
	}
	if got := p.foldedNames(); got != "launcher lookupService, getCertificate" {
		t.Errorf("together: %s", got)
	}
	if len(p.legend()) != 4 {
		t.Errorf("legend %+v", p.legend())
	}
	alone := bench.Stack{Total: 300, Parts: []bench.Part{stack.Parts[0], part(bench.IntegrationProcess, "read_act_total", 0)}}
	if other := newPalette(steps, []bench.Stack{alone}).segments(alone); other[0].fill != segments[0].fill || other[0].fill == segments[1].fill {
		t.Error("a step has another colour in another figure")
	}
	over := bench.Stack{Total: 100, Excess: 7, Parts: []bench.Part{part(bench.Launcher, "request", 107), part(bench.IntegrationProcess, "read_act_total", 0)}}
	if notes := strings.Join(p.notes([]bench.Stack{over}), " "); !strings.Contains(notes, "by up to 7.0 %") {
		t.Errorf("an excess is not said: %s", notes)
	}
}

// No two steps, and no two kinds of memory, look the same.
func TestStepsLookDifferent(t *testing.T) {
	steps, kinds := map[partName]bool{}, map[partName]bool{}
	for _, step := range bench.Steps() {
		steps[partName{component: step.Component, metric: step.Metric}] = true
	}
	for _, kind := range bench.MemoryKinds() {
		kinds[partName{metric: kind}] = true
	}
	if len(steps) < 25 || len(kinds) < 4 {
		t.Errorf("only %d steps and %d kinds of memory are looked at", len(steps), len(kinds))
	}
	for _, names := range []map[partName]bool{steps, kinds} {
		seen := map[fill]partName{}
		for name := range names {
			look := fillOf(name)
			if other, met := seen[look]; met || look.colour == smallColour {
				t.Errorf("%v looks as %v does: %+v", name, other, look)
			}
			seen[look] = name
		}
	}
}

// Hatching stays within its segment.
func TestHatchStaysInside(t *testing.T) {
	in := vg.Rectangle{Min: vg.Point{X: 10, Y: 20}, Max: vg.Point{X: 23, Y: 28.5}}
	for i, hatch := range hatches {
		lines := hatch.lines(in)
		if (len(lines) == 0) != (i == 0) {
			t.Errorf("hatch %d has %d lines", i, len(lines))
		}
		for _, line := range lines {
			for _, end := range line {
				if end.X < in.Min.X || end.X > in.Max.X || end.Y < in.Min.Y || end.Y > in.Max.Y {
					t.Errorf("hatch %d has a line to %v, outside of %v", i, end, in)
				}
			}
		}
	}
}

// Neighbouring shades of a component can be told apart in grey.
func TestShadesInGrey(t *testing.T) {
	luma := func(i int, of []float64) float64 { return of[i%len(of)] }
	all := map[string][]float64{}
	for component, colours := range shades {
		for _, c := range colours {
			all[string(component)] = append(all[string(component)], 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B))
		}
	}
	for _, c := range kindColours {
		all["kinds of mapping"] = append(all["kinds of mapping"], 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B))
	}
	for name, greys := range all {
		for i := range greys {
			if len(greys) > 1 && math.Abs(luma(i, greys)-luma(i+1, greys)) < 40 {
				t.Errorf("shades %d and %d of %s are %.0f and %.0f in grey", i, i+1, name, luma(i, greys), luma(i+1, greys))
			}
		}
	}
}

func TestLegendLayout(t *testing.T) {
	l := legend{{title: "launcher", entries: []legendEntry{{label: "deploy"}, {label: strings.Repeat("long ", 30)}, {label: "run"}}}, {entries: []legendEntry{{label: "other"}}}}
	const width = 150
	all, height := l.layout(width)
	said := ""
	for _, one := range all {
		if right := one.at.X + one.style.Width(one.text); right > width || -one.at.Y > height {
			t.Errorf("%q ends at %v of %v, %v down of %v", one.text, right, width, -one.at.Y, height)
		}
		said += one.text + " "
	}
	if strings.Join(strings.Fields(said), " ") != "launcher deploy "+strings.TrimSpace(strings.Repeat("long ", 30))+" run other" {
		t.Errorf("the legend says %q", said)
	}
	if (legend)(nil).height(width) != 0 {
		t.Error("no legend has a height")
	}
}

// An axis of places begins at 0 unless its lower half were empty, and never shows less than the upper quarter of it.
func TestAxisStart(t *testing.T) {
	for _, test := range []struct {
		scale           figure.Scale
		low, high, want float64
		says            bool
	}{
		{figure.Auto, 1, 10, 0, false},
		{figure.Auto, 0, 0, 0, false},
		{"", 6, 10, 5.4, true},
		{figure.Auto, 9.9, 10, 7.5, true},
		{figure.Auto, 10, 10, 7.5, true},
		{figure.Linear, 9.9, 10, 0, false},
	} {
		var drawn Figure
		v := &view{entry: figure.Entry{Scale: test.scale}}
		if got := v.axisStart(&drawn, test.low, test.high); math.Abs(got-test.want) > 1e-9 || (len(drawn.notes) > 0) != test.says {
			t.Errorf("%s, from %v to %v: begins at %v, says %q", test.scale, test.low, test.high, got, drawn.notes)
		}
	}
}
