package plots

import (
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas draws text as outlines. vgpdf embeds every font under the same file name, so that a second
// one (bold) gets the first one's glyphs, and it does not encode what is beyond ASCII (µ, “).
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas. A character that the font does not have is drawn as the font's
// sign for that.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	var (
		buffer  sfnt.Buffer
		units   = face.Face.UnitsPerEm()
		em      = fixed.I(int(units))
		scale   = face.Font.Size / vg.Length(em)
		x       fixed.Int26_6
		before  sfnt.GlyphIndex
		outline vg.Path
	)
	for i, character := range text {
		glyph, err := face.Face.GlyphIndex(&buffer, character)
		if err != nil {
			glyph = 0
		}
		if i > 0 {
			if kern, err := face.Face.Kern(&buffer, before, glyph, em, xfont.HintingNone); err == nil {
				x += kern
			}
		}
		// The fonts are compiled in: what cannot be loaded is a blank like the space, which has no outline.
		segments, err := face.Face.LoadGlyph(&buffer, glyph, em, nil)
		if err == nil {
			appendOutline(&outline, segments, func(p fixed.Point26_6) vg.Point {
				return vg.Point{X: at.X + vg.Length(x+p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale}
			})
		}
		if advance, err := face.Face.GlyphAdvance(&buffer, glyph, em, xfont.HintingNone); err == nil {
			x += advance
		}
		before = glyph
	}
	c.Fill(outline)
}

// appendOutline adds the closed contours of a glyph.
func appendOutline(outline *vg.Path, segments sfnt.Segments, place func(fixed.Point26_6) vg.Point) {
	open := false
	for _, segment := range segments {
		switch segment.Op {
		case sfnt.SegmentOpMoveTo:
			if open {
				outline.Close()
			}
			open = true
			outline.Move(place(segment.Args[0]))
		case sfnt.SegmentOpLineTo:
			outline.Line(place(segment.Args[0]))
		case sfnt.SegmentOpQuadTo:
			outline.QuadTo(place(segment.Args[0]), place(segment.Args[1]))
		case sfnt.SegmentOpCubeTo:
			outline.CubeTo(place(segment.Args[0]), place(segment.Args[1]), place(segment.Args[2]))
		}
	}
	if open {
		outline.Close()
	}
}
