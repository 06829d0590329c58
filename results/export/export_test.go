package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/results"
)

var update = flag.Bool("update", false, "write the expected output in testdata anew")

var began = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// small is a campaign of two modes and two cryptos, whose texts have what formats escape. Each cell has a warm-up run, and
// the last cell a run that failed.
func small() *results.Data {
	campaign := &results.Campaign{
		Version: results.Version, Name: "small", Title: "Say \"what\"\nit costs, \\ or not", Solution: "retail", Platform: "linux", StandIn: true,
		Modes: []results.Mode{{Mode: bench.Mode{Name: "hybrid"}}, {Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}}},
		Order: "blocks", Seed: 7, Started: began, Versions: map[string]string{"gcc": "gcc (Debian) 12\nBenchmarkForged 1 1 ns/op", "eaibench": "test"},
	}
	campaign.Placement = &results.Placement{
		Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui": "local"},
		Services: []results.PlacedService{{Service: "store", Host: "ijui"}}, Links: []results.Link{{Between: [2]string{"toronto", "ijui"}, Emulated: true}},
	}
	data := &results.Data{Campaign: campaign, Complete: true}
	for _, crypto := range []string{"hpke", "none"} {
		for _, mode := range []string{"hybrid", "purecap"} {
			campaign.Cells = append(campaign.Cells, bench.Cell{
				ID: mode + "-relayed-" + crypto, Mode: mode, Path: "relayed", Crypto: crypto, Verify: bench.Full, Processes: 1,
				Parameters: bench.Parameters{Requests: 3, Arguments: bench.Arguments{"customer": "Ana \"A=1/2\", Souza-7", "threshold_cents": int64(15000)}},
			})
		}
	}
	for block := range 4 {
		for place, cell := range campaign.Cells {
			n := len(campaign.Runs)
			planned := bench.PlannedRun{ID: fmt.Sprintf("r%02d", n), Cell: cell.ID, Block: block, Position: n, Iteration: block, WarmUp: block == 0}
			campaign.Runs = append(campaign.Runs, planned)
			run := bench.Run{
				PlannedRun: planned, Mode: cell.Mode, Path: cell.Path, Crypto: cell.Crypto, Verify: cell.Verify, Processes: 1, Status: bench.OK,
				Started: began.Add(time.Duration(n) * time.Second), Ended: began.Add(time.Duration(n)*time.Second + 1500*time.Millisecond/2),
			}
			if n == 15 {
				run.Status, run.Check, run.Reason = bench.Invalid, "library", "another library"
			}
			data.Runs = append(data.Runs, run)
			samples := smallSamples(run, float64(place+1))
			data.Runs[n].Samples = len(samples)
			data.Samples = append(data.Samples, samples...)
		}
	}
	return data
}

func smallSamples(run bench.Run, factor float64) []bench.Sample {
	one := bench.Sample{Time: run.Started.Add(123456789), Run: run.ID, Program: "retail", Request: bench.NoRequest}
	var samples []bench.Sample
	add := func(series bench.Series, request int, value float64, unit bench.Unit) {
		one.Component, one.Operation, one.Metric, one.Service = series.Component, series.Operation, series.Metric, series.Service
		one.Request, one.Value, one.Unit = request, value, unit
		samples = append(samples, one)
	}
	if run.WarmUp {
		add(bench.Series{Component: bench.Launcher, Operation: bench.Start, Metric: "compile"}, bench.NoRequest, 1e9, bench.Nanoseconds)
	}
	for request := range 3 {
		add(bench.Series{Component: bench.DigitalService, Operation: bench.Read, Metric: "encrypt", Service: "taxi-ns"}, request, factor*1000.25+float64(request*request+run.Block), bench.Nanoseconds)
	}
	add(bench.ExecuteTotal(), bench.NoRequest, factor*20_910_000.5+float64(run.Block*1001), bench.Nanoseconds)
	add(bench.PeakMemory(), bench.NoRequest, factor*6_598_656, bench.Bytes)
	add(bench.Series{Component: bench.IntegrationProcess, Operation: bench.Process, Metric: "minor_faults"}, bench.NoRequest, 500+factor, bench.Count)
	add(bench.Series{Component: bench.IntegrationProcess, Operation: bench.Process, Metric: "cpu_time"}, bench.NoRequest, 3e6, bench.Nanoseconds)
	return samples
}

