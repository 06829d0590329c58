package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/internal/strictyaml"
	"eaibench/scenarios"
)

// until gives the least scenario another line in place of its number of runs.
func until(line string) string { return strings.Replace(least, "runs: 1", line, 1) }

func TestUntil(t *testing.T) {
	for _, test := range []struct {
		line string
		want scenarios.Until
	}{
		{"until: {precision: 2%}", scenarios.Until{Precision: 200, Min: 10, Max: 200, Metrics: []string{"execute_total"}}},
		{
			"until: {precision: 0.25 %, min: 6, max: 6, time: 30m, metrics: [start_total, read.encrypt, peak_resident]}",
			scenarios.Until{Precision: 25, Min: 6, Max: 6, Time: 30 * time.Minute, Metrics: []string{"start_total", "read.encrypt", "peak_resident"}},
		},
	} {
		s := parse(t, until(test.line))
		if diff := cmp.Diff(&test.want, s.Until); diff != "" {
			t.Errorf("%s: %s", test.line, diff)
		}
		if s.MostRuns() != test.want.Max || len(s.Plan(nil).Runs) != test.want.Max {
			t.Errorf("%s: at most %d runs, %d planned", test.line, s.MostRuns(), len(s.Plan(nil).Runs))
		}
	}
}

// Looks begin at the least number of runs, are about a quarter apart, and the last is at the greatest.
func TestLooks(t *testing.T) {
	for _, test := range []struct {
		min, max int
		want     []int
	}{
		{10, 40, []int{10, 13, 17, 22, 28, 35, 40}},
		{6, 6, []int{6}},
		{6, 7, []int{6, 7}},
		{10, 200, []int{10, 13, 17, 22, 28, 35, 44, 55, 69, 87, 109, 137, 172, 200}},
	} {
		if diff := cmp.Diff(test.want, (&scenarios.Until{Min: test.min, Max: test.max}).Looks()); diff != "" {
			t.Errorf("%d to %d: %s", test.min, test.max, diff)
		}
	}
	for least := 6; least < 500; least++ {
		looks := (&scenarios.Until{Min: least, Max: 10_000}).Looks()
		if !slices.IsSorted(looks) || looks[0] != least || looks[len(looks)-1] != 10_000 || len(slices.Compact(looks)) != len(looks) {
			t.Errorf("from %d: %v", least, looks)
		}
	}
}

func TestUntilFaults(t *testing.T) {
	percentage := "want a percentage such as 2% or 0.5%, at most two digits behind the point, found "
	for _, test := range []struct{ line, want string }{
		{"seed: 2", `s.yaml:1:1: missing key "runs", or "until" in its place`},
		{"runs: 3\nuntil: {precision: 2%}", "s.yaml:8:8: until: runs says how many too; keep one of them"},
		{"until: {}", `s.yaml:7:8: missing key "until.precision"`},
		{"until: 2%", `s.yaml:7:8: until: want a mapping (key: value), found the text "2%"`},
		{"until: {precision: 0.02}", "s.yaml:7:20: until.precision: " + percentage + `"0.02"`},
		{"until: {precision: 2.125%}", "s.yaml:7:20: until.precision: " + percentage + `"2.125%"`},
		{"until: {precision: 02%}", "s.yaml:7:20: until.precision: " + percentage + `"02%"`},
		{"until: {precision: -2%}", "s.yaml:7:20: until.precision: " + percentage + `"-2%"`},
		{"until: {precision: '2,5%'}", "s.yaml:7:20: until.precision: " + percentage + `"2,5%"`},
		{"until: {precision: 0.09%}", "s.yaml:7:20: until.precision: 0.09% is not between 0.1% and 50%"},
		{"until: {precision: 50.01%}", "s.yaml:7:20: until.precision: 50.01% is not between 0.1% and 50%"},
		{"until: {precision: 2%, min: 5}", "s.yaml:7:29: until.min: 5 is not between 6 and 10000"},
		{"until: {precision: 2%, max: 10001}", "s.yaml:7:29: until.max: 10001 is not between 6 and 10000"},
		{"until: {precision: 2%, max: 9}", "s.yaml:7:29: until.max: 9 is below min, 10"},
		{"until: {precision: 2%, time: 1ms}", "s.yaml:7:30: until.time: 1ms is not between 1s and 720h"},
		{"until: {precision: 2%, time: 30}", "s.yaml:7:30: until.time: want a time with its unit, such as 60s or 1m30s, found the number 30"},
		{"until: {precision: 2%, metrics: []}", "s.yaml:7:33: until.metrics: want at least one"},
		{"until: {precision: 2%, metrics: [start_total, start_total]}", "s.yaml:7:47: until.metrics[1]: start_total stands twice"},
		{"until: {precision: 2%, metrics: [execute_totl]}", `s.yaml:7:34: until.metrics[0]: "execute_totl" is not known; did you mean "execute_total"?`},
		{"until: {precision: 2%, metrics: [start.compile]}", "s.yaml:7:34: until.metrics[0]: start.compile is timed once a mode: more runs do not make it more precise"},
		{"path: direct\nuntil: {precision: 2%, metrics: [read.lookupService]}", `s.yaml:8:34: until.metrics[0]: "read.lookupService" is no step or reading of each run of this scenario`},
		{"until: {precision: 2%, preciso: 1%}", `s.yaml:7:24: unknown key "preciso"; did you mean "precision"?`},
		{"until: {precision: 2%}\norder: random", "s.yaml:7:8: until: order is random; a look needs every cell as often as the others, which order: blocks gives"},
		{"until: {precision: 2%, max: 10000}\nmatrix: {requests: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}", "s.yaml:1:1: 110000 runs or more would be planned; at most 100000 can be"},
	} {
		_, err := scenarios.Parse("s.yaml", []byte(until(test.line)))
		var faults strictyaml.Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: got %v", test.line, err)
			continue
		}
		if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("%s: %s", test.line, diff)
		}
	}
}

// Over a scenario that says runs, one may say until, and the reverse; what it leaves out of until it takes from there.
func TestUntilExtends(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"runs.yaml": least, "until.yaml": until("until: {precision: 2%, min: 12}"),
		"a.yaml": "extends: runs.yaml\nuntil: {precision: 5%}\n",
		"b.yaml": "extends: until.yaml\nruns: 3\n",
		"c.yaml": "extends: until.yaml\nuntil: {max: 20}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]struct {
		runs  int
		until *scenarios.Until
	}{
		"a.yaml": {0, &scenarios.Until{Precision: 500, Min: 10, Max: 200, Metrics: []string{"execute_total"}}},
		"b.yaml": {3, nil},
		"c.yaml": {0, &scenarios.Until{Precision: 200, Min: 12, Max: 20, Metrics: []string{"execute_total"}}},
	} {
		s, err := scenarios.Load(filepath.Join(folder, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want.until, s.Until); diff != "" || s.Runs != want.runs {
			t.Errorf("%s: %d runs, %s", name, s.Runs, diff)
		}
	}
}
