package bench

import (
	"fmt"

	"eaibench/bench/statistics"
)

// Values are a run's values, one for each series.
type Values map[Series]float64

// Reduce gives one value a run for each of its series: the median over its
// requests; where there is one sample, that.
// The error names the sample that cannot be used.
func Reduce(samples []Sample) (map[string]Values, error) {
	type series struct {
		run string
		Series
	}
	collected := map[series][]float64{}
	for _, sample := range samples {
		if err := sample.Check(); err != nil {
			return nil, err
		}
		key := series{sample.Run, sample.Series()}
		collected[key] = append(collected[key], sample.Value)
	}
	runs := map[string]Values{}
	for key, values := range collected {
		median, err := statistics.Median(values)
		if err != nil {
			return nil, fmt.Errorf("%s of run %s: %w", key.Metric, key.run, err)
		}
		if runs[key.run] == nil {
			runs[key.run] = Values{}
		}
		runs[key.run][key.Series] = median
	}
	return runs, nil
}

// CellValues collects, for one cell, the values of a series over its runs, in the
// order of the runs. Warm-up runs and runs that are not ok are left out, except
// that a step timed once a cell is taken from the run that has it, warm-up or
// not.
func CellValues(runs []Run, values map[string]Values, cell string, series Series) []float64 {
	var collected []float64
	for _, run := range runs {
		if value, ok := cellValue(run, values, cell, series); ok {
			collected = append(collected, value)
		}
	}
	return collected
}

// cellValue is the run's value of the series, if the run is of the cell and counts.
func cellValue(run Run, values map[string]Values, cell string, series Series) (float64, bool) {
	if run.Cell != cell || run.Status != OK {
		return 0, false
	}
	if step, _ := StepOf(series); run.WarmUp && !step.OncePerCell {
		return 0, false
	}
	value, ok := values[run.ID][series]
	return value, ok
}
