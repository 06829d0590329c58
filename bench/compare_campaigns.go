package bench

import (
	"errors"
	"fmt"

	"eaibench/bench/statistics"
)

// CompareCampaigns compares cells with those of the same id in an earlier campaign, in
// one series, as one family. Campaigns were not interleaved, whatever the options say.
// Cells that are in one campaign alone, or have no values in one, are named in lacking,
// in the order of cells, then of baselines. Errors are those of CompareCells.
func CompareCampaigns(cells, baselines []CellRuns, unit Unit, options Options) (comparisons []Comparison, lacking []Cell, err error) {
	options.Interleaved = false
	before := map[string]CellRuns{}
	for _, baseline := range baselines {
		before[baseline.Cell.ID] = baseline
	}
	compared := map[string]bool{}
	for _, cell := range cells {
		compared[cell.Cell.ID] = true
		c, err := CompareCells(cell, before[cell.Cell.ID], unit, options)
		switch {
		case errors.Is(err, statistics.ErrEmpty):
			lacking = append(lacking, cell.Cell)
		case err != nil:
			return nil, nil, err
		default:
			comparisons = append(comparisons, c)
		}
	}
	for _, baseline := range baselines {
		if !compared[baseline.Cell.ID] {
			lacking = append(lacking, baseline.Cell)
		}
	}
	if err := Family(comparisons, options); err != nil {
		return nil, nil, fmt.Errorf("comparing campaigns: %w", err)
	}
	return comparisons, lacking, nil
}

// Exceeds tells whether the whole interval of the ratio is above 1 + share: a gate that
// noise alone does not close. share is not negative, 0.05 being 5 %. Without an
// interval it is false.
func (c Comparison) Exceeds(share float64) bool {
	return c.Ratio != nil && c.Ratio.Interval != nil && c.Ratio.Interval.Low > 1+share
}
