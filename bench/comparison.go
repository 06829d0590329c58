package bench

import (
	"errors"
	"fmt"
	"math"

	"eaibench/bench/statistics"
)

// CellRuns are the values of a cell in one series: one a run, never one a request.
type CellRuns struct {
	Cell   Cell
	Values []float64
	// Blocks[i] is the block in which Values[i] was measured; nil if unknown.
	Blocks []int
	// IDs[i] is the run's that has Values[i]; nil if unknown.
	IDs []string
	// LeftOut are the cell's other runs.
	LeftOut LeftOut
}

// RunsOf collects the runs of a cell that count in a series, as CellValues does.
func RunsOf(runs []Run, values map[string]Values, cell Cell, series Series) CellRuns {
	collected := CellRuns{Cell: cell}
	for i := range runs {
		run := &runs[i]
		if value, ok := cellValue(run, values, cell.ID, series); ok {
			collected.Values = append(collected.Values, value)
			collected.Blocks = append(collected.Blocks, run.Block)
			collected.IDs = append(collected.IDs, run.ID)
		} else if run.Cell == cell.ID {
			collected.LeftOut.add(*run, series)
		}
	}
	return collected
}

// Options of a comparison. What is 0 has the default named.
type Options struct {
	// Interleaved: runs of one block ran side by side, so that what disturbed one of
	// them may have disturbed the others too (order blocks). Then pairs are compared.
	Interleaved bool
	// Confidence of intervals, between 0 and 1; what it leaves is the level below
	// which an adjusted p-value must be. Default 0.95.
	Confidence float64
	// Precision is the half-width of the ratio's interval, relative to the ratio, for
	// which the runs needed are computed. Default 0.02.
	Precision float64
	// Resamples of the bootstrap, 100 to 1,000,000. Default 2,000.
	Resamples int
	// Seed of the bootstrap.
	Seed uint64
}

// DefaultPrecision is asked for where nobody asks for another one.
const DefaultPrecision = 0.02

func (o Options) withDefaults() Options {
	if o.Confidence == 0 {
		o.Confidence = statistics.Confidence
	}
	if o.Precision == 0 {
		o.Precision = DefaultPrecision
	}
	if o.Resamples == 0 {
		o.Resamples = statistics.Resamples
	}
	return o
}

// level is what an adjusted p-value must be below: 0.05 and not what the machine's subtraction leaves, since exact tests have a p of 0.05.
func (o Options) level() float64 {
	const digits = 1e12
	return math.Round((1-o.Confidence)*digits) / digits
}

func (o Options) resampling() statistics.Resampling {
	return statistics.Resampling{Confidence: o.Confidence, Resamples: o.Resamples, Seed: o.Seed}
}

// Comparison is what the runs of a cell, against those of a baseline, say.
type Comparison struct {
	Cell     Cell `json:"cell"`
	Baseline Cell `json:"baseline"`
	// Unit of the medians and of the shift.
	Unit Unit `json:"unit"`
	// N and BaselineN are how many values there are, at least 1.
	N         int `json:"n"`
	BaselineN int `json:"baseline_n"`
	// Pairs is how many blocks have a value of both, where those are compared; 0 where all values are,
	// as independent samples.
	Pairs int `json:"pairs,omitempty"`
	// Median and BaselineMedian are of the values that are compared.
	Median         float64 `json:"median"`
	BaselineMedian float64 `json:"baseline_median"`
	// Ratio of the medians; nil where the baseline's is 0.
	Ratio *statistics.Relation `json:"ratio,omitempty"`
	// PairRatio is how many times as much as its partner's a run's value is, by Hodges and Lehmann; nil where all values are
	// compared, or one of them is not above 0. The verdict does not use it.
	PairRatio *statistics.Relation `json:"pair_ratio,omitempty"`
	// Shift against the baseline, by Hodges and Lehmann.
	Shift statistics.Shift `json:"shift"`
	// Test is MannWhitney, or of pairs Wilcoxon.
	Test string `json:"test"`
	statistics.RankTest
	// LeastP is the smallest p-value that so many values could give.
	LeastP float64 `json:"least_p"`
	// AdjustedP is P after Holm, over the comparisons of Family.
	AdjustedP float64 `json:"adjusted_p"`
	// Family is how many comparisons were made together, at least 1.
	Family int `json:"family"`
	// Effect is Cliff's δ, whose interval takes no advantage of pairs.
	Effect  statistics.Effect `json:"effect"`
	Verdict Verdict           `json:"verdict"`
	// Precision was asked for; RunsNeeded is how many runs of each cell, those there
	// are among them, would reach it and could show a difference at all; 0 if unknown.
	Precision  float64 `json:"precision"`
	RunsNeeded int     `json:"runs_needed,omitempty"`
}

