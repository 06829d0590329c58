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

// singleValues are all values of what is compared in a panel, one a request where there are several, sorted and in the unit of the
// samples.
type singleValues struct {
	comparedCell
	values []float64
}

// distributions draws for each quantity and each group a panel, in it for each of what is compared the share of single values that
// were no higher.
func distributions(v *view) (*Figure, error) {
	f := v.figure()
	least, most := math.MaxInt, 0
	lines := newLineLegend()
	all, spans := make([][][]singleValues, len(v.quantities)), make([][]span, len(v.quantities))
	for i, q := range v.quantities {
		values := bench.RequestValues(v.data.Runs, v.data.Samples, q.series)
		for _, group := range v.groups {
			own, s := v.single(group, values), noSpan()
			for _, one := range own {
				s = s.and(spanOf(one.values))
				least, most = min(least, len(one.values)), max(most, len(one.values))
				lines.add(one.label, line{one.look, one.place})
			}
			all[i], spans[i] = append(all[i], own), append(spans[i], s)
		}
	}
	spans = v.sharedSpans(f, spans, true, func(s span) bool { return v.isLogarithmic(s) || v.automatic() && s.decades() })
	err := panels(v, f, all, curveWidth, func(i, j int) (panel, error) {
		p, err := v.distributionPanel(f, v.quantities[i], all[i][j], spans[i][j])
		p.heading, p.group = quantityHeading(v.quantities[i]), v.headings[j]
		return p, err
	})
	if err != nil {
		return nil, err
	}
	if len(f.panels) == 0 {
		return nil, errNoRun
	}
	f.legend = lines.legend()
	each := fmt.Sprintf("n = %d", most)
	if least < most {
		each = fmt.Sprintf("n = %d to %d", least, most)
	}
	f.notes = append([]string{
		"Each line is of all single values of the runs, " + each + ": it shows how they scatter. Those of one run are not independent; runs are compared in a box plot. Markers stand at the quartiles.",
	}, f.notes...)
	return f, nil
}

// single gives the values of a group's cells, those that have some.
func (v *view) single(group []bench.Cell, byCell map[string][]float64) []singleValues {
	var all []singleValues
	for _, cell := range v.compared(group) {
		if values := byCell[cell.ID]; len(values) > 0 {
			all = append(all, singleValues{cell, values})
		}
	}
	return all
}

// distributionPanel draws the lines of a group; the axis has the range of all groups.
func (v *view) distributionPanel(f *Figure, q quantity, all []singleValues, s span) (panel, error) {
	p := barePlot()
	scale, width := bench.ScaleFor(q.unit, s.high), f.columnWidth()
	isLogarithmic := v.horizontalRange(f, &p.X, s.low/scale.Size, s.high/scale.Size, width)
	fullGrid(p)
	p.Y.Min, p.Y.Max = 0, 1.03
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.25}, {Value: 0.5, Label: "50 %"}, {Value: 0.75}, {Value: 1, Label: "100 %"}}
	for _, one := range all {
		points := bench.Distribution(one.values, mostPoints)
		steps := plotter.XYs{{X: points[0].X / scale.Size, Y: 0}}
		for _, point := range points {
			steps = append(steps, plotter.XY{X: point.X / scale.Size, Y: point.Y})
		}
		var marks plotter.XYs
		for _, probability := range []float64{0.25, 0.5, 0.75} {
			value, err := statistics.Quantile(one.values, probability)
			if err != nil {
				return panel{}, err
			}
			marks = append(marks, plotter.XY{X: value / scale.Size, Y: probability})
		}
		if err := (line{one.look, one.place}).addTo(p, steps, marks, plotter.PostStep); err != nil {
			return panel{}, err
		}
	}
	return panel{plot: p, height: f.curveHeight(), below: axisText(q.series.Metric, scale, isLogarithmic)}, nil
}

// horizontalRange sets the range of a measured axis from left to right: logarithmic where that is asked for, or left to the figure
// and the values span more than a decade.
func (v *view) horizontalRange(f *Figure, axis *plot.Axis, low, high float64, width vg.Length) (isLogarithmic bool) {
	axis.Tick.Marker = across(width - axisNumbers)
	axis.Min, axis.Max = 0, axisEnd(high)
	s := span{low, high}
	switch {
	case v.logarithmic() && !s.hasLogarithm():
		f.note(s.noLogarithm())
	case v.logarithmic():
		logScale(axis, low, high, width)
		return true
	case v.automatic():
		if logarithmic(axis, low, high, width) {
			return true
		}
		axis.Min = v.axisStart(f, low, high)
	}
	return false
}

// quantityHeading names what panels are of, for people: "read, service store".
func quantityHeading(q quantity) string {
	if bench.IsLatency(q.series) || q.series == bench.StartTotal() {
		return operationText(q.series)
	}
	return q.title()
}
