package bench

import (
	"errors"
	"fmt"
	"strings"

	"eaibench/bench/statistics"
)

// Course is how the values of a cell went from run to run, in the order of the runs that count.
type Course struct {
	Class statistics.CourseClass `json:"class"`
	// FirstSteadyRun is the ID of the first run of the steady state, FirstSteady its place among the runs that count, from
	// 0; "" and nil where there is no steady state. The runs before it are in the summary all the same.
	FirstSteadyRun string `json:"first_steady_run,omitempty"`
	FirstSteady    *int   `json:"first_steady,omitempty"`
	// Segments in which the values stay alike, by places among the runs that count.
	Segments []statistics.Segment `json:"segments"`
}

// Course classifies the runs' values (statistics.Classify); nil where they are too few for that. The error is
// statistics.ErrEmpty or ErrNotFinite.
func (r CellRuns) Course() (*Course, error) {
	found, err := statistics.Classify(r.Values)
	switch {
	case errors.Is(err, statistics.ErrTooFew):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the course of %s: %w", r.Cell.ID, err)
	}
	course := &Course{Class: found.Class, FirstSteady: found.FirstSteady, Segments: found.Segments}
	if course.FirstSteady != nil && len(r.IDs) == len(r.Values) {
		course.FirstSteadyRun = r.IDs[*course.FirstSteady]
	}
	return course, nil
}

// LeftOut counts the runs of a cell that are kept and not summarised in a series, each once.
type LeftOut struct {
	// WarmUp runs are ok, and only warmed up.
	WarmUp  int `json:"warm_up,omitempty"`
	Failed  int `json:"failed,omitempty"`
	Invalid int `json:"invalid,omitempty"`
	Aborted int `json:"aborted,omitempty"`
	// WithoutValue: runs that count and have no value of the series. None of a step that is timed once a mode.
	WithoutValue int `json:"without_value,omitempty"`
}

// add counts a run of the cell that has no value to summarise.
func (l *LeftOut) add(run Run, series Series) {
	step, _ := StepOf(series)
	switch {
	case run.Status == Failed:
		l.Failed++
	case run.Status == Invalid:
		l.Invalid++
	case run.Status == Aborted:
		l.Aborted++
	case step.OncePerMode:
	case run.WarmUp:
		l.WarmUp++
	default:
		l.WithoutValue++
	}
}

// WhyNoValue says why no run of a mode has a value to summarise in a cell.
func WhyNoValue(mode string, series Series) string {
	if step, _ := StepOf(series); step.OncePerMode {
		return fmt.Sprintf("%s is timed once a mode, and not by a run of %s here that counts", series.Metric, mode)
	}
	return fmt.Sprintf("no run of %s counts", mode)
}

// String says how many runs were left out why: "1 warm-up, 2 failed"; "" for none.
func (l LeftOut) String() string {
	var parts []string
	for _, one := range []struct {
		n    int
		what string
	}{
		{l.WarmUp, "warm-up"}, {l.Failed, "failed"}, {l.Invalid, "invalid"}, {l.Aborted, "aborted"}, {l.WithoutValue, "without a value"},
	} {
		if one.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	return strings.Join(parts, ", ")
}