func written(t *testing.T, data *results.Data, options Options) string {
	t.Helper()
	var text bytes.Buffer
	if err := Write(&text, data, options); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// everyOption are the ways to write.
func everyOption() map[string]Options {
	ways := map[string]Options{"published.csv": {Format: CSV, Layout: Published}}
	for _, format := range Formats() {
		ways["tidy."+string(format)] = Options{Format: format}
		ways["all."+string(format)] = Options{Format: format, All: true, Series: []bench.Series{bench.ExecuteTotal(), bench.PeakMemory()}}
	}
	return ways
}

func TestGoldens(t *testing.T) {
	for name, options := range everyOption() {
		got := written(t, small(), options)
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// No format leaves out what its values must not be shown without; nor has marks where there is nothing to mark.
func TestMarks(t *testing.T) {
	for name, options := range everyOption() {
		marked := written(t, small(), options)
		secure := small()
		secure.Campaign.StandIn, secure.Campaign.Placement = false, nil
		for i := range secure.Campaign.Cells {
			secure.Campaign.Cells[i].Crypto = "hpke"
		}
		plain := written(t, secure, options)
		inCells := strings.HasSuffix(name, ".csv") && name != "published.csv" // columns stand_in and insecure
		if inCells {
			standIn := column(t, marked, "stand_in")
			if insecure := column(t, marked, "insecure"); slices.Contains(standIn, "false") || !slices.Contains(insecure, "true") || !slices.Contains(insecure, "false") {
				t.Errorf("%s: stand_in %q, insecure %q", name, standIn, insecure)
			}
			if slices.Contains(column(t, marked, "links"), "") || !slices.Contains(column(t, plain, "links"), "") {
				t.Errorf("%s: links %q, and without any %q", name, column(t, marked, "links"), column(t, plain, "links"))
			}
			if slices.Contains(column(t, plain, "stand_in"), "true") || slices.Contains(column(t, plain, "insecure"), "true") {
				t.Errorf("%s has marks:\n%s", name, plain)
			}
			continue
		}
		for _, mark := range []string{"not CHERI", "INSECURE", "Links between launcher and services are emulated."} {
			if !strings.Contains(marked, mark) || strings.Contains(plain, mark) {
				t.Errorf("%s: %q is in it %v, and where there is nothing to mark %v", name, mark, strings.Contains(marked, mark), strings.Contains(plain, mark))
			}
		}
	}
}

func column(t *testing.T, text, name string) []string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(records[0], name)
	if at < 0 {
		t.Fatalf("no column %s in %q", name, records[0])
	}
	var values []string
	for _, record := range records[1:] {
		values = append(values, record[at])
	}
	return values
}

// Runs that do not count are left out of every format, or flagged.
func TestRunsThatDoNotCount(t *testing.T) {
	for _, options := range everyOption() {
		text := written(t, small(), options)
		runs := map[Format]func() []string{
			CSV: func() []string { return slices.Compact(column(t, text, "run_id")) },
			JSON: func() []string {
				var document Document
				if err := json.Unmarshal([]byte(text), &document); err != nil {
					t.Fatal(err)
				}
				var ids []string
				for _, run := range document.Runs {
					ids = append(ids, run.ID)
				}
				return ids
			},
			Benchfmt: func() []string { return linesWith(text, "Benchmark") },
			OpenMetrics: func() []string {
				return linesWith(text, `eaibench_step_duration_seconds{argument_customer="Ana \"A=1/2\", Souza-7",argument_threshold_cents="15000",campaign="small",cell="`)
			},
		}[options.Format]()
		want := 11
		if options.All {
			want = 16
		}
		if options.Format == OpenMetrics && !options.All {
			want *= 2 // two steps a run
		}
		if len(runs) != want {
			t.Errorf("%+v: %d runs, want %d:\n%s", options, len(runs), want, strings.Join(runs, "\n"))
		}
	}
	flagged := written(t, small(), Options{Format: CSV, All: true})
	if warm := column(t, flagged, "warm_up"); !slices.Contains(warm, "true") || !slices.Contains(column(t, flagged, "status"), "invalid") {
		t.Errorf("not flagged:\n%s", flagged)
	}
}

func linesWith(text, beginning string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, beginning) {
			found = append(found, line)
		}
	}
	return found
}

