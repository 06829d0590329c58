package plots

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Format of a figure's file.
type Format string

// The formats there are.
const (
	SVG Format = "svg"
	PDF Format = "pdf"
	PNG Format = "png"
)

// Formats lists the formats.
func Formats() []Format { return []Format{SVG, PDF, PNG} }

// ParseFormat reads a format's name.
func ParseFormat(name string) (Format, error) {
	for _, format := range Formats() {
		if string(format) == name {
			return format, nil
		}
	}
	return "", fmt.Errorf("figure format %q is not known; there are %s, %s and %s", name, SVG, PDF, PNG)
}

// pngResolution in dots per inch: sharp on a screen and in a slide.
const pngResolution = 200

// A PDF has its date of creation and objects in the order of a map, unless fpdf is
// told otherwise here; gonum/plot does not hand its documents out.
func init() {
	fpdf.SetDefaultCatalogSort(true)
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
}

// Figure is a picture that can be written in every format.
type Figure struct {
	// Name for files, without ending.
	Name string
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
}

const (
	margin      = 4 * vg.Millimeter
	titleSize   = vg.Length(13)
	textSize    = vg.Length(9)
	smallSize   = vg.Length(7.5)
	lineSpacing = 1.4
)

// arrangement is how many panels with lines stand beside each other, and their height: few are large, many small, so
// that they are seen together; groups of which there is a panel each begin a line where that is possible.
func arrangement(panels, groups int) (columns int, height vg.Length) {
	const many = 6
	switch {
	case panels > many && groups%2 == 0 && groups%3 != 0:
		return 2, 4 * vg.Centimeter
	case panels > many:
		return 3, 4 * vg.Centimeter
	default:
		return max(1, min(2, panels)), 5.5 * vg.Centimeter
	}
}

// Write draws the figure in a format.
func (f *Figure) Write(w io.Writer, format Format) error {
	width, height := f.size()
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case SVG:
		canvas = vgsvg.NewWith(vgsvg.UseWH(width, height), vgsvg.EmbedFonts(true))
	case PDF:
		canvas = pdfCanvas{vgpdf.New(width, height)}
	case PNG:
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngResolution))}
	default:
		_, err := ParseFormat(string(format))
		return err
	}
	f.draw(draw.New(canvas))
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("writing figure %s as %s: %w", f.Name, format, err)
	}
	return nil
}

// block is text of one style, a line each.
type block struct {
	style text.Style
	lines []string
}

func blockOf(style text.Style, width vg.Length, paragraphs ...string) block {
	return block{style, wrapAll(style, paragraphs, width)}
}

func (b block) height() vg.Length { return b.style.Font.Size * lineSpacing * vg.Length(len(b.lines)) }

// draw writes the lines below at and returns where the next block begins.
func (b block) draw(c draw.Canvas, at vg.Point) vg.Point {
	for _, line := range b.lines {
		c.FillText(b.style, at, line)
		at.Y -= b.style.Font.Size * lineSpacing
	}
	return at
}

func heightOf(blocks []block) (height vg.Length) {
	for _, one := range blocks {
		height += one.height()
	}
	return height
}

func (f *Figure) header() []block {
	width := f.width - 2*margin
	return []block{
		blockOf(textStyle(titleSize, true, ink), width, f.title),
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

// columnWidth is what a panel has of the figure's width, the space to its neighbour left out.
func (f *Figure) columnWidth() vg.Length {
	return (f.width-2*margin)/vg.Length(f.columns) - margin
}

// captions are what stands above a panel: its heading and its axis' name.
func (f *Figure) captions(p panel) []block {
	var blocks []block
	if p.heading != "" {
		blocks = append(blocks, blockOf(textStyle(textSize, true, ink), f.columnWidth(), p.heading))
	}
	for _, text := range []string{p.group, p.axis} {
		if text != "" {
			blocks = append(blocks, blockOf(textStyle(smallSize+0.5, false, ink), f.columnWidth(), text))
		}
	}
	return blocks
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
		height = max(height, p.height)
	}
	return f.captionHeight(row) + height + margin
}

func (f *Figure) size() (width, height vg.Length) {
	height = 2*margin + heightOf(f.header()) + f.legend.height(f.width-2*margin) + heightOf(f.footer())
	for _, row := range f.rows() {
		height += f.rowHeight(row)
	}
	return f.width, height
}

func (f *Figure) draw(c draw.Canvas) {
	width, height := f.size()
	c.SetColor(color.White)
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
	each := (f.width - 2*margin) / vg.Length(f.columns)
	for column, p := range row {
		left := margin + each*vg.Length(column)
		if column > 0 {
			left += margin
		}
		corner := vg.Point{X: left, Y: top}
		for _, one := range f.captions(p) {
			corner = one.draw(c, corner)
		}
		high := top - f.captionHeight(row)
		p.plot.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: high - p.height}, Max: vg.Point{X: margin + each*vg.Length(column+1), Y: high},
		}})
	}
}
