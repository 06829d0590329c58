package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

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
		width: 17 * vg.Centimeter, panelHeight: 8.2 * vg.Centimeter, columns: 1,
		notes: []string{
			"Box: quartiles and median. Whiskers: the last runs within 1.5 interquartile ranges. Each marker is one run" + excluded(data),
		},
	}
	const mostBeside = 3 // modes that half the width has room for
	if len(groups) > 1 && len(groups[0]) <= mostBeside {
		figure.columns = 2
	}
	if data.Campaign.StandIn {
		figure.alert = standInText(data.Campaign)
	}
	headings := bench.Distinctions(groups)
	for i, group := range groups {
		panel, err := boxPanel(data.Campaign, group, byCell, series.Metric, unit)
		if err != nil {
			return nil, fmt.Errorf("drawing %s: %w", series.Metric, err)
		}
		panel.heading = headings[i]
		figure.panels = append(figure.panels, panel)
	}
	return figure, nil
}

func boxPanel(campaign *results.Campaign, group []bench.Cell, values map[string][]float64, metric string, unit bench.Unit) (panel, error) {
	var all []float64
	for _, cell := range group {
		all = append(all, values[cell.ID]...)
	}
	scale := bench.ScaleFor(unit, all...)
	p := newPlot()
	var names []string
	for place, mode := range campaign.Modes {
		at := slices.IndexFunc(group, func(c bench.Cell) bool { return c.Mode == mode.Name })
		if at < 0 {
			continue
		}
		b := box{mode: mode.Name, look: lookOf(place)}
		for _, value := range values[group[at].ID] {
			b.values = append(b.values, value/scale.Size)
		}
		summary, err := bench.Summarize(b.values)
		if err != nil && !errors.Is(err, bench.ErrEmpty) {
			return panel{}, err
		}
		b.summary = summary
		location := float64(len(names))
		names = append(names, fmt.Sprintf("%s\nn = %d", mode.Name, summary.N))
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
	return panel{axis: fmt.Sprintf("%s (%s)", metric, scale.Name), plot: p}, nil
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

// strip draws every run to the left of the box.
type strip struct {
	box
	location float64
}

// Plot implements plot.Plotter.
func (s strip) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	const radius = 1.6
	middle := trX(s.location) - boxWidth/2 - apart - stripWidth/2
	reach := stripWidth/2 - radius
	for i, value := range s.values {
		at := vg.Point{X: middle + reach*vg.Length(spread(i)), Y: trY(value)}
		// A white rim keeps a marker apart from its neighbours.
		c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: radius + 0.7, Shape: s.look.marker}, at)
		c.DrawGlyph(draw.GlyphStyle{Color: s.look.dark, Radius: radius, Shape: s.look.marker}, at)
	}
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

// spread places a run's marker beside others, −1 to 1: multiples of the golden ratio fill
// the width evenly for any number of runs, and the same way each time.
func spread(i int) float64 {
	_, fraction := math.Modf(0.5 + float64(i)*(math.Sqrt(5)-1)/2)
	return 2*fraction - 1
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
