package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// fill is what a segment is filled with: a colour, and lines over it.
type fill struct {
	colour color.NRGBA
	hatch  int // of hatches
}

// hatch is parallel lines, by how far they rise over a length.
type hatch struct {
	lined bool
	slope vg.Length
}

// hatches that can be told apart in print: none, rising, falling, level.
var hatches = []hatch{{}, {true, 1}, {true, -1}, {true, 0}}

// hatchGap is between lines, along the vertical axis.
const hatchGap = vg.Length(2.8)

// draw fills a rectangle.
func (f fill) draw(c draw.Canvas, in vg.Rectangle) {
	c.SetColor(f.colour)
	c.Fill(in.Path())
	over := readableOn(f.colour)
	over.A = 0x90
	for _, line := range hatches[f.hatch].lines(in) {
		c.StrokeLines(draw.LineStyle{Color: over, Width: 0.55}, line)
	}
}

// lines of a hatch in a rectangle, each from the left to the right as far as it is inside.
func (h hatch) lines(in vg.Rectangle) [][]vg.Point {
	if !h.lined {
		return nil
	}
	var lines [][]vg.Point
	size := in.Size()
	rise := h.slope * size.X
	// Heights of a line at the left edge.
	lowest, highest := min(0, -rise), max(size.Y, size.Y-rise)
	for at := lowest + hatchGap/2; at < highest; at += hatchGap {
		from, to := vg.Length(0), size.X
		if h.slope != 0 {
			low, high := -at/h.slope, (size.Y-at)/h.slope // where it meets the lower and the upper edge
			from, to = max(from, min(low, high)), min(to, max(low, high))
		}
		if to <= from {
			continue
		}
		point := func(x vg.Length) vg.Point {
			y := vg.Length(math.Max(0, math.Min(float64(at+h.slope*x), float64(size.Y))))
			return vg.Point{X: min(in.Min.X+x, in.Max.X), Y: min(in.Min.Y+y, in.Max.Y)}
		}
		lines = append(lines, []vg.Point{point(from), point(to)})
	}
	return lines
}
