package cli

import (
	"errors"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// missing notes a cell that is compared with nothing: that cannot be held against a limit, which is no pass.
func (c *compared) missing(table *comparedTable, now side, group []bench.Cell) {
	if c.FailAbove == nil {
		return
	}
	for _, cell := range group {
		if len(now.runs(cell, table.Series).Values) > 0 && !slices.ContainsFunc(table.Comparisons, func(one comparedCell) bool {
			return one.Cell.ID == cell.ID || one.Baseline.ID == cell.ID && len(c.Campaigns) == 1
		}) {
			c.Faults = append(c.Faults, fmt.Sprintf("%s: %s is compared with nothing, and cannot be held against the limit", table.heading(), cell.ID))
		}
	}
}

// hold holds the comparisons against the limit: above it is only what is so with its whole interval. Without an interval nothing
// can be said, which is no pass.
func (c *compared) hold(table *comparedTable) {
	if c.FailAbove == nil {
		return
	}
	for i := range table.Comparisons {
		one := &table.Comparisons[i]
		if why := cannotBeHeld(one.Comparison); why != nil {
			c.Faults = append(c.Faults, fmt.Sprintf("%s: %s against %s cannot be held against the limit: %v", table.heading(), c.named(*one), one.Baseline.ID, why))
			continue
		}
		one.Above = one.Exceeds(*c.FailAbove)
	}
}

// cannotBeHeld says why nothing can be said of a ratio and a limit, nil where it can.
func cannotBeHeld(one bench.Comparison) error {
	switch {
	case one.Ratio == nil:
		return statistics.ErrNoRatio
	case one.OfFew():
		return errors.New("too few runs for an interval")
	case one.Ratio.Interval == nil:
		return errors.New("no interval, since the baseline's median is 0 in some resamples")
	}
	return nil
}
