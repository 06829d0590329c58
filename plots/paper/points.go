package paper

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"eaibench/bench"
	"eaibench/bench/published"
	"eaibench/bench/statistics"
	"eaibench/results"
	"eaibench/results/importing"
)

// points are sizes, as the published tables have them, and times in ms, in the order of the published files.
type points struct{ x, y []float64 }

// at lists the times of one size.
func (p points) at(size float64) []float64 {
	var times []float64
	for i, x := range p.x {
		if x == size {
			times = append(times, p.y[i])
		}
	}
	return times
}

// only keeps the points at the places.
func (p points) only(places []int) points {
	var kept points
	for _, i := range places {
		kept.x, kept.y = append(kept.x, p.x[i]), append(kept.y, p.y[i])
	}
	return kept
}

// sizes lists the different sizes in their order.
func (p points) sizes() []float64 {
	var all []float64
	seen := map[float64]bool{}
	for _, x := range p.x {
		if !seen[x] {
			seen[x] = true
			all = append(all, x)
		}
	}
	return all
}

// nanoseconds in a millisecond: a whole number of ns divided by it is the float64 next to the published decimal number.
const nanoseconds = 1e6

// pointsOf collects a metric of a mode against an argument of the cells, divided by a unit of sizes.
func pointsOf(data *results.Data, mode, metric, argument string, unit float64) points {
	sizes := map[string]float64{}
	for _, cell := range data.Campaign.Cells {
		if bytes, ok := cell.Parameters.Arguments[argument].(int64); ok && cell.Mode == mode {
			sizes[cell.ID] = float64(bytes) / unit
		}
	}
	cells := map[string]string{}
	for _, run := range data.Runs {
		if run.Mode == mode && run.Counts() {
			cells[run.ID] = run.Cell
		}
	}
	var all points
	for _, sample := range data.Samples {
		cell, ok := cells[sample.Run]
		if ok && sample.Metric == metric {
			all.x, all.y = append(all.x, sizes[cell]), append(all.y, sample.Value/nanoseconds)
		}
	}
	return all
}

// valuesOf collects a metric of a component in a mode, in ms.
func valuesOf(data *results.Data, mode string, component bench.Component, metric string) []float64 {
	of := map[string]bool{}
	for _, run := range data.Runs {
		of[run.ID] = run.Mode == mode && run.Counts()
	}
	var values []float64
	for _, sample := range data.Samples {
		if of[sample.Run] && sample.Component == component && sample.Metric == metric {
			values = append(values, sample.Value/nanoseconds)
		}
	}
	return values
}

// publishedModes are those of the studies that have tables by mode.
func publishedModes() []string {
	return []string{"outside", "inside-purecap", "inside-purecap-benchmark"}
}

// modeOf finds the mode that a published table calls by a name of its own.
func modeOf(name string) (string, error) {
	switch strings.ToLower(name) {
	case "outside compartment", "outexperiment":
		return "outside", nil
	case "purecap abi", "purecap":
		return "inside-purecap", nil
	case "purecap-benchmark abi", "benchmark":
		return "inside-purecap-benchmark", nil
	}
	return "", fmt.Errorf("mode %q: %w", name, ErrTable)
}

// meanOf sums with bits to spare: one of the published means is a tie of its last digit, and falls to the other side when
// rounded sums are added from left to right.
func meanOf(values []float64) (float64, error) {
	if len(values) == 0 {
		return 0, statistics.ErrEmpty
	}
	sum := new(big.Float).SetPrec(200)
	for _, value := range values {
		sum.Add(sum, big.NewFloat(value))
	}
	mean, _ := sum.Quo(sum, big.NewFloat(float64(len(values)))).Float64()
	return mean, nil
}

// normality is Shapiro and Wilk's p. The published analyses take equal values, which have none, for normal: SciPy gives
// 1 for them.
func normality(values []float64) (float64, error) {
	test, err := statistics.ShapiroWilk(values)
	if errors.Is(err, statistics.ErrConstant) {
		return 1, nil
	}
	return test.P, err
}

// bestFit chooses among the regressions.
func bestFit(p points, keeps published.KeepsLinear) (published.Fit, error) {
	regression, err := published.Regress(p.x, p.y)
	if err != nil {
		return published.Fit{}, err
	}
	return regression.Best(keeps), nil
}

// argument names of the imported cells.
const (
	blockBytes   = importing.BlockBytes
	messageBytes = importing.MessageBytes
)

// medianRatio is the ratio of medians; not there where the tables leave it out.
func medianRatio(a, b []float64) (ratio float64, there bool, err error) {
	ratio, err = published.MedianRatio(a, b)
	if errors.Is(err, statistics.ErrNoRatio) {
		return 0, false, nil
	}
	return ratio, err == nil, err
}
