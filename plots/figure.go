package plots

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Figure is a picture that can be written in every format.
type Figure struct {
	// Name for files, without ending.
	Name string
	// caption is what is said of it below it, in a document; campaign is whose it is.
	caption, campaign string
	// Each is a paragraph; lines are broken where the figure's width ends.
	title    string
	subtitle []string
	// legend stands above the panels.
	legend legend
	// notes stand below, alerts before them.
	alerts, notes []string
	panels        []panel
	width         vg.Length
	columns       int
}

// panel is one plot of a figure, with a heading where there are several, and the group of cells that it is of. The axis of what was measured is
// named above it, where it can be read without turning the head.
type panel struct {
	heading, group, axis string
	plot                 *plot.Plot
	height               vg.Length // of the plot
	beside               *column   // text at its right, nil for none
	// strips are values that have a marker each, a strip of them in each row.
	strips [][]float64
	// rightAxis names an axis at the right, "" for none.
	rightAxis string
	// below names the horizontal axis. gonum's own label would make the axis shorter where it is longer than that.
	below string
}

const (
	margin      = 4 * vg.Millimeter
	titleSize   = vg.Length(13)
	narrowTitle = vg.Length(10.5)
	textSize    = vg.Length(9)
	smallSize   = vg.Length(7.5)
	lineSpacing = 1.4
)

// curveHeight is a panel's of lines: few are large, many small, so that they are seen together.
func (f *Figure) curveHeight() vg.Length {
	if f.columns > 2 {
		return 4 * vg.Centimeter
	}
	return 5 * vg.Centimeter
}

// smallHeight is a panel's of one cell.
func (f *Figure) smallHeight() vg.Length { return 3.6 * vg.Centimeter }

