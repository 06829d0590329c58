package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box is one mode's values in a panel, in the axis' scale.
type box struct {
	mode    string
	look    look
	values  []float64
	summary statistics.Summary
}

// Box draws a series by mode: for each group of comparable cells a panel, in it for each
// mode the quartiles (type 7), the median and every run. The error is of bench's
// statistics, or ErrNoData: no run counts.
func Box(source *Source, series bench.Series, unit bench.Unit) (*Figure, error) {
	figure := source.figure(fileName(series), metricText(series), circumstances(source.data.Campaign))
	figure.notes = append([]string{
		"Box: quartiles and median. Whiskers: the last runs within 1.5 interquartile ranges. Each marker is one run.",
	}, figure.notes...)
	const mostBeside = 3 // modes that half the width has room for
	if len(source.groups) > 1 && len(source.groups[0]) <= mostBeside {
		figure.columns = 2
	}
	var highest []float64 // of each group
	for _, group := range source.groups {
		largest := math.Inf(-1)
		for _, cell := range group {
			largest = max(largest, slices.Max(append(source.cellValues(cell, series), math.Inf(-1))))
		}
		highest = append(highest, largest)
	}
	ends := axisEnds(highest)
	for i, group := range source.groups {
		if math.IsInf(highest[i], 0) {
			continue // no run of the group counts
		}
		panel, err := boxPanel(source, group, series, bench.ScaleFor(unit, ends[i]), ends[i], figure.columnWidth())
		if err != nil {
			return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
		}
		panel.heading, panel.height = source.headings[i], panelHeight(len(source.groups))
		figure.panels = append(figure.panels, panel)
	}
	if len(figure.panels) == 0 {
		return nil, fmt.Errorf("drawing %s: %w", series.Metric, errNoRun)
	}
	return figure, nil
}

// panelHeight makes room for more panels, so that they are seen together.
func panelHeight(panels int) vg.Length {
	if panels > 4 {
		return 4.6 * vg.Centimeter
	}
	return 7 * vg.Centimeter
}

// axisEnds gives each panel the highest value of its axis, the same for all where the smallest of them is still
// drawn large enough to be read.
func axisEnds(highest []float64) []float64 {
	const readable = 2 // times smaller
	least, most := math.Inf(1), math.Inf(-1)
	for _, value := range highest {
		if !math.IsInf(value, 0) {
			least, most = min(least, value), max(most, value)
		}
	}
	ends := slices.Clone(highest)
	if least*readable >= most {
		for i := range ends {
			ends[i] = most
		}
	}
	return ends
}

func boxPanel(source *Source, group []bench.Cell, series bench.Series, scale bench.Scale, end float64, width vg.Length) (panel, error) {
	p := newPlot()
	labels := text.Style{Font: p.X.Tick.Label.Font, Handler: plot.DefaultTextHandler}
	const forAxis = 12 * vg.Millimeter // for the numbers, and what gonum adds so that the first name fits
	place := (width-forAxis)/vg.Length(len(group)) - apart
	var names []string
	for _, cell := range source.byMode(group) {
		b := box{mode: cell.Mode, look: cell.look}
		for _, value := range source.cellValues(cell.Cell, series) {
			b.values = append(b.values, value/scale.Size)
		}
		summary, err := statistics.Summarize(b.values)
		if err != nil && !errors.Is(err, statistics.ErrEmpty) {
			return panel{}, err
		}
		b.summary = summary
		location := float64(len(names))
		names = append(names, strings.Join(append(wrap(labels, cell.Mode, place), fmt.Sprintf("n = %d", summary.N)), "\n"))
		if summary.N > 0 {
			if err := b.addTo(p, location); err != nil {
				return panel{}, err
			}
		}
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.5, float64(len(names))-0.5
	// From 0, so that lengths compare as the values do.
	p.Y.Min, p.Y.Max = 0, axisEnd(end/scale.Size)
	axis := series.String()
	if scale.Name != "" { // Counts have no unit.
		axis += " (" + scale.Name + ")"
	}
	return panel{axis: axis, plot: p}, nil
}

// axisEnd leaves room above the highest value.
func axisEnd(highest float64) float64 {
	if highest == 0 {
		return 1
	}
	return highest * 1.06
}

// Widths within a mode's place: its runs, its box, the median in figures.
const (
	boxWidth   = 6 * vg.Millimeter
	stripWidth = 6 * vg.Millimeter
	apart      = 1 * vg.Millimeter
)

func (b box) addTo(p *plot.Plot, location float64) error {
	drawn, err := plotter.NewBoxPlot(boxWidth, location, plotter.Values(b.values))
	if err != nil {
		return err
	}
	// gonum's quartiles are medians of halves; ours are type 7, and so are the
	// whiskers that follow from them.
	drawn.Median, drawn.Quartile1, drawn.Quartile3 = b.summary.Median, b.summary.Q1, b.summary.Q3
	drawn.AdjLow, drawn.AdjHigh = whiskers(b.values, b.summary)
	drawn.Outside = nil // every run is drawn beside the box
	drawn.FillColor = b.look.light
	drawn.BoxStyle = draw.LineStyle{Color: b.look.dark, Width: 0.9}
	drawn.WhiskerStyle = draw.LineStyle{Color: b.look.dark, Width: 0.9}
	drawn.MedianStyle = draw.LineStyle{Color: b.look.dark, Width: 2}
	drawn.CapWidth = boxWidth / 2

	label, err := plotter.NewLabels(plotter.XYLabels{
		XYs:    plotter.XYs{{X: location, Y: b.summary.Median}},
		Labels: []string{bench.Significant(b.summary.Median, 3)},
	})
	if err != nil {
		return err
	}
	label.TextStyle[0] = textStyle(8, true, b.look.dark)
	label.TextStyle[0].YAlign = text.YCenter
	label.Offset = vg.Point{X: boxWidth/2 + apart}
	p.Add(drawn, strip{b, location}, label)
	return nil
}

// whiskers are the extreme values within 1.5 interquartile ranges of the box.
func whiskers(values []float64, s statistics.Summary) (low, high float64) {
	reach := 1.5 * (s.Q3 - s.Q1)
	low, high = s.Q1, s.Q3
	for _, value := range values {
		if value >= s.Q1-reach {
			low = min(low, value)
		}
		if value <= s.Q3+reach {
			high = max(high, value)
		}
	}
	return low, high
}
