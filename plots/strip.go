package plots

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// strip draws every run to the left of the box.
type strip struct {
	box
	location float64
}

const markerRadius = vg.Length(1.6)

// Plot implements plot.Plotter.
func (s strip) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	middle := trX(s.location) - boxWidth/2 - apart - stripWidth/2
	heights := make([]vg.Length, len(s.values))
	for i, value := range s.values {
		heights[i] = trY(value)
	}
	for i, x := range beside(heights) {
		c.DrawGlyph(draw.GlyphStyle{Color: s.look.dark, Radius: markerRadius, Shape: s.look.marker}, vg.Point{X: middle + x, Y: heights[i]})
	}
}

// beside gives each marker, by its height, its distance from the strip's middle, so that as few as
// possible cover each other: from the lowest one up, each stands in the column nearest to the middle that is free
// at its height, else in the one whose last marker is the farthest below. The same heights give the same places.
func beside(heights []vg.Length) []vg.Length {
	const (
		columns = 5
		between = (stripWidth - 2*markerRadius) / (columns - 1) // a little more than a marker
	)
	order := make([]int, len(heights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(heights[a], heights[b]) })
	var last [columns]vg.Length
	for i := range last {
		last[i] = vg.Length(math.Inf(-1))
	}
	places := make([]vg.Length, len(heights))
	for _, i := range order {
		chosen := 0
		for column := range last {
			if heights[i]-last[column] >= between {
				chosen = column
				break
			}
			if last[column] < last[chosen] {
				chosen = column
			}
		}
		last[chosen] = heights[i]
		// Columns from the middle outwards: 0, 1 to the right, 1 to the left, 2 to the right.
		steps := vg.Length((chosen + 1) / 2)
		if chosen%2 == 0 {
			steps = -steps
		}
		places[i] = steps * between
	}
	return places
}
