package plots

import (
	"strings"

	"eaibench/bench"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars are horizontal bars below each other, in groups under a heading.
type bars struct {
	scale bench.Scale
	rows  []bar
	// width that panel and labels have together.
	width vg.Length
}

// bar is one bar, made of segments from left to right.
type bar struct {
	heading  string // of the group that the bar begins, "" if it begins none
	label    string
	segments []segment
	total    float64 // in the stored unit: where the bar ends, in figures beside it
}

// segment is a piece of a bar. Its key is written into it where there is room.
type segment struct {
	value float64 // in the stored unit
	fill  fill
	key   string
}

const (
	lineUnit   = 3.9 * vg.Millimeter // of a line of text, and a bar's place
	barHeight  = 3.0 * vg.Millimeter
	labelWidth = 26 * vg.Millimeter // at most
	barPadding = 3
	forTotal   = 15 * vg.Millimeter // for the figures right of the longest bar
	keySize    = vg.Length(6.5)
)

func barLabelStyle() text.Style {
	style := textStyle(smallSize+0.5, false, ink)
	style.XAlign, style.YAlign = text.XRight, text.YCenter
	return style
}

// panel lays the bars out; end is the highest value of the axis, in the stored unit.
func (b bars) panel(end float64) panel {
	p := barePlot()
	lines := plotter.NewGrid()
	lines.Horizontal.Color = nil
	lines.Vertical = draw.LineStyle{Color: grid, Width: 0.7}
	layout := barLayout{bars: b}
	height := 0.0 // in lines, downwards
	var names []plot.Tick
	for i, one := range b.rows {
		if one.heading != "" {
			if i > 0 {
				height += 0.4
			}
			for _, line := range wrap(headingStyle(), one.heading, b.width) {
				layout.headings = append(layout.headings, headingLine{-height, line})
				height++
			}
			height += 0.2
		}
		label := wrap(barLabelStyle(), one.label, labelWidth)
		need := max(1, float64(len(label))*0.8)
		layout.middles = append(layout.middles, -height-need/2)
		names = append(names, plot.Tick{Value: -height - need/2, Label: strings.Join(label, "\n")})
		height += need
	}
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label = barLabelStyle()
	p.Y.Padding = barPadding
	for _, name := range names {
		layout.labels = max(layout.labels, barLabelStyle().Width(name.Label))
	}
	p.Y.Min, p.Y.Max = -height, 0
	inner := b.width - layout.labels
	p.X.Tick.Marker = across(inner)
	p.X.Min, p.X.Max = 0, axisEnd(end/b.scale.Size)/1.06*float64(inner/(inner-forTotal))
	p.Add(lines, layout)
	const forNumbers = 6 * vg.Millimeter
	return panel{plot: p, height: lineUnit*vg.Length(height) + forNumbers}
}

// barLayout is where bars and headings are: the lines' heights fall below 0.
type barLayout struct {
	bars
	middles  []float64
	headings []headingLine
	labels   vg.Length // the width that the longest takes
}

type headingLine struct {
	top  float64
	text string
}

func headingStyle() text.Style { return textStyle(smallSize+0.5, true, ink) }

// Plot implements plot.Plotter.
func (l barLayout) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for _, heading := range l.headings {
		// From where the labels begin.
		c.FillText(headingStyle(), vg.Point{X: trX(0) - l.labels - barPadding, Y: trY(heading.top) - 2}, heading.text)
	}
	totals := textStyle(smallSize, false, ink)
	totals.YAlign = text.YCenter
	for i, one := range l.rows {
		low := trY(l.middles[i]) - barHeight/2
		left := 0.0
		for _, s := range one.segments {
			right := left + s.value/l.scale.Size
			in := vg.Rectangle{Min: vg.Point{X: trX(left), Y: low}, Max: vg.Point{X: trX(right), Y: low + barHeight}}
			fillSegment(c, in, s)
			left = right
		}
		c.StrokeLines(draw.LineStyle{Color: faint, Width: 0.6}, []vg.Point{{X: trX(0), Y: low - 0.5}, {X: trX(0), Y: low + barHeight + 0.5}})
		end := trX(max(left, one.total/l.scale.Size))
		c.FillText(totals, vg.Point{X: end + vg.Millimeter, Y: low + barHeight/2 + totals.FontExtents().Descent}, l.scale.Format(one.total, 3)+" "+l.scale.Name)
	}
}

// fillSegment draws one piece, parted from the next by a white line, so that neighbours of one grey are two.
func fillSegment(c draw.Canvas, in vg.Rectangle, s segment) {
	const parting = 0.5
	if wide := in.Size().X; wide > 2*parting {
		in.Max.X -= parting
	}
	s.fill.draw(c, in)
	style := textStyle(keySize, true, readableOn(s.fill.colour))
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	if wide := style.Width(s.key) + 2; s.key != "" && in.Size().X > wide {
		middle := vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: (in.Min.Y + in.Max.Y) / 2}
		c.SetColor(s.fill.colour) // no hatch behind the number
		c.Fill(vg.Rectangle{Min: vg.Point{X: middle.X - wide/2 - 0.5, Y: middle.Y - keySize/2}, Max: vg.Point{X: middle.X + wide/2 + 0.5, Y: middle.Y + keySize/2}}.Path())
		c.FillText(style, vg.Point{X: middle.X, Y: middle.Y + style.FontExtents().Descent}, s.key)
	}
}

// swatch is a segment in a legend.
func (s segment) swatch(c draw.Canvas, in vg.Rectangle) { fillSegment(c, in, s) }
