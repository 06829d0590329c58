package plots

import (
	"cmp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// row is one of what is compared, its values drawn from left to right: names of any length have room at its left, and what is
// read off it in figures at its right.
type row struct {
	label    string // lines
	readings []reading
	draw     func(c draw.Canvas, at rowPlace)
}

// reading is a line of figures.
type reading struct {
	text string
	bold bool
	look look
}

// rowPlace is where a row is drawn.
type rowPlace struct {
	x      func(float64) vg.Length // of a value in the axis' unit
	origin vg.Length               // where bars begin
	middle vg.Length
}

// rows are a panel of them.
type rows struct {
	rows []row
	// low and high are the axis' range, in its unit. A logarithmic one is of positive numbers.
	low, high   float64
	logarithmic bool
	// reference is a value that a vertical line marks; 0 for none.
	reference float64
	// height of each row, at least.
	height vg.Length
	width  vg.Length // of the panel with its labels
}

const (
	labelLine  = vg.Length(9.5) // of a row's label
	rowGap     = 1.2 * vg.Millimeter
	readingGap = 1.5 * vg.Millimeter
)

// labelLines are a row's label: the name, broken where it must be, and lines that follow.
func labelLines(name string, more ...string) string {
	return strings.Join(append(wrap(barLabelStyle(), name, labelWidth), more...), "\n")
}

// panel lays the rows out.
func (r rows) panel() panel {
	p := barePlot()
	lines := plotter.NewGrid()
	lines.Horizontal.Color = nil
	lines.Vertical = draw.LineStyle{Color: grid, Width: 0.7}
	beside := &column{}
	var names []plot.Tick
	layout := rowLayout{rows: r}
	height, labels := vg.Length(0), vg.Length(0)
	for _, one := range r.rows {
		own := max(r.height, vg.Length(max(strings.Count(one.label, "\n")+1, len(one.readings)))*labelLine+rowGap)
		at := -float64(height + own/2)
		height += own
		layout.middles = append(layout.middles, at)
		names = append(names, plot.Tick{Value: at, Label: one.label})
		labels = max(labels, barLabelStyle().Width(one.label))
		for line, reading := range one.readings {
			style := textStyle(smallSize, reading.bold, reading.look.dark)
			style.XAlign, style.YAlign = text.XRight, text.YCenter
			shift := (float64(len(one.readings)-1)/2 - float64(line)) * float64(labelLine)
			beside.add(at, vg.Length(shift), style, reading.text)
		}
	}
	p.Y.Min, p.Y.Max = -float64(height), 0
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label = barLabelStyle()
	p.Y.Padding = barPadding
	length := r.width - labels - beside.width - 2*barPadding
	p.X.Min, p.X.Max = r.low, r.high
	p.X.Tick.Marker = across(length)
	if r.logarithmic {
		logScale(&p.X, r.low, r.high, length)
	}
	p.Add(lines, layout)
	const forNumbers = 6 * vg.Millimeter
	return panel{plot: p, height: height + forNumbers, beside: beside}
}

// rowLayout draws the rows into their plot.
type rowLayout struct {
	rows
	middles []float64 // of each row, in points below the upper edge
}

// Plot implements plot.Plotter.
func (l rowLayout) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	place := rowPlace{x: trX, origin: trX(p.X.Min)}
	if l.reference != 0 {
		at := trX(l.reference)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.9}, at, c.Min.Y, at, c.Max.Y)
	}
	for i, one := range l.rows.rows {
		if one.draw == nil {
			continue
		}
		place.middle = trY(l.middles[i])
		one.draw(c, place)
	}
}

// column is text at the right of a plot.
type column struct {
	width vg.Length
	texts []columnText
}

// columnText stands at a value of the plot's vertical axis, shifted up by some length.
type columnText struct {
	at    float64
	shift vg.Length
	style text.Style
	text  string
}

func (c *column) add(at float64, shift vg.Length, style text.Style, content string) {
	c.width = max(c.width, style.Width(content)+readingGap)
	c.texts = append(c.texts, columnText{at, shift, style, content})
}

// evenReadings gives panels equal room for their figures, so that lengths compare from panel to panel.
func evenReadings(panels []panel) {
	width, marks := vg.Length(0), roundTicks{most: mostTicks}
	for _, one := range panels {
		width = max(width, one.beside.width)
		if own, ok := one.plot.X.Tick.Marker.(roundTicks); ok {
			marks.most, marks.length = min(marks.most, own.most), min(cmp.Or(marks.length, own.length), own.length)
		}
	}
	for _, one := range panels {
		one.beside.width = width
		if _, ok := one.plot.X.Tick.Marker.(roundTicks); ok {
			one.plot.X.Tick.Marker = marks
		}
	}
}

// draw writes the texts, right-aligned ones up to the edge, others from its left on.
func (c *column) draw(canvas, data draw.Canvas, axis plot.Axis, edge vg.Length) {
	for _, one := range c.texts {
		at := vg.Point{X: edge, Y: data.Y(axis.Norm(one.at)) + one.shift + one.style.FontExtents().Descent}
		if one.style.XAlign == text.XLeft {
			at.X = edge - c.width + readingGap
		}
		canvas.FillText(one.style, at, one.text)
	}
}

// ticksWithin is how many numbers an axis of a length has room for.
func ticksWithin(length vg.Length) int {
	const perNumber = 11 * vg.Millimeter
	return min(max(2, int(length/perNumber)), mostTicks)
}

// fillRectangle fills and outlines a rectangle.
func fillRectangle(c draw.Canvas, in vg.Rectangle, fill look, outline vg.Length) {
	c.SetColor(fill.light)
	c.Fill(in.Path())
	if outline > 0 {
		corners := []vg.Point{in.Min, {X: in.Max.X, Y: in.Min.Y}, in.Max, {X: in.Min.X, Y: in.Max.Y}}
		c.StrokeLines(draw.LineStyle{Color: fill.dark, Width: outline}, append(corners, in.Min, corners[1]))
	}
}

// whiskered draws a line from low to high with caps at its ends.
func whiskered(c draw.Canvas, style draw.LineStyle, low, high, y, cap vg.Length) {
	c.StrokeLine2(style, low, y, high, y)
	for _, x := range []vg.Length{low, high} {
		c.StrokeLine2(style, x, y-cap, x, y+cap)
	}
}