// The values are those that comparisons are made of.
func TestTidyValuesAreTheReducedOnes(t *testing.T) {
	data := small()
	reduced, err := bench.Reduce(data.Samples)
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, data, Options{Format: CSV})
	runs, metrics, services := column(t, text, "run_id"), column(t, text, "metric"), column(t, text, "service_id")
	for i, value := range column(t, text, "value") {
		found := false
		for series, want := range reduced[runs[i]] {
			found = found || series.Metric == metrics[i] && series.Service == services[i] && number(want) == value
		}
		if !found {
			t.Errorf("%s of run %s is %s", metrics[i], runs[i], value)
		}
	}
}

type noWriter struct{}

func (noWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteRefuses(t *testing.T) {
	nothing := small()
	for i := range nothing.Runs {
		nothing.Runs[i].Status = bench.Failed
	}
	for name, test := range map[string]struct {
		data    *results.Data
		options Options
		want    error
	}{
		"a format":              {small(), Options{Format: "xml"}, ErrOption},
		"a layout":              {small(), Options{Format: CSV, Layout: "wide"}, ErrOption},
		"a layout of another":   {small(), Options{Format: JSON, Layout: Published}, ErrOption},
		"no run that counts":    {nothing, Options{Format: JSON}, ErrNothing},
		"no such series":        {small(), Options{Format: CSV, Series: []bench.Series{{Metric: "x"}}}, ErrNothing},
		"no step to publish":    {small(), Options{Format: CSV, Layout: Published, Series: []bench.Series{bench.PeakMemory()}}, ErrNothing},
		"a line that is longer": {longNames(), Options{Format: Benchfmt}, ErrLongLine},
	} {
		var text bytes.Buffer
		if err := Write(&text, test.data, test.options); !errors.Is(err, test.want) || text.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, text.Len())
		}
	}
	for name, options := range everyOption() {
		if err := Write(noWriter{}, small(), options); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
}

// longNames has a run with more series than a line of the Go benchmark format holds.
func longNames() *results.Data {
	data := small()
	for i := range 1000 {
		data.Samples = append(data.Samples, bench.Sample{
			Run: "r05", Request: 0, Component: bench.DigitalService, Operation: bench.Read, Metric: "request",
			Value: 1, Unit: bench.Nanoseconds, Service: fmt.Sprintf("%s%d", strings.Repeat("service", 10), i),
		})
	}
	return data
}

// The page names every column, metric and key.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/formats/export.md")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(tidyColumns, []string{strings.Join(publishedColumns, ","), "eaibench_campaign_info"})
	for _, f := range families() {
		names = append(names, f.name)
	}
	page, err := newPage(small(), Options{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range page.benchfmtConfig() {
		names = append(names, key.Key)
	}
	for _, label := range page.labelsOf(&page.runs[0], page.runs[0].values[0], []string{"argument_NAME", "argument_NAME"}) {
		names = append(names, label.GetName())
	}
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("export.md lacks %s", name)
		}
	}
}

// Names that somebody else chose are no formulas in a spreadsheet.
func TestNoFormulas(t *testing.T) {
	data := small()
	data.Campaign.Name = "=HYPERLINK(\"http://example.org\")"
	for i := range data.Campaign.Cells {
		data.Campaign.Cells[i].Parameters.Arguments["customer"] = "@SUM(A1)"
	}
	for i := range data.Samples {
		if data.Samples[i].Service != "" {
			data.Samples[i].Service = "+cmd|' /C calc'!A0"
		}
		data.Samples[i].Program = "-1+1"
	}
	for name, options := range everyOption() {
		if options.Format != CSV {
			continue
		}
		text := written(t, data, options)
		found := 0
		for _, column := range []string{"campaign", "argument_customer", "service_id", "program_id"} {
			for _, field := range columnOrNone(text, column) {
				if field == "" {
					continue
				}
				found++
				if !strings.HasPrefix(field, "'") {
					t.Errorf("%s: %s is %s", name, column, field)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s has none of the fields", name)
		}
	}
}

// columnOrNone are the fields of a column behind comments; none where it is not there.
func columnOrNone(text, name string) (fields []string) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		return nil
	}
	at := slices.Index(records[0], name)
	for _, record := range records[1:] {
		if at >= 0 {
			fields = append(fields, record[at])
		}
	}
	return fields
}
