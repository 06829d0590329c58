package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// measure is what a panel shows along a quantity.
type measure struct {
	heading string
	// unit of the values; "" where they are in name's as they are.
	unit   bench.Unit
	name   string
	values func(bench.Cell) []float64 // one a run
}

// along is a figure's horizontal axis.
type along struct {
	quantity bench.Quantity
	name     string
	label    func(int64) string // of a place on it
	// bothLogarithmic axes, rather than values from 0; linear, whatever lies on it.
	bothLogarithmic, linear bool
	// width and height of a panel.
	width, height vg.Length
}

// payload draws the time of each operation against the size of its data.
func payload(source *Source) (*Figure, error) {
	figure, err := source.curves("payload", along{
		quantity: bench.Payload, name: "payload", label: sizeLabel, bothLogarithmic: true,
	}, source.latencies())
	if err != nil {
		return nil, err
	}
	figure.subtitle = append([]string{"Latency of a request's reads and writes against the size of the data."}, figure.subtitle...)
	return figure, nil
}

// processes draws throughput, and the time of each operation, against how many processes run at once.
func processes(source *Source) (*Figure, error) {
	throughput := measure{
		heading: "throughput", name: "requests/s", values: func(cell bench.Cell) []float64 {
			return bench.Throughput(source.data.Runs, source.data.Samples, cell)
		},
	}
	figure, err := source.curves("processes", along{
		quantity: bench.ProcessesAtOnce, name: "integration processes at once", label: func(n int64) string { return strconv.FormatInt(n, 10) },
	}, append([]measure{throughput}, source.latencies()...))
	if err != nil {
		return nil, err
	}
	figure.subtitle = append([]string{"Throughput and latency against how many integration processes run at once."}, figure.subtitle...)
	figure.notes = append([]string{"Throughput: the requests of all processes over the time from the first process that began to the last that ended."}, figure.notes...)
	return figure, nil
}

// sizeLabel writes bytes in the unit that suits them.
func sizeLabel(bytes int64) string {
	scale := bench.ScaleFor(bench.Bytes, float64(bytes))
	return strconv.FormatFloat(math.Round(float64(bytes)/scale.Size*10)/10, 'f', -1, 64) + " " + scale.Name
}

// latencies are the totals of requests, reads and writes, one value a run.
func (s *Source) latencies() []measure {
	var all []measure
	for _, series := range s.series {
		if bench.IsLatency(series) {
			all = append(all, measure{operationText(series), bench.Nanoseconds, series.Metric, func(cell bench.Cell) []float64 {
				return s.cellValues(cell, series)
			}})
		}
	}
	return all
}

// curve is one line of a panel.
type curve struct {
	line    line
	group   string
	spreads []bench.Spread
}

// curves draws a panel for each measure. Where there are many groups each has panels of its own, with equal axes.
func (s *Source) curves(name string, x along, measures []measure) (*Figure, error) {
	arranged := bench.Curves(s.data.Campaign.Cells, x.quantity)
	if len(arranged) == 0 {
		return nil, fmt.Errorf("%w: no two cells differ in nothing but %s", ErrNoData, x.name)
	}
	figure := s.figure(name, circumstances(s.data.Campaign)+" · "+s.counted())
	var groups []string
	for _, one := range arranged {
		if !slices.Contains(groups, one.Group) {
			groups = append(groups, one.Group)
		}
	}
	const together = 2 // groups in one panel: with three modes, six lines
	apart, each := len(groups) > together, 1
	if apart {
		each = len(groups)
	}
	figure.columns, x.height = arrangement(len(measures)*each, each)
	x.width = figure.columnWidth()
	lines := newLineLegend()
	for _, m := range measures {
		drawn, err := s.linesOf(arranged, m, groups, apart, lines)
		if err != nil {
			return nil, err
		}
		panels, err := x.panels(m, drawn, groups, apart)
		if err != nil {
			return nil, err
		}
		figure.panels = append(figure.panels, panels...)
	}
	if len(figure.panels) == 0 {
		return nil, errNoRun
	}
	figure.legend = lines.legend()
	figure.notes = append([]string{"Lines: medians of runs. Bands: quartiles. A run's requests are first reduced to their median."}, figure.notes...)
	return figure, nil
}

// linesOf gives a measure's curves and enters them into the legend. In a panel of several groups, each has a pattern.
func (s *Source) linesOf(arranged []bench.Curve, m measure, groups []string, apart bool, legend *lineLegend) ([]curve, error) {
	var drawn []curve
	for _, one := range arranged {
		spreads, err := one.Along(m.values)
		if err != nil {
			return nil, err
		}
		if len(spreads) == 0 {
			continue
		}
		how, label := line{look: s.lookOf(one.Mode)}, one.Mode
		if !apart {
			how.pattern = slices.Index(groups, one.Group)
			if one.Group != "" {
				label += ", " + one.Group
			}
		}
		legend.add(label, how)
		drawn = append(drawn, curve{how, one.Group, spreads})
	}
	return drawn, nil
}

