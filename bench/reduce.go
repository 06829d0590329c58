package bench

import (
	"cmp"
	"fmt"

	"eaibench/bench/statistics"
)

// Values are a run's values, one for each series.
type Values map[Series]float64

// Reduce gives one value a run for each of its series: the median over its
// requests; where there is one sample, that.
// The error names the sample that cannot be used, one in another unit than its series has among them.
func Reduce(samples []Sample) (map[string]Values, error) {
	collected := map[string]map[Series][]float64{}
	units := map[Series]Unit{}
	run, ofRun := "", map[Series][]float64(nil) // samples of a run mostly stand together
	for _, sample := range samples {
		if err := sample.Check(); err != nil {
			return nil, err
		}
		series := sample.Series()
		unit, seen := units[series]
		if !seen {
			unit = cmp.Or(unitKnown(series), sample.Unit)
			units[series] = unit
		}
		if sample.Unit != unit {
			return nil, fmt.Errorf("sample %s of run %s is in %s, want %s", sample.Metric, sample.Run, sample.Unit, unit)
		}
		if ofRun == nil || sample.Run != run {
			run, ofRun = sample.Run, collected[sample.Run]
			if ofRun == nil {
				ofRun = make(map[Series][]float64, len(units))
				collected[run] = ofRun
			}
		}
		ofRun[series] = append(ofRun[series], sample.Value)
	}
	runs := make(map[string]Values, len(collected))
	for run, bySeries := range collected {
		reduced := make(Values, len(bySeries))
		for series, values := range bySeries {
			median, err := statistics.Median(values)
			if err != nil {
				return nil, fmt.Errorf("%s of run %s: %w", series.Metric, run, err)
			}
			reduced[series] = median
		}
		runs[run] = reduced
	}
	return runs, nil
}

// CellValues collects, for one cell, the values of a series over its runs, in the
// order of the runs. Warm-up runs and runs that are not ok are left out, except
// that a step timed once a mode is taken from the run that has it, warm-up or
// not.
func CellValues(runs []Run, values map[string]Values, cell string, series Series) []float64 {
	var collected []float64
	for i := range runs {
		if value, ok := cellValue(&runs[i], values, cell, series); ok {
			collected = append(collected, value)
		}
	}
	return collected
}

// cellValue is the run's value of the series, if the run is of the cell and counts.
func cellValue(run *Run, values map[string]Values, cell string, series Series) (float64, bool) {
	if run.Cell != cell || run.Status != OK {
		return 0, false
	}
	if step, _ := StepOf(series); run.WarmUp && !step.OncePerMode {
		return 0, false
	}
	value, ok := values[run.ID][series]
	return value, ok
}
