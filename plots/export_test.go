package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// Axis is what tests see of a panel's axis: its range, and the labels in it.
type Axis struct {
	Low, High float64
	Labels    []string
}

// AxesOf gives the axes of each panel of a figure.
func AxesOf(f *Figure) (horizontal, vertical []Axis) {
	for _, one := range f.panels {
		horizontal, vertical = append(horizontal, axisSeen(one.plot.X)), append(vertical, axisSeen(one.plot.Y))
	}
	return horizontal, vertical
}

func axisSeen(axis plot.Axis) Axis {
	seen := Axis{Low: axis.Min, High: axis.Max}
	for _, tick := range axis.Tick.Marker.Ticks(axis.Min, axis.Max) {
		if tick.Label != "" && tick.Value >= axis.Min && tick.Value <= axis.Max {
			seen.Labels = append(seen.Labels, tick.Label)
		}
	}
	return seen
}

// LegendWhiskers tells of each entry of a figure's legend whether its sample has a line with caps at both ends.
func LegendWhiskers(f *Figure) (whiskers []bool) {
	for _, paragraph := range f.legend {
		for _, entry := range paragraph.entries {
			var seen recorder.Canvas
			entry.sample(draw.NewCanvas(&seen, swatchWidth, swatchHeight), vg.Rectangle{Max: vg.Point{X: swatchWidth, Y: swatchHeight}})
			lines := 0
			for _, action := range seen.Actions {
				if stroke, ok := action.(*recorder.Stroke); ok && len(stroke.Path) == 2 {
					lines++
				}
			}
			whiskers = append(whiskers, lines == 3)
		}
	}
	return whiskers
}