// panels draws a measure's curves: together, or each group apart.
func (x along) panels(m measure, drawn []curve, groups []string, apart bool) ([]panel, error) {
	if len(drawn) == 0 {
		return nil, nil
	}
	if !apart {
		p, err := x.panel(m, drawn, drawn)
		if err != nil {
			return nil, err
		}
		return []panel{p}, nil
	}
	var panels []panel
	for _, group := range groups {
		var own []curve
		for _, one := range drawn {
			if one.group == group {
				own = append(own, one)
			}
		}
		if len(own) == 0 {
			continue
		}
		p, err := x.panel(m, own, drawn)
		if err != nil {
			return nil, err
		}
		p.group = group
		panels = append(panels, p)
	}
	return panels, nil
}

// panel draws some of the curves, with the axes that all of them need.
func (x along) panel(m measure, own, all []curve) (panel, error) {
	places := map[int64]bool{}
	low, high := math.Inf(1), math.Inf(-1)
	left, right := math.Inf(1), math.Inf(-1)
	for _, one := range all {
		for _, spread := range one.spreads {
			places[spread.At] = true
			low, high = min(low, spread.Q1), max(high, spread.Q3)
			left, right = min(left, float64(spread.At)), max(right, float64(spread.At))
		}
	}
	scale := bench.Scale{Name: m.name, Size: 1}
	axis := m.name
	if m.unit != "" {
		scale = bench.ScaleFor(m.unit, high)
		axis += " (" + scale.Name
	}
	p := barePlot()
	p.Y.Min, p.Y.Max = 0, axisEnd(high/scale.Size)
	if x.bothLogarithmic && low > 0 {
		logScale(&p.Y, low/scale.Size, high/scale.Size, 3*x.height) // one label stands above the other, not beside it
		axis += ", logarithmic"
	}
	if m.unit != "" {
		axis += ")"
	}
	room := (right - left) * 0.04
	p.X.Min, p.X.Max = left-room, right+room
	if !x.linear && left > 0 && right/left > 4 {
		logScale(&p.X, left, right, x.width)
	}
	if x.label == nil { // too many places for a label each
		p.X.Tick.Marker = roundTicks{}
	} else {
		p.X.Tick.Marker = x.ticks(places, p.X)
	}
	fullGrid(p, x.name)
	for _, one := range own {
		if err := one.addTo(p, scale); err != nil {
			return panel{}, err
		}
	}
	return panel{heading: m.heading, axis: axis, plot: p, height: x.height}, nil
}

// addTo draws the band of quartiles and over it the line of medians.
func (o curve) addTo(p *plot.Plot, scale bench.Scale) error {
	var medians, upper, band plotter.XYs
	for _, spread := range o.spreads {
		at := float64(spread.At)
		medians = append(medians, plotter.XY{X: at, Y: spread.Median / scale.Size})
		band = append(band, plotter.XY{X: at, Y: spread.Q1 / scale.Size})
		upper = append(upper, plotter.XY{X: at, Y: spread.Q3 / scale.Size})
	}
	for i := len(upper) - 1; i >= 0; i-- {
		band = append(band, upper[i])
	}
	if o.scatters() {
		area, err := plotter.NewPolygon(band)
		if err != nil {
			return err
		}
		fill := o.line.look.dark
		fill.A = 0x30 // others are seen through it
		area.Color, area.LineStyle.Color, area.LineStyle.Width = fill, color.NRGBA{}, 0
		p.Add(area)
	}
	return o.line.addTo(p, medians, someOf(medians), plotter.NoStep)
}

// scatters tells whether the curve has a band.
func (o curve) scatters() bool {
	return slices.ContainsFunc(o.spreads, func(spread bench.Spread) bool { return spread.Q1 < spread.Q3 })
}

// someOf are the points that have a marker: all, or of very many some that are as far apart as markers can be told.
func someOf(points plotter.XYs) plotter.XYs {
	const most = 24
	if len(points) <= 2*most {
		return points
	}
	var some plotter.XYs
	for i := range most {
		some = append(some, points[i*(len(points)-1)/(most-1)])
	}
	return some
}

// ticks are at the places that were measured, labelled where the label has room.
func (x along) ticks(places map[int64]bool, axis plot.Axis) plot.Ticker {
	const forNumbers = 10 * vg.Millimeter // of the vertical axis
	return plot.ConstantTicks(placeTicks(places, axis, x.label, x.width-forNumbers))
}
