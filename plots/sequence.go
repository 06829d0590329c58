package plots

import (
	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sequences draws a panel for each cell: its runs in the order in which they were carried out, the segments in which they stay alike, and
// where these change.
func sequences(v *view) (*Figure, error) {
	f := v.figure()
	if err := v.eachCell(f, v.sequencePanel); err != nil {
		return nil, err
	}
	f.notes = append([]string{
		"Each marker is one run that counts, in their order. Lines: means of the segments in which the values stay alike; dashed lines: changepoints between them (PELT; Killick and others 2012). The class of the course is Barrett and others' (2017); of fewer than 10 runs there is none.",
	}, f.notes...)
	return f, nil
}

func (v *view) sequencePanel(f *Figure, q quantity, r runValues, s span) (panel, error) {
	course, err := bench.CellRuns{Cell: r.Cell, Values: r.values}.Course()
	if err != nil {
		return panel{}, err
	}
	scale := bench.ScaleFor(q.unit, s.high)
	p := barePlot()
	fullGrid(p)
	p.X.Tick.Marker = roundTicks{most: 4, whole: true}
	p.X.Min, p.X.Max = 0.5, float64(len(r.values))+0.5
	p.Y.Min, p.Y.Max = around(s.low/scale.Size, s.high/scale.Size)
	isLogarithmic := v.isLogarithmic(s)
	if isLogarithmic {
		logScale(&p.Y, s.low/scale.Size, s.high/scale.Size, 3*f.smallHeight())
	}
	points := make(plotter.XYs, len(r.values))
	for i, value := range r.values {
		points[i] = plotter.XY{X: float64(i + 1), Y: value / scale.Size}
	}
	markers, err := plotter.NewScatter(points)
	if err != nil {
		return panel{}, err
	}
	markers.GlyphStyle = draw.GlyphStyle{Color: r.look.dark, Radius: markerRadius, Shape: r.look.marker}
	class := ""
	if course != nil {
		class = ", " + string(course.Class)
		p.Add(segments{course, scale.Size})
	}
	p.Add(markers)
	return panel{
		heading: r.label, below: "run", plot: p, height: f.smallHeight(),
		axis: axisText(q.title(), scale, isLogarithmic) + ", " + unbroken("n = %d", len(r.values)) + class,
	}, nil
}

// segments are the course of a cell's runs, over their numbers from 1.
type segments struct {
	*bench.Course
	unit float64
}

// Plot implements plot.Plotter.
func (s segments) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, one := range s.Segments {
		from, to := trX(float64(one.From)+0.5), trX(float64(one.To)+0.5)
		if i > 0 {
			c.StrokeLine2(draw.LineStyle{Color: alert, Width: 1, Dashes: patterns[1]}, from, c.Min.Y, from, c.Max.Y)
		}
		if mean := one.Mean / s.unit; mean >= p.Y.Min && mean <= p.Y.Max {
			const apart = 0.4 * vg.Millimeter
			c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.4}, from+apart, trY(mean), to-apart, trY(mean))
		}
	}
}
