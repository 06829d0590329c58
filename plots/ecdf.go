package plots

import (
	"fmt"
	"math"
	"strings"

	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// mostPoints of a line: steps of a thousandth, finer than a picture shows.
const mostPoints = 1000

// modeValues are a mode's values in a panel, sorted, in the axis' scale.
type modeValues struct {
	modeCell
	values []float64
}

// distributions draws for each operation's total and each group a panel, in it for each mode the share of single
// reads or writes that took no longer.
func distributions(source *Source) (*Figure, error) {
	figure := source.figure("ecdf",
		"Empirical distribution of the latency of single requests and of their reads and writes: the share that took no longer.",
		circumstances(source.data.Campaign)+" · "+source.counted())
	least, most := math.MaxInt, 0
	lines := newLineLegend()
	for _, total := range source.series {
		if !bench.IsLatency(total) {
			continue
		}
		drawn, low, high := source.requests(total)
		for i, group := range drawn {
			if len(group) == 0 {
				continue
			}
			for _, one := range group {
				least, most = min(least, len(one.values)), max(most, len(one.values))
				lines.add(one.Mode, line{one.look, 0})
			}
			panel, err := distributionPanel(group, total.Metric, low, high)
			if err != nil {
				return nil, err
			}
			panel.heading, panel.group = operationText(total), source.headings[i]
			figure.panels = append(figure.panels, panel)
		}
	}
	if len(figure.panels) == 0 {
		return nil, errNoRun
	}
	columns, height := arrangement(len(figure.panels), len(source.groups))
	figure.columns = columns
	for i := range figure.panels {
		figure.panels[i].height = height
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

// requests collects a series' values by group and mode, in ms, and their range.
func (s *Source) requests(series bench.Series) (groups [][]modeValues, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	groups = make([][]modeValues, len(s.groups))
	for i, group := range s.groups {
		for _, cell := range s.byMode(group) {
			values := bench.RequestValues(s.data.Runs, s.data.Samples, cell.ID, series)
			if len(values) == 0 {
				continue
			}
			for at := range values {
				values[at] /= 1e6
			}
			low, high = min(low, values[0]), max(high, values[len(values)-1])
			groups[i] = append(groups[i], modeValues{cell, values})
		}
	}
	return groups, low, high
}

func distributionPanel(group []modeValues, name string, low, high float64) (panel, error) {
	p := barePlot()
	name += " (ms)"
	p.X.Tick.Marker = roundTicks{}
	p.X.Min, p.X.Max = 0, axisEnd(high)
	if logarithmic(&p.X, low, high) {
		name = strings.Replace(name, "ms", "ms, logarithmic", 1)
	}
	fullGrid(p, name)
	p.Y.Min, p.Y.Max = 0, 1.03
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.25}, {Value: 0.5, Label: "50 %"}, {Value: 0.75}, {Value: 1, Label: "100 %"}}
	for _, one := range group {
		points := bench.Distribution(one.values, mostPoints)
		steps := plotter.XYs{{X: points[0].X, Y: 0}}
		for _, point := range points {
			steps = append(steps, plotter.XY(point))
		}
		var marks plotter.XYs
		for _, probability := range []float64{0.25, 0.5, 0.75} {
			value, err := bench.Quantile(one.values, probability)
			if err != nil {
				return panel{}, err
			}
			marks = append(marks, plotter.XY{X: value, Y: probability})
		}
		if err := (line{one.look, 0}).addTo(p, steps, marks, plotter.PostStep); err != nil {
			return panel{}, err
		}
	}
	return panel{plot: p}, nil
}
