package plots

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"

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
	summary bench.Summary
}

// Box draws a series by mode: for each group of comparable cells a panel, in it for each
// mode the quartiles (type 7), the median and every run. The error is of bench's
// statistics, or says that no run counts.
func Box(data *results.Data, series bench.Series, unit bench.Unit) (*Figure, error) {
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
	}
	groups := bench.Groups(data.Campaign.Cells)
	var all []float64
	byCell := map[string][]float64{}
	for _, cell := range data.Campaign.Cells {
		byCell[cell.ID] = bench.CellValues(data.Runs, values, cell.ID, series)
		all = append(all, byCell[cell.ID]...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("drawing %s: %w", series.Metric, errNothing)
	}
	figure := &Figure{
		Name: fileName(series), title: data.Campaign.Title, subtitle: subtitle(data, series),
		width: 17 * vg.Centimeter, panelHeight: 7 * vg.Centimeter, columns: 1, alerts: alerts(data.Campaign),
		notes: []string{
			"Box: quartiles and median. Whiskers: the last runs within 1.5 interquartile ranges. Each marker is one run.",
			excluded(data),
		},
	}
	const (
		mostBeside = 3 // modes that half the width has room for
		manyPanels = 4 // more would not be seen together at their full height
	)
	if len(groups) > 1 && len(groups[0]) <= mostBeside {
		figure.columns = 2
	}
	if len(groups) > manyPanels {
		figure.panelHeight = 4.6 * vg.Centimeter
	}
	headings := bench.Distinctions(groups)
	for i, group := range groups {
		panel, err := boxPanel(data.Campaign, group, byCell, series, unit, figure.columnWidth())
		if err != nil {
			return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
		}
		panel.heading = headings[i]
		figure.panels = append(figure.panels, panel)
	}
	return figure, nil
}

func boxPanel(
	campaign *results.Campaign, group []bench.Cell, values map[string][]float64, series bench.Series, unit bench.Unit, width vg.Length,
) (panel, error) {
	var all []float64
	for _, cell := range group {
		all = append(all, values[cell.ID]...)
	}
	scale := bench.ScaleFor(unit, all...)
	p := newPlot()
	labels := text.Style{Font: p.X.Tick.Label.Font, Handler: plot.DefaultTextHandler}
	const forAxis = 12 * vg.Millimeter // for the numbers, and what gonum adds so that the first name fits
	place := (width-forAxis)/vg.Length(len(group)) - apart
	var names []string
	for number, mode := range campaign.Modes {
		at := slices.IndexFunc(group, func(c bench.Cell) bool { return c.Mode == mode.Name })
		if at < 0 {
			continue
		}
		b := box{mode: mode.Name, look: lookOf(number)}
		for _, value := range values[group[at].ID] {
			b.values = append(b.values, value/scale.Size)
		}
		summary, err := bench.Summarize(b.values)
		if err != nil && !errors.Is(err, bench.ErrEmpty) {
			return panel{}, err
		}
		b.summary = summary
		location := float64(len(names))
		names = append(names, strings.Join(append(wrap(labels, mode.Name, place), fmt.Sprintf("n = %d", summary.N)), "\n"))
		if summary.N > 0 {
			if err := b.addTo(p, location); err != nil {
				return panel{}, err
			}
		}
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.5, float64(len(names))-0.5
	// From 0, so that lengths compare as the values do.
	p.Y.Min, p.Y.Max = 0, axisEnd(all, scale)
	axis := series.String()
	if scale.Name != "" { // Counts have no unit.
		axis += " (" + scale.Name + ")"
	}
	return panel{axis: axis, plot: p}, nil
}

// axisEnd leaves room above the highest value.
func axisEnd(values []float64, scale bench.Scale) float64 {
	end := 0.0
	for _, value := range values {
		end = max(end, value/scale.Size)
	}
	if end == 0 {
		return 1
	}
	return end * 1.06
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
func whiskers(values []float64, s bench.Summary) (low, high float64) {
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

func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.Y.Tick.Marker = roundTicks{}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Tick.Label.Font = sans(8.5, false)
		axis.Tick.Label.Color = ink
		axis.LineStyle = draw.LineStyle{Color: faint, Width: 0.6}
		axis.Tick.LineStyle = draw.LineStyle{Color: faint, Width: 0.6}
	}
	p.X.Tick.Length = 0
	p.X.LineStyle.Width = 0
	p.Y.LineStyle.Width = 0
	p.Y.Tick.Length = 0
	p.X.Padding = 3
	lines := plotter.NewGrid()
	lines.Vertical.Color = nil
	lines.Horizontal = draw.LineStyle{Color: grid, Width: 0.7}
	p.Add(lines)
	return p
}
