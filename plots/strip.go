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
		height: stripHeight + 2*rowGap, markers: everyRun,
		row: func(r runValues) (row, error) {
			return row{readings: []reading{r.medianReading()}, draw: func(c draw.Canvas, at rowPlace) {
				median := at.x(r.summary.Median)
				const beyond = 0.7 * vg.Millimeter
				c.StrokeLine2(draw.LineStyle{Color: r.look.dark, Width: 1.6}, median, at.middle-stripHeight/2-beyond, median, at.middle+stripHeight/2+beyond)
				r.drawStrip(c, at, at.middle)
			}}, nil
		},
		notes: []string{"Each marker is one run. Lines and numbers: medians."},
	})
}

// everyRun is of what draws a marker for each run, whatever their values.
func everyRun([]float64) bool { return true }

// drawStrip draws every run about a height.
func (r runValues) drawStrip(c draw.Canvas, at rowPlace, middle vg.Length) {
	places := make([]vg.Length, len(r.values))
	for i, value := range r.values {
		places[i] = at.x(value)
	}
	swarm := swarmOf(places)
	style := draw.GlyphStyle{Color: r.look.dark, Radius: swarm.radius, Shape: r.look.marker}
	if swarm.covered {
		pale := r.look.dark
		pale.A = 0xa8 // the darker, the more of them
		style.Color = pale
	}
	for i, away := range swarm.away {
		c.DrawGlyph(style, vg.Point{X: places[i], Y: middle + away})
	}
}

// swarm is where the markers of a strip stand.
type swarm struct {
	radius vg.Length
	// away is each marker's distance from the strip's middle.
	away []vg.Length
	// covered: they have no room beside each other, however small they are.
	covered bool
}

// swarmOf places markers by their places along the axis: in as many lines as there is room for, of the largest markers of which none
// covers another. The same places give the same swarm.
func swarmOf(along []vg.Length) swarm {
	var placed swarm
	for _, radius := range []vg.Length{markerRadius, 1.1, 0.9} {
		placed = beside(along, radius)
		if !placed.covered {
			break
		}
	}
	return placed
}

// beside places markers of a radius: from the lowest value up, each stands in the line nearest to the middle that is free there, else in
// the one whose last marker is the farthest behind.
func beside(along []vg.Length, radius vg.Length) swarm {
	apart := 2 * radius
	lines := int((stripHeight-apart)/apart) + 1
	lines -= 1 - lines%2 // as many above the middle as below
	last := slices.Repeat([]vg.Length{vg.Length(math.Inf(-1))}, lines)
	order := make([]int, len(along))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(along[a], along[b]) })
	placed := swarm{radius: radius, away: make([]vg.Length, len(along))}
	for _, i := range order {
		chosen := slices.IndexFunc(last, func(behind vg.Length) bool { return along[i]-behind >= apart })
		if chosen < 0 {
			placed.covered = true
			chosen = 0
			for line, behind := range last { // a place that is no number, of values too small for an axis, is not the least
				if behind < last[chosen] {
					chosen = line
				}
			}
		}
		last[chosen] = along[i]
		// Lines from the middle outwards: 0, 1 above, 1 below, 2 above.
		steps := vg.Length((chosen + 1) / 2)
		if chosen%2 == 0 {
			steps = -steps
		}
		placed.away[i] = steps * max(apart, (stripHeight-apart)/vg.Length(max(1, lines-1)))
	}
	return placed
}

// coversMarkers tells whether markers of some row cover each other where the panel is drawn.
func (f *Figure) coversMarkers(p panel) bool {
	inner := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: f.columnWidth() - p.beside.width, Y: p.height}}}
	data := p.plot.DataCanvas(inner)
	return slices.ContainsFunc(p.strips, func(values []float64) bool {
		places := make([]vg.Length, len(values))
		for i, value := range values {
			places[i] = data.X(p.plot.X.Norm(value))
		}
		return swarmOf(places).covered
	})
}
