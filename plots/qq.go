package plots

import (
	"errors"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// smallWidth is what a panel of one cell needs.
const smallWidth = 38 * vg.Millimeter

// quantiles draws a panel for each cell: its runs against a normal distribution.
func quantiles(v *view) (*Figure, error) {
	f := v.figure()
	if err := v.eachCell(f, v.quantilePanel); err != nil {
		return nil, err
	}
	f.notes = append([]string{
		"Each marker is one run: its value against the quantile of the standard normal distribution that its rank has. Lines: through the quartiles, as normal values would lie. p: Shapiro–Wilk, the chance of values that are so far from normal if they are normal.",
	}, f.notes...)
	return f, nil
}

// eachCell draws a panel for each cell that has runs that count, in each quantity. The figure has them in lines of one group, or of
// one quantity.
func (v *view) eachCell(f *Figure, draw func(f *Figure, q quantity, values runValues) (panel, error)) error {
	cells := 0
	for _, group := range v.groups {
		cells = max(cells, len(group))
	}
	f.columns = v.columns(max(cells*len(v.groups)*len(v.quantities), cells), smallWidth)
	for _, q := range v.quantities {
		for i, group := range v.groups {
			for _, cell := range v.compared(group) {
				one := runValues{comparedCell: cell, values: q.values(cell.Cell)}
				if len(one.values) == 0 {
					continue
				}
				panel, err := draw(f, q, one)
				if err != nil {
					return err
				}
				panel.group = v.headings[i]
				if len(v.quantities) > 1 {
					panel.group = joined(q.title(), panel.group)
				}
				f.panels = append(f.panels, panel)
			}
		}
	}
	if len(f.panels) == 0 {
		return errNoRun
	}
	return nil
}

// joined puts a comma between two texts, where there are two.
func joined(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + ", " + second
}

func (v *view) quantilePanel(f *Figure, q quantity, r runValues) (panel, error) {
	scores, err := statistics.NormalScores(r.values)
	if err != nil {
		return panel{}, err
	}
	n := len(scores)
	scale := bench.ScaleFor(q.unit, scores[n-1].Value)
	p := barePlot()
	fullGrid(p)
	points := make(plotter.XYs, n)
	for i, score := range scores {
		points[i] = plotter.XY{X: score.Normal, Y: score.Value / scale.Size}
	}
	edge := max(points[n-1].X, 1) * 1.1
	p.X.Min, p.X.Max = -edge, edge
	isLogarithmic := v.logarithmic() && points[0].Y > 0
	p.Y.Min, p.Y.Max = around(points[0].Y, points[n-1].Y)
	if isLogarithmic {
		logScale(&p.Y, points[0].Y, points[n-1].Y, 3*f.smallHeight())
	} else if err := addQuartileLine(p, r.values, scale, edge); err != nil {
		return panel{}, err
	}
	markers, err := plotter.NewScatter(points)
	if err != nil {
		return panel{}, err
	}
	markers.GlyphStyle = draw.GlyphStyle{Color: r.look.dark, Radius: markerRadius, Shape: r.look.marker}
	p.Add(markers)
	normal, err := normalityText(r.values)
	if err != nil {
		return panel{}, err
	}
	return panel{below: "normal quantile", heading: r.label, axis: axisText(axisName(q), scale, isLogarithmic) + ", " + normal, plot: p, height: f.smallHeight()}, nil
}

// around is the range of values, with room at both ends.
func around(low, high float64) (from, to float64) {
	room := (high - low) * 0.06
	if room == 0 {
		room = max(high*0.01, 1e-9)
	}
	return low - room, high + room
}

// addQuartileLine draws the line on which normal values with the same quartiles lie, from edge to edge.
func addQuartileLine(p *plot.Plot, values []float64, scale bench.Scale, edge float64) error {
	summary, err := statistics.Summarize(values)
	if err != nil {
		return err
	}
	normal := distuv.UnitNormal.Quantile(0.75)
	slope := (summary.Q3 - summary.Q1) / (2 * normal)
	middle := (summary.Q3 + summary.Q1) / 2
	at := func(x float64) plotter.XY { return plotter.XY{X: x, Y: (middle + slope*x) / scale.Size} }
	drawn, err := plotter.NewLine(plotter.XYs{at(-edge), at(edge)})
	if err != nil {
		return err
	}
	drawn.LineStyle = draw.LineStyle{Color: faint, Width: 0.9, Dashes: patterns[1]}
	p.Add(drawn)
	return nil
}

// normalityText says how many values there are, and how normal they look.
func normalityText(values []float64) (string, error) {
	text := unbroken("n = %d", len(values))
	test, err := statistics.ShapiroWilk(values)
	switch {
	case errors.Is(err, statistics.ErrTooFew), errors.Is(err, statistics.ErrTooMany), errors.Is(err, statistics.ErrConstant):
		return text, nil
	case err != nil:
		return "", err
	case test.P < 0.001:
		return text + ", " + unbroken("p < 0.001"), nil
	}
	return text + ", " + unbroken("p = %s", bench.Significant(test.P, 2)), nil
}
