package plots

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot"
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
	Name            string
	title, subtitle string
	// notes stand below, an alert before them.
	alert  string
	notes  []string
	panels []panel
	// width and panelHeight are without the margins that the canvas adds.
	width, panelHeight vg.Length
	columns            int
}

// panel is one plot of a figure, with a heading where there are several. The vertical axis is
// named above it, where it can be read without turning the head.
type panel struct {
	heading, axis string
	plot          *plot.Plot
}

const (
	margin      = 4 * vg.Millimeter
	titleSize   = vg.Length(13)
	textSize    = vg.Length(9)
	smallSize   = vg.Length(7.5)
	lineSpacing = 1.4
)

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

func (f *Figure) rows() int { return (len(f.panels) + f.columns - 1) / f.columns }

func (f *Figure) headerHeight() vg.Length {
	return titleSize*lineSpacing + textSize*lineSpacing*vg.Length(strings.Count(f.subtitle, "\n")+1) + margin/2
}

func (f *Figure) footerHeight() vg.Length {
	lines := len(f.notes)
	if f.alert != "" {
		lines++
	}
	return smallSize*lineSpacing*vg.Length(lines) + margin/2
}

func (f *Figure) size() (width, height vg.Length) {
	return f.width, 2*margin + f.headerHeight() + f.panelHeight*vg.Length(f.rows()) + f.footerHeight()
}

func (f *Figure) draw(c draw.Canvas) {
	width, height := f.size()
	c.SetColor(color.White)
	c.Fill(vg.Rectangle{Max: vg.Point{X: width, Y: height}}.Path())

	y := height - margin
	c.FillText(textStyle(titleSize, true, ink), vg.Point{X: margin, Y: y}, f.title)
	y -= titleSize * lineSpacing
	for line := range strings.SplitSeq(f.subtitle, "\n") {
		c.FillText(textStyle(textSize, false, faint), vg.Point{X: margin, Y: y}, line)
		y -= textSize * lineSpacing
	}

	y = margin + f.footerHeight() - margin/2
	if f.alert != "" {
		c.FillText(textStyle(smallSize, true, alert), vg.Point{X: margin, Y: y}, f.alert)
		y -= smallSize * lineSpacing
	}
	for _, note := range f.notes {
		c.FillText(textStyle(smallSize, false, faint), vg.Point{X: margin, Y: y}, note)
		y -= smallSize * lineSpacing
	}

	top := height - margin - f.headerHeight()
	each := (width - 2*margin) / vg.Length(f.columns)
	for i, p := range f.panels {
		column, row := i%f.columns, i/f.columns
		area := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: margin + each*vg.Length(column), Y: top - f.panelHeight*vg.Length(row+1)},
			Max: vg.Point{X: margin + each*vg.Length(column+1), Y: top - f.panelHeight*vg.Length(row)},
		}}
		area.Max.Y -= margin / 2
		if column > 0 {
			area.Min.X += margin
		}
		if p.heading != "" {
			c.FillText(textStyle(textSize, true, ink), vg.Point{X: area.Min.X, Y: area.Max.Y}, p.heading)
			area.Max.Y -= textSize * lineSpacing
		}
		c.FillText(textStyle(smallSize+0.5, false, ink), vg.Point{X: area.Min.X, Y: area.Max.Y}, p.axis)
		area.Max.Y -= textSize * lineSpacing
		p.plot.Draw(area)
	}
}

// errNothing is what a figure without values gives.
var errNothing = errors.New("there is nothing to draw: no run counts")
