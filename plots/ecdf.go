package plots

import (
	"fmt"
	"math"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// mostPoints of a line: steps of a thousandth, finer than a picture shows.
const mostPoints = 1000

// modeValues are a mode's values in a panel, sorted, in ms.
type modeValues struct {
	modeCell
	values []float64
}

// distribution is what one panel shows.
type distribution struct {
	series bench.Series
	group  string
	modes  []modeValues
	// low and high are the range of the series in all groups.
	low, high float64
}

// distributions draws for each latency and each group a panel, in it for each mode the share of single requests, reads
// or writes that took no longer.
func distributions(source *Source) (*Figure, error) {
	figure := source.figure("ecdf",
		"Empirical distribution of the latency of single requests and of their reads and writes: the share that took no longer.",
		circumstances(source.data.Campaign)+" · "+source.counted())
	var all []distribution
	for _, series := range source.series {
		if bench.IsLatency(series) {
			all = append(all, source.distributionsOf(series)...)
		}
	}
	if len(all) == 0 {
		return nil, errNoRun
	}
	columns, height := arrangement(len(all), len(source.groups))
	figure.columns = columns
	least, most := math.MaxInt, 0
	lines := newLineLegend()
	for _, one := range all {
		for _, mode := range one.modes {
			least, most = min(least, len(mode.values)), max(most, len(mode.values))
			lines.add(mode.Mode, line{mode.look, 0})
		}
		panel, err := one.panel(figure.columnWidth())
		if err != nil {
			return nil, err
		}
		panel.height = height
		figure.panels = append(figure.panels, panel)
	}
	figure.legend = lines.legend()
	each := fmt.Sprintf("%d", most)
	if least < most {
		each = fmt.Sprintf("%d to %d", least, most)
	}
	figure.notes = append([]string{
		"Each line is of all requests of a mode's runs, " + each + " values: it shows how times scatter. Requests of one run are not independent; runs are compared in the box plot. Markers stand at the quartiles.",
	}, figure.notes...)
	return figure, nil
}

// distributionsOf collects a series' values by group and mode.
func (s *Source) distributionsOf(series bench.Series) []distribution {
	var all []distribution
	low, high := math.Inf(1), math.Inf(-1)
	for i, group := range s.groups {
		one := distribution{series: series, group: s.headings[i]}
		for _, cell := range s.byMode(group) {
			values := bench.RequestValues(s.data.Runs, s.data.Samples, cell.ID, series)
			if len(values) == 0 {
				continue
			}
			for at := range values {
				values[at] /= 1e6
			}
			low, high = min(low, values[0]), max(high, values[len(values)-1])
			one.modes = append(one.modes, modeValues{cell, values})
		}
		if len(one.modes) > 0 {
			all = append(all, one)
		}
	}
	for i := range all {
		all[i].low, all[i].high = low, high
	}
	return all
}

func (d distribution) panel(width vg.Length) (panel, error) {
	p := barePlot()
	unit := "ms"
	p.X.Tick.Marker = roundTicks{}
	p.X.Min, p.X.Max = 0, axisEnd(d.high)
	if logarithmic(&p.X, d.low, d.high, width) {
		unit += ", logarithmic"
	}
	fullGrid(p, fmt.Sprintf("%s (%s)", d.series.Metric, unit))
	p.Y.Min, p.Y.Max = 0, 1.03
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.25}, {Value: 0.5, Label: "50 %"}, {Value: 0.75}, {Value: 1, Label: "100 %"}}
	for _, one := range d.modes {
		points := bench.Distribution(one.values, mostPoints)
		steps := plotter.XYs{{X: points[0].X, Y: 0}}
		for _, point := range points {
			steps = append(steps, plotter.XY(point))
		}
		var marks plotter.XYs
		for _, probability := range []float64{0.25, 0.5, 0.75} {
			value, err := statistics.Quantile(one.values, probability)
			if err != nil {
				return panel{}, err
			}
			marks = append(marks, plotter.XY{X: value, Y: probability})
		}
		if err := (line{one.look, 0}).addTo(p, steps, marks, plotter.PostStep); err != nil {
			return panel{}, err
		}
	}
	return panel{heading: operationText(d.series), group: d.group, plot: p}, nil
}
