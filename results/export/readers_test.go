package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"golang.org/x/perf/benchfmt"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// benchstat, run as its users run it, shows each cell's median as we summarise it.
func TestBenchstatShowsTheSameMedians(t *testing.T) {
	data := small()
	for _, options := range []Options{{Format: Benchfmt}, {Format: Benchfmt, All: true}} {
		file := filepath.Join(t.TempDir(), "small.txt")
		if err := os.WriteFile(file, []byte(written(t, data, options)), 0o600); err != nil {
			t.Fatal(err)
		}
		shown := benchstat(t, file, "-filter", "(/status:ok OR -/status:invalid) AND -/warm_up:true")
		values, err := bench.Reduce(data.Samples)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, cell := range data.Campaign.Cells {
			for _, series := range bench.SeriesOf(data.Samples) {
				median, err := statistics.Median(bench.CellValues(data.Runs, values, cell.ID, series))
				if step, _ := bench.StepOf(series); errors.Is(err, statistics.ErrEmpty) || step.OncePerMode {
					continue // of the warm-up run, which is left out here
				}
				want := median
				if bench.UnitOf(series) == bench.Nanoseconds {
					want /= 1e9
				}
				got, there := shown.median(cell, series)
				if !there || math.Abs(got-want) > 1e-12*want {
					t.Errorf("%s of %s: benchstat shows %v (%v), want %v", series, cell.ID, got, there, want)
				}
				compared++
			}
		}
		if compared != 4*5 {
			t.Errorf("%d medians were compared", compared)
		}
	}
}

// medians by unit and benchmark, as benchstat prints them.
type medians map[string]map[string]float64

func (m medians) median(cell bench.Cell, series bench.Series) (float64, bool) {
	unit := strings.TrimSuffix(unitName(value{Series: series, unit: bench.UnitOf(series)}), "-ns")
	for shown, byName := range m {
		if strings.TrimSuffix(shown, "-sec") != unit {
			continue
		}
		for name, median := range byName {
			if strings.Contains(name, "/mode="+cell.Mode+"/") && strings.Contains(name, "/crypto="+cell.Crypto+"/") {
				return median, true
			}
		}
	}
	return 0, false
}

// benchstat runs the tool that go.mod pins. Keys that change from line to line would be listed above several tables of one unit.
func benchstat(t *testing.T, file string, arguments ...string) medians {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command("go", append(append([]string{"tool", "benchstat", "-format", "csv"}, arguments...), file)...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("benchstat: %v\n%s", err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if !strings.Contains(line, "samples for confidence interval") && !strings.Contains(line, "samples to detect") {
			t.Errorf("benchstat says %s", line)
		}
	}
	shown, unit := medians{}, ""
	reader := csv.NewReader(bytes.NewReader(out))
	reader.FieldsPerRecord = -1
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return shown
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(record) > 1 && record[0] == "" && record[1] != file:
			if unit = record[1]; shown[unit] != nil {
				t.Errorf("benchstat has two tables of %s:\n%s", unit, out)
			}
			shown[unit] = map[string]float64{}
		case len(record) > 1 && record[0] != "" && record[0] != "geomean":
			median, err := strconv.ParseFloat(record[1], 64)
			if err != nil {
				t.Fatalf("%q: %v", record, err)
			}
			shown[unit][record[0]] = median
		}
	}
}

// What is written is read back without a fault of syntax, every name and value as it was, and no line is taken for another thing.
func TestBenchfmtIsReadBack(t *testing.T) {
	text := written(t, small(), Options{Format: Benchfmt})
	reader := benchfmt.NewReader(strings.NewReader(text), "small")
	count := 0
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			count++
			base, parts := record.Name.Parts()
			if string(base) != "Retail" || string(parts[len(parts)-1]) != "/requests=3" || len(parts) != 9 {
				t.Errorf("name %s has the parts %q", record.Name, parts)
			}
			if len(record.Values) != 5 || record.Iters != 1 || record.GetConfig("stand-in") == "" {
				t.Errorf("%+v", record)
			}
			for _, v := range record.Values {
				if better := reader.Units().Get(v.Unit, "better"); better == nil || better.Value != "lower" {
					t.Errorf("which %s is better is not said", v.Unit)
				}
			}
		case *benchfmt.UnitMetadata:
		default:
			t.Errorf("%T: %v", record, record)
		}
	}
	if err := reader.Err(); err != nil || count != 11 {
		t.Errorf("%d results, %v", count, err)
	}
}