// note says something below the figure, once.
func (f *Figure) note(text string) {
	if !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// say says something above the figure, once.
func (f *Figure) say(text string) {
	if !slices.Contains(f.subtitle, text) {
		f.subtitle = append(f.subtitle, text)
	}
}

// block is text of one style, a line each.
type block struct {
	style text.Style
	lines []string
	// edge is where lines end at the right; 0: they begin at the left.
	edge vg.Length
	// over: the next block is in the same lines.
	over bool
}

func blockOf(style text.Style, width vg.Length, paragraphs ...string) block {
	return block{style: style, lines: wrapAll(style, paragraphs, width)}
}

func (b block) height() vg.Length {
	if b.over {
		return 0
	}
	return b.style.Font.Size * lineSpacing * vg.Length(len(b.lines))
}

// draw writes the lines below at and returns where the next block begins.
func (b block) draw(c draw.Canvas, at vg.Point) vg.Point {
	next := vg.Point{X: at.X, Y: at.Y - b.height()}
	for _, line := range b.lines {
		begins := at
		if b.edge > 0 {
			begins.X += b.edge - b.style.Width(line)
		}
		c.FillText(b.style, begins, line)
		at.Y -= b.style.Font.Size * lineSpacing
	}
	return next
}

func heightOf(blocks []block) (height vg.Length) {
	for _, one := range blocks {
		height += one.height()
	}
	return height
}

func (f *Figure) header() []block {
	width := f.width - 2*margin
	const wide = 120 * vg.Millimeter
	size := titleSize
	if f.width < wide {
		size = narrowTitle
	}
	return []block{
		blockOf(textStyle(size, true, ink), width, f.title),
		blockOf(textStyle(textSize, false, faint), width, f.subtitle...),
	}
}

func (f *Figure) footer() []block {
	width := f.width - 2*margin
	return []block{
		blockOf(textStyle(smallSize, true, alert), width, f.alerts...),
		blockOf(textStyle(smallSize, false, faint), width, f.notes...),
	}
}

// columnWidth is what each panel has of the figure's width, the space between neighbours left out.
func (f *Figure) columnWidth() vg.Length {
	return (f.width-margin)/vg.Length(f.columns) - margin
}

// captions are what stands above a panel: its heading and its axis' name.
func (f *Figure) captions(p panel) []block {
	var blocks []block
	if p.heading != "" {
		blocks = append(blocks, blockOf(textStyle(textSize, true, ink), f.columnWidth(), p.heading))
	}
	style := textStyle(smallSize+0.5, false, ink)
	if p.group != "" {
		blocks = append(blocks, blockOf(style, f.columnWidth(), p.group))
	}
	return append(blocks, f.axisNames(p, style)...)
}

// axisNames are those of the measured axes, each above its own: in one line where they have room, else below each other.
func (f *Figure) axisNames(p panel, style text.Style) []block {
	switch {
	case p.axis == "":
		return nil
	case p.rightAxis == "":
		return []block{blockOf(style, f.columnWidth(), p.axis)}
	}
	right := blockOf(style, f.columnWidth(), p.rightAxis)
	right.edge = f.columnWidth()
	if style.Width(p.axis)+style.Width(p.rightAxis)+margin <= f.columnWidth() {
		right.over = true
		return []block{right, blockOf(style, f.columnWidth(), p.axis)}
	}
	right.lines = wrap(style, p.rightAxis+", right", f.columnWidth())
	return []block{blockOf(style, f.columnWidth(), p.axis+", left"), right}
}

// rows gives the panels that stand side by side.
func (f *Figure) rows() [][]panel { return slices.Collect(slices.Chunk(f.panels, f.columns)) }

// captionHeight is the same for the panels of a row, so that those side by side begin at one height.
func (f *Figure) captionHeight(row []panel) (height vg.Length) {
	for _, p := range row {
		height = max(height, heightOf(f.captions(p)))
	}
	return height
}

func (f *Figure) rowHeight(row []panel) (height vg.Length) {
	for _, p := range row {
		height = max(height, p.height+f.belowName(p).height())
	}
	return f.captionHeight(row) + height + margin
}

// belowName is the name of a panel's horizontal axis; without one it has no height.
func (f *Figure) belowName(p panel) block {
	style := textStyle(smallSize+0.5, false, ink)
	if p.below == "" {
		return block{style: style}
	}
	return blockOf(style, f.columnWidth(), p.below)
}

func (f *Figure) size() (width, height vg.Length) {
	height = 2*margin + heightOf(f.header()) + f.legend.height(f.width-2*margin) + heightOf(f.footer())
	for _, row := range f.rows() {
		height += f.rowHeight(row)
	}
	return f.width, height
}

// Height is how high it is drawn, in mm. It follows from the width and from what is shown; A4 with usual margins has room for PageHeight.
func (f *Figure) Height() float64 {
	_, height := f.size()
	return float64(height / vg.Millimeter)
}

// PageHeight is that of the text of a page of A4 with margins of an inch, in mm.
const PageHeight = 246

func (f *Figure) draw(c draw.Canvas) {
	width, height := f.size()
	c.SetColor(white)
	c.Fill(vg.Rectangle{Max: vg.Point{X: width, Y: height}}.Path())

	at := vg.Point{X: margin, Y: height - margin}
	for _, one := range f.header() {
		at = one.draw(c, at)
	}
	at = f.legend.draw(c, at, width-2*margin)
	for _, row := range f.rows() {
		f.drawRow(c, row, at.Y-margin/2)
		at.Y -= f.rowHeight(row)
	}
	for _, one := range f.footer() {
		at = one.draw(c, at)
	}
}

// drawRow draws panels side by side below top.
func (f *Figure) drawRow(c draw.Canvas, row []panel, top vg.Length) {
	for column, p := range row {
		left := margin + (f.columnWidth()+margin)*vg.Length(column)
		corner := vg.Point{X: left, Y: top}
		for _, one := range f.captions(p) {
			corner = one.draw(c, corner)
		}
		high, right := top-f.captionHeight(row), left+f.columnWidth()
		inner := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: left, Y: high - p.height}, Max: vg.Point{X: right, Y: high}}}
		if p.beside != nil {
			inner.Max.X -= p.beside.width
			p.beside.draw(c, p.plot.DataCanvas(inner), p.plot.Y, right)
		}
		p.plot.Draw(inner)
		f.drawBelow(c, p, p.plot.DataCanvas(inner), inner)
	}
}

// drawBelow names the horizontal axis in its middle, as far as the panel's edges leave that.
func (f *Figure) drawBelow(c draw.Canvas, p panel, data, inner draw.Canvas) {
	name := f.belowName(p)
	at := inner.Min.Y
	for _, line := range name.lines {
		half := name.style.Width(line) / 2
		middle := min(max((data.Min.X+data.Max.X)/2, inner.Min.X+half), max(inner.Max.X-half, inner.Min.X+half))
		c.FillText(name.style, vg.Point{X: middle - half, Y: at}, line)
		at -= name.style.Font.Size * lineSpacing
	}
}
