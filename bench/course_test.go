package bench_test

import (
	"fmt"
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// TestCourse: the first steady run is named, wherever it stands, and few values have no course.
func TestCourse(t *testing.T) {
	series := func(n, changesAt int, before, after float64) bench.CellRuns {
		runs := bench.CellRuns{Cell: bench.Cell{ID: "c"}}
		for i, jitter := range around(1, n) {
			value := after * jitter
			if i < changesAt {
				value = before * jitter
			}
			runs.Values, runs.IDs = append(runs.Values, value), append(runs.IDs, fmt.Sprintf("r%d", i))
		}
		return runs
	}
	for name, test := range map[string]struct {
		runs   bench.CellRuns
		class  statistics.CourseClass
		steady string
	}{
		"flat":            {series(30, 0, 0, 100), statistics.Flat, "r0"},
		"warm-up":         {series(30, 8, 200, 100), statistics.WarmUp, "r8"},
		"slowdown":        {series(30, 8, 100, 200), statistics.Slowdown, "r8"},
		"no steady state": {series(30, 25, 200, 100), statistics.NoSteadyState, ""},
		"too few":         {series(9, 0, 0, 100), "", ""},
	} {
		course, err := test.runs.Course()
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case course == nil:
			if test.class != "" {
				t.Errorf("%s has no course", name)
			}
		case course.Class != test.class || course.FirstSteadyRun != test.steady || (course.FirstSteady == nil) != (test.steady == ""):
			t.Errorf("%s: %+v", name, course)
		}
	}
}

// TestLeftOutOfOnce: where a step is timed once a mode, no other run lacks it.
func TestLeftOutOfOnce(t *testing.T) {
	compile := bench.Series{Component: bench.Launcher, Operation: bench.Start, Metric: "compile"}
	run := func(id string, warmUp bool) bench.Run {
		return bench.Run{PlannedRun: bench.PlannedRun{ID: id, Cell: "c", WarmUp: warmUp}, Status: bench.OK}
	}
	runs := bench.RunsOf([]bench.Run{run("a", true), run("b", true), run("c", false)}, map[string]bench.Values{"a": {compile: 5}}, bench.Cell{ID: "c"}, compile)
	if runs.LeftOut != (bench.LeftOut{}) || len(runs.Values) != 1 {
		t.Errorf("%+v", runs)
	}
}
