package plots

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const markerRadius = vg.Length(1.6)

// strips draws every run, and the median as a line.
func strips(v *view) (*Figure, error) {
	return ofRuns(v, rowKind{
		height: stripHeight + 2*rowGap,
		row: func(r runValues) (row, error) {
			return row{readings: []reading{r.medianReading()}, draw: func(c draw.Canvas, at rowPlace) {
				median := at.x(r.summary.Median)
				const beyond = 0.7 * vg.Millimeter
				c.StrokeLine2(draw.LineStyle{Color: r.look.dark, Width: 1.6}, median, at.middle-stripHeight/2-beyond, median, at.middle+stripHeight/2+beyond)
				r.drawStrip(c, at, at.middle)
			}}, nil
		},
		notes: []string{"Each marker is one run. Lines and figures: medians."},
	})
}

// drawStrip draws every run about a height.
func (r runValues) drawStrip(c draw.Canvas, at rowPlace, middle vg.Length) {
	places := make([]vg.Length, len(r.values))
	for i, value := range r.values {
		places[i] = at.x(value)
	}
	for i, away := range beside(places) {
		c.DrawGlyph(draw.GlyphStyle{Color: r.look.dark, Radius: markerRadius, Shape: r.look.marker}, vg.Point{X: places[i], Y: middle + away})
	}
}

// beside gives each marker, by its place along the axis, its distance from the strip's middle, so that as few as
// possible cover each other: from the lowest value up, each stands in the line nearest to the middle that is free
// there, else in the one whose last marker is the farthest behind. The same places give the same distances.
func beside(along []vg.Length) []vg.Length {
	const (
		lines   = 5
		between = (stripHeight - 2*markerRadius) / (lines - 1)
		apart   = 2 * markerRadius
	)
	order := make([]int, len(along))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(along[a], along[b]) })
	var last [lines]vg.Length
	for i := range last {
		last[i] = vg.Length(math.Inf(-1))
	}
	away := make([]vg.Length, len(along))
	for _, i := range order {
		chosen := 0
		for line := range last {
			if along[i]-last[line] >= apart {
				chosen = line
				break
			}
			if last[line] < last[chosen] {
				chosen = line
			}
		}
		last[chosen] = along[i]
		// Lines from the middle outwards: 0, 1 above, 1 below, 2 above.
		steps := vg.Length((chosen + 1) / 2)
		if chosen%2 == 0 {
			steps = -steps
		}
		away[i] = steps * between
	}
	return away
}
