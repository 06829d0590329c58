package figure_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/scenarios/figure"
)

// full has every key.
const full = `version: 1
figures:
  - id: a
    kind: line
    metric: [start_total, throughput]
    along: payload
    filter: {path: direct, processes: [1, 2]}
    grouping: crypto
    scale: log
    caption: What it costs.
    size: one column
  - id: b
    kind: two-axes
    metric: request_total
    right: peak_resident
    along: processes
    size: 120.5 mm
  - id: c
    kind: box
    metric: memory.proportional
`

func TestParse(t *testing.T) {
	got, err := figure.Parse("full.yaml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := figure.Entries{
		{
			ID: "a", Kind: figure.Line, Metric: figure.Metrics{"start_total", "throughput"}, Along: "payload",
			Filter: figure.Filter{"path": {"direct"}, "processes": {"1", "2"}}, Grouping: "crypto", Scale: figure.Logarithmic, Caption: "What it costs.", Size: 88,
		},
		{ID: "b", Kind: figure.TwoAxes, Metric: figure.Metrics{"request_total"}, Right: "peak_resident", Along: "processes", Size: 120.5},
		{ID: "c", Kind: figure.Box, Metric: figure.Metrics{"memory.proportional"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got[0].By() != "crypto" || got[2].By() != bench.ByMode || got[1].Width() != 120.5 || got[2].Width() != 180 {
		t.Errorf("%+v", got)
	}
}

// Every fault is told at once, where it is and with what may have been meant.
func TestFaults(t *testing.T) {
	const text = `version: 2
figures:
  - id: A
    kind: boxx
    metric: strat_total
    sale: log
  - id: one
    kind: line
    metric: []
    size: 12 inches
  - id: one
    kind: forest
    metric: [throughput, throughput]
    along: payload
    right: peak_resident
    scale: cubic
    caption: ""
  - id: three
    kind: two-axes
    metric: [request_total, start_total]
    along: mode
    size: 59 mm
  - id: four
    kind: stacked
    metric: read.encript
    grouping: procesess
    scale: log
    filter: {pat: direct, path: [], "2x": 1}
  - id: five
    kind: line
    metric: my_own_metric
    along: path
  - kind: strip
    metric: {a: b}
  - id: six
    kind: box
    metric: start_total
    filter: {path: [direct, relaid], crypto: aes, verify: cashed, processes: 1.5, requests: few, interval: 5, payload: 16384, mode: hybird}
  - id: seven
    kind: box
    metric: start_total
    filter: {processes: [0, 1, 64, 65, -1, 99999999999999999999], requests: [0, 1, 1000000, 1000001], interval: [0s, 1h, 25h, -1s, 1.5ms, 1500us]}
`
	_, err := figure.Parse("f.yaml", []byte(text))
	var faults strictyaml.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, fault := range faults {
		got = append(got, fmt.Sprintf("%d:%d: %s", fault.Line, fault.Column, fault.Message))
	}
	want := `1:10: version: version 2 is not known; this program reads 1
3:9: figures[0].id: "A" is not an ID: lower-case letters, digits, - and _, at most 60
4:11: figures[0].kind: "boxx" is not known; did you mean "box"?
5:13: figures[0].metric: "strat_total" is not known; did you mean "start_total"?
6:5: unknown key "sale"; did you mean "scale"?
7:5: figures[1]: missing key "along": what a figure of kind line runs along
9:13: figures[1].metric: want at least one
10:11: figures[1].size: want one column, two columns or a width such as 120 mm, found "12 inches"
11:9: figures[2].id: "one" stands twice
13:13: figures[2].metric: a figure of kind forest cannot be of throughput
13:26: figures[2].metric[1]: throughput stands twice
14:12: figures[2].along: a figure of kind forest runs along nothing; remove the key
15:12: figures[2].right: a figure of kind forest has no right-hand axis; remove the key
16:12: figures[2].scale: "cubic" is not known; there are: auto, linear, log
18:5: figures[3]: missing key "right": the metric of the right-hand axis
20:13: figures[3].metric: want one metric; the right-hand axis has the other
21:12: figures[3].along: mode is what is compared; the axis must be another
22:11: figures[3].size: 59 mm is not from 60 mm to 400 mm
25:13: figures[4].metric: "read.encript" is not known; did you mean "read.encrypt"?
26:15: figures[4].grouping: "procesess" is not known; did you mean "processes"?
27:12: figures[4].scale: a figure of kind stacked has no logarithmic axis
28:19: figures[4].filter.pat: "pat" is not known; did you mean "path"?
28:33: figures[4].filter.path: want at least one value
28:43: figures[4].filter.2x: "2x" is not a name
32:12: figures[5].along: path is no number; an axis runs along payload, processes, requests, interval or a run parameter
33:5: missing key "figures[6].id"
34:13: figures[6].metric: want a list, found a mapping
38:29: figures[7].filter.path[1]: "relaid" is not known; did you mean "relayed"?
38:46: figures[7].filter.crypto: "aes" is not known; there are: hpke, none
38:59: figures[7].filter.verify: "cashed" is not known; did you mean "cached"?
38:78: figures[7].filter.processes: "1.5" is not a whole number
38:93: figures[7].filter.requests: "few" is not a whole number
38:108: figures[7].filter.interval: "5" is not a duration such as 5ms
42:26: figures[8].filter.processes[0]: 0 is not between 1 and 64
42:36: figures[8].filter.processes[3]: 65 is not between 1 and 64
42:40: figures[8].filter.processes[4]: -1 is not between 1 and 64
42:44: figures[8].filter.processes[5]: 99999999999999999999 is not between 1 and 64
42:78: figures[8].filter.requests[0]: 0 is not between 1 and 1000000
42:93: figures[8].filter.requests[3]: 1000001 is not between 1 and 1000000
42:122: figures[8].filter.interval[2]: 25h0m0s is not between 0s and 1h
42:127: figures[8].filter.interval[3]: -1s is not between 0s and 1h
42:132: figures[8].filter.interval[4]: 1.5ms is not a whole number of milliseconds
42:139: figures[8].filter.interval[5]: 1.5ms is not a whole number of milliseconds`
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

// The figures of every scenario are of kinds and metrics that there are.
func TestDefault(t *testing.T) {
	ids := map[string]bool{}
	for _, entry := range figure.Default() {
		ids[entry.ID] = true
	}
	for _, id := range []string{"box-execute_total", "steps", "ecdf", "memory", "payload", "processes"} {
		if !ids[id] {
			t.Errorf("no %s", id)
		}
	}
}

// A value is written as in a scenario, and compared as what it means.
func TestFilter(t *testing.T) {
	cell := bench.Cell{
		Mode: "hybrid", Path: "direct", Crypto: "hpke", Verify: bench.Full, Processes: 4,
		Parameters: bench.Parameters{Requests: 20, IntervalMS: 1500, Arguments: bench.Arguments{
			"payload_bytes": int64(16384), "threshold_cents": int64(15000), "customer": "Ana Souza", "beds": int64(3),
		}},
	}
	for text, want := range map[string]bool{
		"{}": true, "{mode: hybrid}": true, "{mode: [purecap, hybrid]}": true, "{mode: purecap}": false, "{path: direct, crypto: hpke, verify: full}": true,
		"{path: direct, crypto: none}": false, "{processes: 4}": true, "{processes: [1, 2]}": false, "{requests: 20}": true, "{interval: 1.5s}": true,
		"{interval: 1500s}": false, "{payload: 16KiB}": true, "{payload: 16 KiB}": true, "{payload: 16384B}": true, "{payload: 16384}": false, "{threshold: 150.00}": true, "{threshold: 150}": true,
		"{customer: Ana Souza}": true, "{customer: Ana}": false, "{beds: 3}": true, "{wards: 3}": false, "{component: launcher}": true,
	} {
		entries, err := figure.Parse("f.yaml", []byte("version: 1\nfigures: [{id: a, kind: box, metric: start_total, filter: "+text+"}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := entries[0].Filter.Keeps(cell); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	filter := figure.Filter{"component": {"launcher", "digital_service"}, "service": {"store"}, "path": {"direct"}}
	for _, test := range []struct {
		series bench.Series
		want   bool
	}{
		{bench.Series{Component: bench.DigitalService, Service: "store"}, true},
		{bench.Series{Component: bench.DigitalService, Service: "taxi"}, false},
		{bench.Series{Component: bench.IntegrationProcess, Service: "store"}, false},
	} {
		if got := filter.KeepsSeries(test.series); got != test.want {
			t.Errorf("%v: %v", test.series, got)
		}
	}
}

// What a filter has and a campaign has not is told with what may have been meant, or with what there is.
func TestMisses(t *testing.T) {
	cells := []bench.Cell{
		{Mode: "hybrid", Processes: 1, Parameters: bench.Parameters{Requests: 20, IntervalMS: 5, Arguments: bench.Arguments{"payload_bytes": int64(16384)}}},
		{Mode: "purecap", Processes: 4, Parameters: bench.Parameters{Requests: 20}},
	}
	series := []bench.Series{{Component: bench.Launcher}, {Component: bench.DigitalService, Service: "store"}, {Component: bench.DigitalService, Service: "taxi"}}
	imported := []bench.Cell{{Mode: "hybrid"}} // it is not told how many processes there were
	for text, test := range map[string]struct {
		cells []bench.Cell
		want  string
	}{
		"{}": {cells, ""},
		"{mode: [purecap, hybrid], processes: 4, interval: 5ms, payload: 16KiB, service: taxi}": {cells, ""},
		"{service: stroe}":                           {cells, `all: nothing in the campaign has the filter's service "stroe", did you mean store?`},
		"{component: [launcher, root_ca]}":           {cells, `nothing in the campaign has the filter's component "root_ca"; it has launcher, digital_service`},
		"{mode: [purecpa, hybrid]}":                  {cells, `nothing in the campaign has the filter's mode "purecpa", did you mean purecap?`},
		"{payload: [100GiB, 200GiB], processes: 63}": {cells, `all: nothing in the campaign has the filter's payload "100GiB"; it has 16KiB|all: nothing in the campaign has the filter's payload "200GiB"; it has 16KiB|all: nothing in the campaign has the filter's processes "63"; it has 1, 4`},
		"{beds: 3}":      {cells, `all: nothing in the campaign has the filter's beds "3", and none has a beds`},
		"{processes: 2}": {imported, `all: nothing in the campaign has the filter's processes "2", and none has a processes`},
	} {
		entries, err := figure.Parse("f.yaml", []byte("version: 1\nfigures: [{id: a, kind: box, metric: start_total, filter: "+text+"}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, miss := range entries[0].Filter.Misses(test.cells, series) {
			said := miss.String()
			if miss.All {
				said = "all: " + said
			}
			got = append(got, said)
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestSeriesText(t *testing.T) {
	filter := figure.Filter{"service": {"store", "taxi"}, "mode": {"hybrid"}, "component": {"launcher"}}
	if got := filter.SeriesText(); got != "component launcher, service store or taxi" {
		t.Error(got)
	}
}

// The page's example is a figure file, and it names every key.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/figures.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\nversion")
	example, _, _ := strings.Cut(rest, "```")
	if entries, err := figure.Parse("figures.md", []byte("version"+example)); err != nil || len(entries) != 2 {
		t.Errorf("%d figures, %v", len(entries), err)
	}
	_, err = figure.Parse("x.yaml", []byte("figures: [{qqqqqqqqqq: 1}]\nversion: 1\n"))
	_, keys, _ := strings.Cut(err.Error(), "known keys: ")
	keys, _, _ = strings.Cut(keys, "\n")
	for _, key := range strings.Split(keys, ", ") {
		if !strings.Contains(string(text), "`"+key+"`") {
			t.Errorf("the page lacks the key %q", key)
		}
	}
}
