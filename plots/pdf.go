package plots

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"time"

	"codeberg.org/go-pdf/fpdf"
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// pdfCanvas draws a page whose text is text, in fonts that are embedded with the characters that are used. vgpdf, which it takes the place
// of, embeds every font under the same file name, so that a second one (bold) gets the first one's glyphs, does not encode what is
// beyond ASCII (µ, “), and does not hand its document out, whose date must be set for the same figure to give the same bytes.
type pdfCanvas struct {
	page          *fpdf.Fpdf
	width, height vg.Length
	lines         []vg.Length // width of lines, the innermost last
	fonts         map[string]bool
	err           error
}

func newPDF(width, height vg.Length, title string) *pdfCanvas {
	page := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: width.Points(), Ht: height.Points()}})
	page.SetCatalogSort(true)
	page.SetCreationDate(time.Unix(0, 0).UTC())
	page.SetModificationDate(time.Unix(0, 0).UTC())
	page.SetTitle(title, true)
	page.SetMargins(0, 0, 0)
	page.SetAutoPageBreak(false, 0)
	page.AddPage()
	c := &pdfCanvas{page: page, width: width, height: height, lines: make([]vg.Length, 1), fonts: map[string]bool{}}
	vg.Initialize(c)
	return c
}

// Size implements vg.CanvasSizer.
func (c *pdfCanvas) Size() (width, height vg.Length) { return c.width, c.height }

// at gives a point as the page counts, from its upper left corner.
func (c *pdfCanvas) at(p vg.Point) (x, y float64) { return p.X.Points(), (c.height - p.Y).Points() }

// SetLineWidth implements vg.Canvas.
func (c *pdfCanvas) SetLineWidth(width vg.Length) {
	c.lines[len(c.lines)-1] = width
	c.page.SetLineWidth(width.Points())
}

// SetLineDash implements vg.Canvas.
func (c *pdfCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	dashes := make([]float64, len(pattern))
	for i, length := range pattern {
		dashes[i] = length.Points()
	}
	c.page.SetDashPattern(dashes, offset.Points())
}

// SetColor implements vg.Canvas.
func (c *pdfCanvas) SetColor(wanted color.Color) {
	if wanted == nil {
		wanted = color.Black
	}
	of := color.NRGBAModel.Convert(wanted).(color.NRGBA)
	r, g, b := int(of.R), int(of.G), int(of.B)
	c.page.SetFillColor(r, g, b)
	c.page.SetDrawColor(r, g, b)
	c.page.SetTextColor(r, g, b)
	c.page.SetAlpha(float64(of.A)/math.MaxUint8, "Normal")
}

// errTurned is what no figure does.
var errTurned = errors.New("a PDF that turns, moves or scales what it draws, or has images, is not written")

// Rotate implements vg.Canvas.
func (c *pdfCanvas) Rotate(float64) { c.err = errTurned }

// Translate implements vg.Canvas.
func (c *pdfCanvas) Translate(vg.Point) { c.err = errTurned }

// Scale implements vg.Canvas.
func (c *pdfCanvas) Scale(float64, float64) { c.err = errTurned }

// DrawImage implements vg.Canvas.
func (c *pdfCanvas) DrawImage(vg.Rectangle, image.Image) { c.err = errTurned }

// Push implements vg.Canvas.
func (c *pdfCanvas) Push() {
	c.lines = append(c.lines, c.lines[len(c.lines)-1])
	c.page.TransformBegin()
}

// Pop implements vg.Canvas.
func (c *pdfCanvas) Pop() {
	c.lines = c.lines[:len(c.lines)-1]
	c.page.TransformEnd()
}

// Stroke implements vg.Canvas.
func (c *pdfCanvas) Stroke(path vg.Path) {
	if c.lines[len(c.lines)-1] > 0 {
		c.draw(path, "D")
	}
}

// Fill implements vg.Canvas.
func (c *pdfCanvas) Fill(path vg.Path) { c.draw(path, "F") }

func (c *pdfCanvas) draw(path vg.Path, style string) {
	for _, part := range path {
		x, y := c.at(part.Pos)
		switch part.Type {
		case vg.MoveComp:
			c.page.MoveTo(x, y)
		case vg.LineComp:
			c.page.LineTo(x, y)
		case vg.ArcComp:
			c.arc(part)
		case vg.CurveComp:
			first := part.Control[0]
			fromX, fromY := c.at(first)
			if len(part.Control) == 1 {
				c.page.CurveTo(fromX, fromY, x, y)
				continue
			}
			toX, toY := c.at(part.Control[1])
			c.page.CurveBezierCubicTo(fromX, fromY, toX, toY, x, y)
		case vg.CloseComp:
			c.page.ClosePath()
		}
	}
	c.page.DrawPath(style)
}

// arc draws a line to an arc's beginning, and then the arc, in pieces of at most a quarter of a circle, each of which a cubic curve
// meets within 0.03 % of the radius.
func (c *pdfCanvas) arc(of vg.PathComp) {
	point := func(angle, radius float64) vg.Point {
		return vg.Point{X: of.Pos.X + of.Radius*vg.Length(radius*math.Cos(angle)), Y: of.Pos.Y + of.Radius*vg.Length(radius*math.Sin(angle))}
	}
	c.page.LineTo(c.at(point(of.Start, 1)))
	pieces := math.Ceil(math.Abs(of.Angle)/(math.Pi/2) - 1e-9)
	step := of.Angle / pieces
	reach := 4.0 / 3 * math.Tan(step/4) // of the control points along the tangents
	for i := range int(pieces) {
		from, to := of.Start+float64(i)*step, of.Start+float64(i+1)*step
		first, second := point(from, 1), point(to, 1)
		first.X, first.Y = first.X-of.Radius*vg.Length(reach*math.Sin(from)), first.Y+of.Radius*vg.Length(reach*math.Cos(from))
		second.X, second.Y = second.X+of.Radius*vg.Length(reach*math.Sin(to)), second.Y-of.Radius*vg.Length(reach*math.Cos(to))
		x0, y0 := c.at(first)
		x1, y1 := c.at(second)
		x, y := c.at(point(to, 1))
		c.page.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
	}
}

// FillString implements vg.Canvas.
func (c *pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	style := ""
	if face.Font.Weight == xfont.WeightBold {
		style = "B"
	}
	const family = "LiberationSans"
	if !c.fonts[style] {
		c.fonts[style] = true
		var source bytes.Buffer
		if _, err := face.Face.WriteSourceTo(nil, &source); err != nil {
			c.err = fmt.Errorf("reading a font: %w", err)
			return
		}
		c.page.AddUTF8FontFromBytes(family, style, source.Bytes())
	}
	c.page.SetFont(family, style, face.Font.Size.Points())
	x, y := c.at(at)
	c.page.Text(x, y, text)
}

// WriteTo implements io.WriterTo.
func (c *pdfCanvas) WriteTo(w io.Writer) (int64, error) {
	if c.err != nil {
		return 0, c.err
	}
	var file bytes.Buffer
	if err := c.page.Output(&file); err != nil {
		return 0, err
	}
	return file.WriteTo(w)
}
