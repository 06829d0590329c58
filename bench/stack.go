package bench

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"eaibench/bench/statistics"
)

// Part is a piece of a total that no other piece contains.
type Part struct {
	// Series of the step; of the total itself for what is in no step.
	Series Series `json:"series"`
	// Rest is true for what of the series is in no step within it.
	Rest bool `json:"rest,omitempty"`
	// Value in the total's unit, not negative.
	Value float64 `json:"value"`
}

// Stack is a total taken apart.
type Stack struct {
	// Total is the median over the cell's runs, N how many there are.
	Total float64 `json:"total"`
	N     int     `json:"n"`
	// Parts in the order of the table of steps, a step's rest behind the steps within it, the total's own last.
	// They add up to Total, unless Excess is positive.
	Parts []Part `json:"parts"`
	// Excess is by how much the parts exceed Total: medians of parts need not add up to the median of the
	// whole. There is no rest then.
	Excess float64 `json:"excess,omitempty"`
}

// StackOf takes a total of a cell apart into the medians of the steps within it, over the runs that count. A step that
// has steps within it is their medians and its rest. The error is statistics.ErrEmpty where no run that counts has the
// total, or ErrNotFinite.
func StackOf(runs []Run, values map[string]Values, cell string, total Series) (Stack, error) {
	parts, err := partsOf(runs, values, cell, total)
	if err != nil {
		return Stack{}, err
	}
	return stacked(CellValues(runs, values, cell, total), total, parts)
}

// MemoryKinds lists the metrics that the proportional set is taken apart into, by kind of mapping, in the order of the
// table of readings.
func MemoryKinds() []string {
	var kinds []string
	whole := ProportionalMemory()
	for _, reading := range readings {
		if reading.Component == whole.Component && strings.HasPrefix(reading.Metric, whole.Metric+"_") {
			kinds = append(kinds, reading.Metric)
		}
	}
	return kinds
}

// MemoryStackOf takes a cell's proportional set apart by kind of mapping; the rest is what the kernel rounds off each
// mapping, or all where kinds were not read. The error is as StackOf's.
func MemoryStackOf(runs []Run, values map[string]Values, cell string) (Stack, error) {
	total := ProportionalMemory()
	var parts []Part
	for _, kind := range MemoryKinds() {
		series := Series{Component: total.Component, Operation: Memory, Metric: kind}
		median, err := statistics.Median(CellValues(runs, values, cell, series))
		switch {
		case err == nil:
			parts = append(parts, Part{Series: series, Value: median})
		case !errors.Is(err, statistics.ErrEmpty):
			return Stack{}, err
		}
	}
	return stacked(CellValues(runs, values, cell, total), total, parts)
}

func stacked(ofTotal []float64, total Series, parts []Part) (Stack, error) {
	median, err := statistics.Median(ofTotal)
	if err != nil {
		return Stack{}, err
	}
	rest := median
	for _, part := range parts {
		rest -= part.Value
	}
	return Stack{
		Total: median, N: len(ofTotal), Excess: max(0, -rest),
		Parts: append(parts, Part{Series: total, Rest: true, Value: max(0, rest)}),
	}, nil
}

// Small gives the series, without their services, whose parts are below a share (0 to 1) of the total in every one of
// the stacks. What is in no step is not among them.
func Small(stacks []Stack, share float64) map[Series]bool {
	small := map[Series]bool{}
	for _, stack := range stacks {
		for i, part := range stack.Parts {
			series := part.Series
			series.Service = ""
			if i == len(stack.Parts)-1 {
				continue // the total's own
			}
			below := part.Value < share*stack.Total
			if earlier, met := small[series]; met {
				below = below && earlier
			}
			small[series] = below
		}
	}
	maps.DeleteFunc(small, func(_ Series, below bool) bool { return !below })
	return small
}

// partsOf gives the steps within a series, without what is in none of them.
func partsOf(runs []Run, values map[string]Values, cell string, whole Series) ([]Part, error) {
	var parts []Part
	for _, step := range steps {
		if step.Operation != whole.Operation || step.Within != whole.Metric {
			continue
		}
		series := Series{step.Component, step.Operation, step.Metric, whole.Service}
		median, err := statistics.Median(CellValues(runs, values, cell, series))
		switch {
		case errors.Is(err, statistics.ErrEmpty):
			continue // not on this path or platform
		case err != nil:
			return nil, err
		}
		within, err := partsOf(runs, values, cell, series)
		if err != nil {
			return nil, err
		}
		for _, part := range within {
			median -= part.Value
		}
		parts = append(parts, within...)
		parts = append(parts, Part{Series: series, Rest: len(within) > 0, Value: max(0, median)})
	}
	return parts, nil
}

// Totals lists the series that contain a run's or an operation's whole time and that the samples have: start_total,
// and each operation's total with each service. execute_total is not among them: its parts are repeated.
func Totals(samples []Sample) []Series {
	var totals []Series
	for _, series := range SeriesOf(samples) {
		if series == StartTotal() || IsOperation(series) {
			totals = append(totals, series)
		}
	}
	place := func(s Series) int {
		return slices.IndexFunc(steps, func(step Step) bool { return step.Operation == s.Operation && step.Metric == s.Metric })
	}
	slices.SortStableFunc(totals, func(a, b Series) int { return place(a) - place(b) })
	return totals
}

// IsOperation tells whether a series is of whole reads or whole writes.
func IsOperation(s Series) bool { return IsLatency(s) && s.Operation != Execute }

// IsLatency tells whether a series is of how long something took that a run does again and again: whole reads, whole
// writes, whole requests. Nothing but steps of operation execute contains it.
func IsLatency(s Series) bool {
	step, ok := StepOf(s)
	return ok && step.Within != "" && slices.ContainsFunc(steps, func(outer Step) bool {
		return outer.Operation == Execute && outer.Metric == step.Within
	})
}
