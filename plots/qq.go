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

// cellDrawing draws a panel of one cell, its axis of a range.
type cellDrawing func(f *Figure, q quantity, values runValues, s span) (panel, error)

// eachCell draws a panel for each cell that has runs that count, in each quantity. The figure has them in lines of one group, or of
// one quantity.
func (v *view) eachCell(f *Figure, draw cellDrawing) error {
	type cellValues struct {
		runValues
		heading string
	}
	cells := 0
	for _, group := range v.groups {
		cells = max(cells, len(group))
	}
	f.columns = v.columns(max(cells*len(v.groups)*len(v.quantities), cells), smallWidth)
	all, spans := make([][]cellValues, len(v.quantities)), make([][]span, len(v.quantities))
	for i, q := range v.quantities {
		for j, group := range v.groups {
			for _, cell := range v.compared(group) {
				if values := q.values(cell.Cell); len(values) > 0 {
					all[i] = append(all[i], cellValues{runValues{comparedCell: cell, values: values}, v.headings[j]})
					spans[i] = append(spans[i], spanOf(values))
				}
			}
		}
	}
	spans = v.sharedSpans(f, spans, false, v.isLogarithmic)
	for i, q := range v.quantities {
		for j, one := range all[i] {
			panel, err := draw(f, q, one.runValues, spans[i][j])
			if err != nil {
				return err
			}
			panel.group = one.heading
			f.panels = append(f.panels, panel)
		}
	}
	if len(f.panels) == 0 {
		return errNoRun
	}
	return nil
}

func (v *view) quantilePanel(f *Figure, q quantity, r runValues, s span) (panel, error) {
	scores, err := statistics.NormalScores(r.values)
	if err != nil {
		return panel{}, err
	}
	n := len(scores)
	scale := bench.ScaleFor(q.unit, s.high)
	p := barePlot()
	fullGrid(p)
	points := make(plotter.XYs, n)
	for i, score := range scores {
		points[i] = plotter.XY{X: score.Normal, Y: score.Value / scale.Size}
	}
	edge := max(points[n-1].X, 1) * 1.1
	p.X.Min, p.X.Max = -edge, edge
	isLogarithmic := v.isLogarithmic(s)
	if isLogarithmic {
		logScale(&p.Y, s.low/scale.Size, s.high/scale.Size, 3*f.smallHeight())
	} else {
		if err := addQuartileLine(p, r.values, scale, edge); err != nil {
			return panel{}, err
		}
		p.Y.Min, p.Y.Max = around(s.low/scale.Size, s.high/scale.Size) // the line may leave the panel
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
	return panel{below: "normal quantile", heading: r.label, axis: axisText(q.title(), scale, isLogarithmic) + ", " + normal, plot: p, height: f.smallHeight()}, nil
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
	}
	return text + ", " + unbroken("%s", statistics.ProbabilitySentence(test.P)), nil
}
