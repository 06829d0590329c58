package plots

import "gonum.org/v1/plot"

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
