package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const (
	// curveWidth is what a panel of lines needs.
	curveWidth = 52 * vg.Millimeter
	// axisNumbers is what the numbers of a vertical axis take of it.
	axisNumbers = 10 * vg.Millimeter
)

// spread is the median and the quartiles of a cell's runs at a place of a curve.
type spread struct {
	at int64
	statistics.Summary
}

// curve is one line of a panel.
type curve struct {
	comparedCell
	spreads []spread
}

// curves draws for each quantity and each group a panel with a line for each of what is compared, along a number in which cells
// differ.
func curves(v *view) (*Figure, error) {
	if err := v.differ(); err != nil {
		return nil, err
	}
	f := v.figure()
	lines := newLineLegend()
	all, spans, err := v.allCurves(lines)
	if err != nil {
		return nil, err
	}
	spans = v.sharedSpans(f, spans, true, v.isLogarithmic)
	err = panels(v, f, all, curveWidth, func(i, j int) (panel, error) {
		p, err := v.curvePanel(f, v.quantities[i], all[i][j], spans[i][j])
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
	notes := []string{"Lines: medians (" + v.counted() + "). Bands: quartiles. A run's requests are first reduced to their median."}
	if slices.ContainsFunc(v.quantities, func(q quantity) bool { return q.series == bench.Series{} }) {
		notes = append(notes, "Throughput: the requests of all processes over the time from the first process that began to the last that ended.")
	}
	f.notes = append(notes, f.notes...)
	return f, nil
}

// differ refuses cells that do not differ in what the figure runs along.
func (v *view) differ() error {
	for _, group := range v.groups {
		for _, line := range v.lines(group) {
			if len(line) > 1 {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: no two cells differ in nothing but %s", ErrNoData, v.alongText())
}

// lines are the cells of a group by what is compared, each along what the figure runs along; cells without a number are left out.
func (v *view) lines(group []bench.Cell) [][]comparedCell {
	var lines [][]comparedCell
	for _, cell := range v.compared(group) {
		if _, ok := v.entry.Along.Number(cell.Cell); !ok {
			continue
		}
		if last := len(lines) - 1; last < 0 || lines[last][0].place != cell.place {
			lines = append(lines, nil)
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], cell)
	}
	for _, line := range lines {
		slices.SortStableFunc(line, func(a, b comparedCell) int {
			first, _ := v.entry.Along.Number(a.Cell)
			second, _ := v.entry.Along.Number(b.Cell)
			return int(min(max(first-second, -1), 1))
		})
	}
	return lines
}

// alongText names what the figure runs along.
func (v *view) alongText() string {
	switch v.entry.Along {
	case bench.ProcessesAtOnce:
		return "integration processes at once"
	case bench.ByRequests:
		return "requests a run"
	}
	return string(v.entry.Along)
}

// curvesOf summarises a group's lines in a quantity; those without values are left out. The error is of bench's statistics.
func (v *view) curvesOf(group []bench.Cell, q quantity) ([]curve, error) {
	var all []curve
	for _, cells := range v.lines(group) {
		one := curve{comparedCell: cells[0]}
		for _, cell := range cells {
			summary, err := statistics.Summarize(q.values(cell.Cell))
			switch {
			case errors.Is(err, statistics.ErrEmpty):
				continue
			case err != nil:
				return nil, err
			}
			at, _ := v.entry.Along.Number(cell.Cell)
			one.spreads = append(one.spreads, spread{at, summary})
		}
		if len(one.spreads) > 0 {
			all = append(all, one)
		}
	}
	return all, nil
}

// allCurves are those of each quantity and group, and the ranges that they are drawn in.
func (v *view) allCurves(legend *lineLegend) (all [][][]curve, spans [][]span, err error) {
	all, spans = make([][][]curve, len(v.quantities)), make([][]span, len(v.quantities))
	for i, q := range v.quantities {
		for _, group := range v.groups {
			curves, err := v.curvesOf(group, q)
			if err != nil {
				return nil, nil, err
			}
			all[i], spans[i] = append(all[i], curves), append(spans[i], noSpan().of(curves))
			for _, one := range curves {
				legend.add(one.label, line{one.look, one.place})
			}
		}
	}
	return all, spans, nil
}

// of widens the span to the quartiles of curves.
func (s span) of(curves []curve) span {
	for _, one := range curves {
		for _, spread := range one.spreads {
			s = s.and(span{spread.Q1, spread.Q3})
		}
	}
	return s
}

func (v *view) curvePanel(f *Figure, q quantity, own []curve, s span) (panel, error) {
	scale := bench.ScaleFor(q.unit, s.high)
	p := barePlot()
	isLogarithmic := v.verticalRange(f, &p.Y, s.low/scale.Size, s.high/scale.Size)
	below := v.alongAxis(&p.X, f.columnWidth()-axisNumbers)
	fullGrid(p)
	for _, one := range own {
		if err := one.addTo(p, scale); err != nil {
			return panel{}, err
		}
	}
	return panel{axis: axisText(axisName(q), scale, isLogarithmic), plot: p, height: f.curveHeight(), below: below}, nil
}

// axisName is the metric alone where the heading says the rest.
func axisName(q quantity) string {
	if bench.IsLatency(q.series) {
		return q.series.Metric
	}
	return q.title()
}

// verticalRange sets the range of a measured axis from below upwards: logarithmic where that is asked for.
func (v *view) verticalRange(f *Figure, axis *plot.Axis, low, high float64) (isLogarithmic bool) {
	axis.Min, axis.Max = 0, axisEnd(high)
	if !v.logarithmic() {
		return false
	}
	if s := (span{low, high}); !s.hasLogarithm() {
		f.note(s.noLogarithm())
		return false
	}
	logScale(axis, low, high, 3*f.curveHeight()) // one label stands above the other, not beside it
	return true
}

// alongAxis marks the places that cells have, on an axis of a length; far apart they are drawn on a logarithmic one. It names the axis.
func (v *view) alongAxis(axis *plot.Axis, length vg.Length) (name string) {
	places := map[int64]string{}
	left, right := math.Inf(1), math.Inf(-1)
	for _, cell := range v.cells {
		if at, ok := v.entry.Along.Number(cell); ok {
			places[at] = v.entry.Along.Text(cell)
			left, right = min(left, float64(at)), max(right, float64(at))
		}
	}
	room := (right - left) * 0.04
	axis.Min, axis.Max = left-room, right+room
	const far = 4 // times
	isLogarithmic := left > 0 && right/left > far
	if isLogarithmic {
		logScale(axis, left, right, length)
	}
	axis.Tick.Marker = plot.ConstantTicks(placeTicks(places, *axis, length))
	return axisText(v.alongText(), bench.Scale{}, isLogarithmic)
}

// addTo draws the band of quartiles and over it the line of medians.
func (o curve) addTo(p *plot.Plot, scale bench.Scale) error {
	var medians, upper, band plotter.XYs
	for _, spread := range o.spreads {
		at := float64(spread.at)
		medians = append(medians, plotter.XY{X: at, Y: spread.Median / scale.Size})
		band = append(band, plotter.XY{X: at, Y: spread.Q1 / scale.Size})
		upper = append(upper, plotter.XY{X: at, Y: spread.Q3 / scale.Size})
	}
	for i := len(upper) - 1; i >= 0; i-- {
		band = append(band, upper[i])
	}
	if o.scatters() {
		area, err := plotter.NewPolygon(band)
		if err != nil {
			return err
		}
		fill := o.look.dark
		fill.A = 0x30 // others are seen through it
		area.Color, area.LineStyle.Color, area.LineStyle.Width = fill, color.NRGBA{}, 0
		p.Add(area)
	}
	return line{o.look, o.place}.addTo(p, medians, someOf(medians), plotter.NoStep)
}

// scatters tells whether the curve has a band.
func (o curve) scatters() bool {
	return slices.ContainsFunc(o.spreads, func(spread spread) bool { return spread.Q1 < spread.Q3 })
}

// someOf are the points that have a marker: all, or of very many some that are as far apart as markers can be told.
func someOf(points plotter.XYs) plotter.XYs {
	const most = 24
	if len(points) <= 2*most {
		return points
	}
	var some plotter.XYs
	for i := range most {
		some = append(some, points[i*(len(points)-1)/(most-1)])
	}
	return some
}