// A name that ends in "-" and digits would be taken to end in a number of processors.
func TestNoBenchmarkNameEndsInANumberOfProcessors(t *testing.T) {
	data := small()
	for i := range data.Campaign.Cells {
		data.Campaign.Cells[i].Parameters.Arguments["zone"] = "eu-8"
	}
	text := written(t, data, Options{Format: Benchfmt, All: true})
	reader := benchfmt.NewReader(strings.NewReader(text), "small")
	for reader.Scan() {
		if result, ok := reader.Result().(*benchfmt.Result); ok {
			_, parts := result.Name.Parts()
			if last := parts[len(parts)-1]; last[0] == '-' {
				t.Errorf("%s of %s", last, result.Name)
			}
		}
	}
}

// Prometheus's own parser, which is strict, takes every line; the rules that it does not check are checked here.
func TestOpenMetricsIsParsed(t *testing.T) {
	for _, all := range []bool{false, true} {
		data := small()
		text := written(t, data, Options{Format: OpenMetrics, All: all})
		if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1 {
			t.Errorf("it ends in %q", text[max(0, len(text)-20):])
		}
		points, described := parseOpenMetrics(t, text)
		for _, f := range families() {
			if got := described[f.name]; got.unit != f.unit || got.help != f.help || got.kind != "gauge" {
				t.Errorf("%s is described as %+v", f.name, got)
			}
		}
		// Everything that the runs were reduced to is there, in OpenMetrics' units, and nothing else.
		want := 1 // the campaign
		page, err := newPage(data, Options{All: all})
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range page.runs {
			for _, v := range run.values {
				want++
				checkPoint(t, points, run, v)
			}
		}
		if len(points) != want {
			t.Errorf("%d points, want %d", len(points), want)
		}
	}
}

type point struct {
	labels labels.Labels
	value  float64
	millis int64
}

type description struct{ kind, unit, help string }

// parseOpenMetrics fails on what the specification forbids: a family in two places, a point twice.
func parseOpenMetrics(t *testing.T, text string) ([]point, map[string]description) {
	t.Helper()
	var points []point
	described := map[string]description{}
	seen := map[uint64]bool{}
	current := ""
	parser := textparse.NewOpenMetricsParser([]byte(text), labels.NewSymbolTable())
	describe := func(name []byte, change func(*description)) {
		if string(name) != current {
			if _, before := described[string(name)]; before {
				t.Errorf("family %s is in two places", name)
			}
			current = string(name)
		}
		one := described[current]
		change(&one)
		described[current] = one
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return points, described
		}
		if err != nil {
			t.Fatalf("after %d points: %v", len(points), err)
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			describe(name, func(d *description) { d.kind = string(kind) })
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			describe(name, func(d *description) { d.unit = string(unit) })
		case textparse.EntryHelp:
			name, help := parser.Help()
			describe(name, func(d *description) { d.help = string(help) })
		case textparse.EntrySeries:
			var one point
			_, millis, number := parser.Series()
			parser.Labels(&one.labels)
			if one.value = number; millis != nil {
				one.millis = *millis
			}
			if name := one.labels.Get("__name__"); name != current {
				t.Errorf("%s stands in the family %s", name, current)
			}
			if hash := one.labels.Hash(); seen[hash] {
				t.Errorf("%s is there twice", one.labels)
			} else {
				seen[hash] = true
			}
			points = append(points, one)
		default:
			t.Errorf("entry %v", entry)
		}
	}
}

