package plots

import (
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Format of a figure's file.
type Format string

// The formats there are. TeX is what a LaTeX document inputs: a figure with caption and label around the PDF of the same name.
const (
	SVG Format = "svg"
	PDF Format = "pdf"
	PNG Format = "png"
	TeX Format = "tex"
)

// Formats lists the formats.
func Formats() []Format { return []Format{SVG, PDF, PNG, TeX} }

// Pictures lists the formats that are a picture by themselves.
func Pictures() []Format { return []Format{SVG, PDF, PNG} }

// ParseFormat reads a format's name.
func ParseFormat(name string) (Format, error) {
	var known []string
	for _, format := range Formats() {
		if string(format) == name {
			return format, nil
		}
		known = append(known, string(format))
	}
	return "", fmt.Errorf("figure format %q is not known; there are %s", name, strings.Join(known, ", "))
}

// pngResolution in dots per inch, as printers have it.
const pngResolution = 300

// Write draws the figure in a format. The same figure gives the same bytes.
func (f *Figure) Write(w io.Writer, format Format) error {
	width, height := f.size()
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case SVG:
		canvas = newSVG(width, height, f.title)
	case PDF:
		canvas = newPDF(width, height, f.title)
	case PNG:
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngResolution))}
	case TeX:
		_, err := io.WriteString(w, f.tex())
		return err
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
