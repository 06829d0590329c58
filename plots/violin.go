package plots

import (
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	violinHeight = 8 * vg.Millimeter
	violinPoints = 100
)

// violins draws the density of the runs' values, from the lowest to the highest of them.
func violins(v *view) (*Figure, error) {
	return ofRuns(v, rowKind{
		height: violinHeight + 2*rowGap,
		markers: func(values []float64) bool { // it has no shape
			density, err := statistics.Density(values, violinPoints)
			return err == nil && len(density) == 0
		},
		row: func(r runValues) (row, error) {
			density, err := statistics.Density(r.values, violinPoints)
			if err != nil {
				return row{}, err
			}
			return row{readings: []reading{r.medianReading()}, draw: func(c draw.Canvas, at rowPlace) { r.drawViolin(c, at, density) }}, nil
		},
		notes: []string{"Shapes: density of the runs (Gaussian kernel, bandwidth by Scott's rule), cut at the lowest and highest run, each drawn equally high. Bars: quartiles; lines across them, and numbers: medians. Where the kernel has no width, runs are drawn as markers."},
	})
}

func (r runValues) drawViolin(c draw.Canvas, at rowPlace, density []statistics.DensityPoint) {
	if len(density) == 0 {
		r.drawStrip(c, at, at.middle)
		return
	}
	most := 0.0
	for _, point := range density {
		most = max(most, point.Density)
	}
	n := len(density)
	outline := make([]vg.Point, 2*n)
	for i, point := range density {
		half := vg.Length(point.Density/most) * violinHeight / 2
		outline[i] = vg.Point{X: at.x(point.At), Y: at.middle + half}
		outline[2*n-1-i] = vg.Point{X: at.x(point.At), Y: at.middle - half}
	}
	c.FillPolygon(r.look.light, outline)
	c.StrokeLines(draw.LineStyle{Color: r.look.dark, Width: 0.9}, append(outline, outline[0]))
	s := r.summary
	c.StrokeLine2(draw.LineStyle{Color: r.look.dark, Width: 3}, at.x(s.Q1), at.middle, at.x(s.Q3), at.middle)
	// A line across: whatever covers the bar along it hides where the quartiles are.
	const half = 1.3 * vg.Millimeter
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.1}, at.x(s.Median), at.middle-half, at.x(s.Median), at.middle+half)
}