func checkPoint(t *testing.T, points []point, run runValues, v value) {
	t.Helper()
	at := slices.IndexFunc(points, func(p point) bool {
		return p.labels.Get("run") == run.ID && p.labels.Get("metric") == v.Metric && p.labels.Get("operation") == string(v.Operation)
	})
	if at < 0 {
		t.Errorf("%s of run %s is missing", v.Series, run.ID)
		return
	}
	want, name := v.number, "eaibench_reading"
	switch _, step := bench.StepOf(v.Series); {
	case step:
		want, name = want/1e9, "eaibench_step_duration_seconds"
	case v.unit == bench.Nanoseconds:
		want, name = want/1e9, "eaibench_reading_seconds"
	case v.unit == bench.Bytes:
		name = "eaibench_reading_bytes"
	}
	got := points[at]
	if got.value != want || got.millis != run.Ended.UnixMilli() || got.labels.Get("__name__") != name {
		t.Errorf("%s of run %s is %v, want %s %v", v.Series, run.ID, got, name, want)
	}
	for label, text := range map[string]string{
		"argument_customer": `Ana "A=1/2", Souza-7`, "stand_in": "true", "insecure": strconv.FormatBool(run.Crypto == "none"), "service": v.Service,
	} {
		if got.labels.Get(label) != text {
			t.Errorf("%s of run %s has %s %q, want %q", v.Series, run.ID, label, got.labels.Get(label), text)
		}
	}
}

// Texts of a campaign may be anything: nothing of them begins a line, ends a label or a name, or is lost.
func FuzzTexts(f *testing.F) {
	f.Add("plain", "taxi", "Ana")
	f.Add("a\nBenchmarkX 1 1 ns/op", "t\"axi\\", "=/- \u2028")
	f.Add("# EOF", "", "-8")
	f.Fuzz(func(t *testing.T, title, service, argument string) {
		data := small()
		for _, text := range []*string{&title, &service, &argument} {
			*text = strings.ToValidUTF8(*text, "") // as JSON has it
		}
		data.Campaign.Title, data.Campaign.Versions = title, map[string]string{"x": title}
		for i := range data.Campaign.Cells {
			data.Campaign.Cells[i].Parameters.Arguments["customer"] = argument
		}
		for i := range data.Samples {
			if data.Samples[i].Service != "" {
				data.Samples[i].Service = service
			}
		}
		points, _ := parseOpenMetrics(t, written(t, data, Options{Format: OpenMetrics}))
		if points[0].labels.Get("title") != title {
			t.Errorf("title %q became %q", title, points[0].labels.Get("title"))
		}
		for _, p := range points[1:] {
			if p.labels.Get("argument_customer") != argument {
				t.Errorf("argument %q became %q", argument, p.labels.Get("argument_customer"))
			}
		}
		if rows := column(t, written(t, data, Options{Format: CSV}), "metric"); len(rows) != len(points)-1 {
			t.Errorf("%d rows, %d points", len(rows), len(points)-1)
		}
		reader := benchfmt.NewReader(strings.NewReader(written(t, data, Options{Format: Benchfmt})), "fuzzed")
		count := 0
		for reader.Scan() {
			if wrong, ok := reader.Result().(*benchfmt.SyntaxError); ok {
				t.Fatal(wrong)
			}
			if result, ok := reader.Result().(*benchfmt.Result); ok {
				count++
				if len(result.Values) != 5 {
					t.Errorf("%+v", result)
				}
			}
		}
		if err := reader.Err(); err != nil || count != 11 {
			t.Errorf("%d results, %v", count, err)
		}
	})
}

// A campaign of 400 runs and 100 requests.
func BenchmarkWrite(b *testing.B) {
	data := small()
	run := data.Runs[5]
	for n := range 400 {
		run.ID = fmt.Sprintf("x%d", n)
		data.Runs = append(data.Runs, run)
		for request := range 100 {
			for _, s := range smallSamples(run, 1) {
				s.Run, s.Request = run.ID, request
				data.Samples = append(data.Samples, s)
			}
		}
	}
	for _, format := range Formats() {
		b.Run(string(format), func(b *testing.B) {
			for b.Loop() {
				if err := Write(io.Discard, data, Options{Format: format}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
