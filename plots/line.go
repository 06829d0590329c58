package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// line is how a curve is drawn: colour and marker of what is compared, and a pattern of its own too, for prints in grey.
type line struct {
	look    look
	pattern int
}

// patterns of dashes and gaps.
var patterns = [][]vg.Length{nil, {5, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}, {9, 2.5}, {6, 1.5, 1.5, 1.5, 1.5, 1.5}}

const lineWidth = vg.Length(1.3)

func (l line) style() draw.LineStyle {
	return draw.LineStyle{Color: l.look.dark, Width: lineWidth, Dashes: patterns[l.pattern%len(patterns)]}
}

func (l line) marker() draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.look.dark, Radius: markerRadius + 0.6, Shape: l.look.marker}
}

// addTo adds the curve and its markers.
func (l line) addTo(p *plot.Plot, points, marks plotter.XYs, step plotter.StepKind) error {
	curve, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	curve.LineStyle, curve.StepStyle = l.style(), step
	markers, err := plotter.NewScatter(marks)
	if err != nil {
		return err
	}
	markers.GlyphStyle = l.marker()
	p.Add(curve, markers)
	return nil
}

// swatch is the line in a legend.
func (l line) swatch(c draw.Canvas, in vg.Rectangle) {
	middle := (in.Min.Y + in.Max.Y) / 2
	c.StrokeLines(l.style(), []vg.Point{{X: in.Min.X, Y: middle}, {X: in.Max.X, Y: middle}})
	c.DrawGlyph(l.marker(), vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: middle})
}

// lineLegend collects the lines of a figure, each once.
type lineLegend struct {
	seen    map[string]bool
	entries []legendEntry
}

func newLineLegend() *lineLegend { return &lineLegend{seen: map[string]bool{}} }

func (l *lineLegend) add(label string, line line) {
	if l.seen[label] {
		return
	}
	l.seen[label] = true
	l.entries = append(l.entries, legendEntry{label, line.swatch})
}

func (l *lineLegend) legend() legend { return legend{{entries: l.entries}} }