// The tests of a comparison.
const (
	MannWhitney = "Mann–Whitney"
	Wilcoxon    = "Wilcoxon"
)

// CompareCells compares a cell with a baseline: of the same campaign, or of another
// one (then not Interleaved). It is the only comparison of its family; where there
// are several, call Family with all.
//
// Pairs are compared where the runs were interleaved and at least half of either
// cell's runs have a partner in their block; otherwise all values.
// The error wraps statistics.ErrEmpty where a cell has no values, ErrNotFinite or
// ErrArgument.
func CompareCells(cell, baseline CellRuns, unit Unit, options Options) (Comparison, error) {
	options = options.withDefaults()
	if !(options.Precision > 0) || math.IsInf(options.Precision, 0) {
		return Comparison{}, fmt.Errorf("precision %v is not above 0: %w", options.Precision, statistics.ErrArgument)
	}
	c := Comparison{
		Cell: cell.Cell, Baseline: baseline.Cell, Unit: unit, N: len(cell.Values), BaselineN: len(baseline.Values), Precision: options.Precision,
	}
	compare, x, y := unpaired, cell.Values, baseline.Values
	if options.Interleaved {
		if pairedX, pairedY := inPairs(cell, baseline); 2*len(pairedX) >= max(c.N, c.BaselineN) && len(pairedX) > 0 {
			compare, x, y, c.Pairs = paired, pairedX, pairedY, len(pairedX)
		}
	}
	if err := compare(&c, x, y, options); err != nil {
		return c, fmt.Errorf("comparing %s with %s: %w", cell.Cell.ID, baseline.Cell.ID, err)
	}
	family := []Comparison{c}
	err := Family(family, options)
	return family[0], err
}

// inPairs gives the values of both cells block by block, where both have one; none
// where a block has several of one cell, whose partner is not known.
func inPairs(cell, baseline CellRuns) (x, y []float64) {
	if len(cell.Blocks) != len(cell.Values) || len(baseline.Blocks) != len(baseline.Values) {
		return nil, nil
	}
	seen, of := map[int]bool{}, map[int]float64{}
	for i, block := range baseline.Blocks {
		if _, twice := of[block]; twice {
			return nil, nil
		}
		of[block] = baseline.Values[i]
	}
	for i, block := range cell.Blocks {
		if seen[block] {
			return nil, nil
		}
		seen[block] = true
		if partner, ok := of[block]; ok {
			x, y = append(x, cell.Values[i]), append(y, partner)
		}
	}
	return x, y
}

func unpaired(c *Comparison, x, y []float64, options Options) (err error) {
	c.Test, c.LeastP = MannWhitney, statistics.LeastMannWhitney(len(x), len(y))
	if c.RankTest, err = statistics.MannWhitney(x, y); err != nil {
		return err
	}
	if c.Shift, err = statistics.HodgesLehmann(x, y, options.Confidence); err != nil {
		return err
	}
	return c.describe(x, y, options, statistics.RatioOfMedians)
}

func paired(c *Comparison, x, y []float64, options Options) (err error) {
	c.Test, c.LeastP = Wilcoxon, statistics.LeastWilcoxon(len(x))
	if c.RankTest, err = statistics.Wilcoxon(x, y); err != nil {
		return err
	}
	if c.Shift, err = statistics.HodgesLehmannPaired(x, y, options.Confidence); err != nil {
		return err
	}
	if ratio, err := statistics.RatioOfPairs(x, y, options.Confidence); err == nil {
		c.PairRatio = &ratio
	} else if !errors.Is(err, statistics.ErrNoRatio) {
		return err
	}
	return c.describe(x, y, options, statistics.RatioOfMediansPaired)
}

// describe adds what is computed of pairs and of all values alike.
func (c *Comparison) describe(x, y []float64, options Options, ratioOf func(x, base []float64, how statistics.Resampling) (statistics.Relation, error)) (err error) {
	if c.Effect, err = statistics.CliffsDelta(x, y, options.Confidence); err != nil {
		return err
	}
	ratio, err := ratioOf(x, y, options.resampling())
	c.Median, c.BaselineMedian = ratio.Median, ratio.Base
	if errors.Is(err, statistics.ErrNoRatio) {
		return nil
	}
	c.Ratio = &ratio
	return err
}
