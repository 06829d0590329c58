package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// barePlot has the project's axes: numbers and grid lines instead of frames.
func barePlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.Y.Tick.Marker = roundTicks{}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Tick.Label.Font = sans(8.5, false)
		axis.Tick.Label.Color = ink
		axis.LineStyle = draw.LineStyle{Color: faint, Width: 0}
		axis.Tick.LineStyle = draw.LineStyle{Color: faint, Width: 0.6}
		axis.Tick.Length = 0
	}
	return p
}

// fullGrid has lines along both axes.
func fullGrid(p *plot.Plot) {
	lines := plotter.NewGrid()
	lines.Vertical = draw.LineStyle{Color: grid, Width: 0.7}
	lines.Horizontal = draw.LineStyle{Color: grid, Width: 0.7}
	p.Add(lines)
	p.X.Padding, p.Y.Padding = 3, 3
}
