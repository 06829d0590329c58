package cli

import (
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/results"
)

// took is a run of a cell that took so many seconds.
func tookSeconds(cell string, seconds float64) bench.Run {
	started := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	return bench.Run{
		PlannedRun: bench.PlannedRun{ID: "r-" + cell, Cell: cell}, Status: bench.OK,
		Started: started, Ended: started.Add(time.Duration(seconds * float64(time.Second))),
	}
}

func TestEstimate(t *testing.T) {
	for _, test := range []struct {
		name string
		plan []string // cells of the runs; the mode is the first letter
		done []bench.Run
		want time.Duration
	}{
		{"nothing is done", []string{"a", "a"}, nil, 0},
		{"nothing is left", []string{"a"}, []bench.Run{tookSeconds("a", 5)}, 0},
		{"a mode's first run compiles", []string{"a", "a"}, []bench.Run{tookSeconds("a", 90)}, 0},
		{"each cell has its own", []string{"a", "a", "a", "b", "b", "b", "b"}, []bench.Run{
			tookSeconds("a", 90), tookSeconds("a", 1), tookSeconds("b", 90), tookSeconds("b", 10),
		}, 21 * time.Second},
		{"one without any takes the others'", []string{"a", "a", "a", "b", "b"}, []bench.Run{tookSeconds("a", 90), tookSeconds("a", 2)}, 6 * time.Second},
		{"the median", []string{"a", "a", "a", "a", "a"}, []bench.Run{
			tookSeconds("a", 90), tookSeconds("a", 60), tookSeconds("a", 2), tookSeconds("a", 3),
		}, 3 * time.Second},
		{"cells of one mode compile once", []string{"a", "a2", "a3", "a2"}, []bench.Run{tookSeconds("a", 90), tookSeconds("a2", 4), tookSeconds("a3", 6)}, 4 * time.Second},
		{"no run of a mode but the first", []string{"a", "a2"}, []bench.Run{tookSeconds("a", 90)}, 0},
		{"one run a mode", []string{"a", "b", "c"}, []bench.Run{tookSeconds("a", 4)}, 8 * time.Second},
		{"a clock that was set back", []string{"a", "b"}, []bench.Run{tookSeconds("a", -4)}, 0},
	} {
		plan := new(results.Campaign)
		for _, cell := range test.plan {
			plan.Cells = append(plan.Cells, bench.Cell{ID: cell, Mode: cell[:1]})
			plan.Runs = append(plan.Runs, bench.PlannedRun{Cell: cell})
		}
		e := newEstimate(plan)
		for _, run := range test.done {
			e.add(run)
		}
		if got := e.remaining(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0 s"},
		{300 * time.Millisecond, "1 s"},
		{59 * time.Second, "59 s"},
		{200 * time.Second, "3 min 20 s"},
		{11*time.Minute + 40*time.Second, "11 min"},
		{125 * time.Minute, "2 h 5 min"},
		{50 * time.Hour, "2 d 2 h"},
	} {
		if got := durationText(test.d); got != test.want {
			t.Errorf("%s: %q, want %q", test.d, got, test.want)
		}
	}
}
