package plots

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	ink   = color.NRGBA{R: 0x22, G: 0x26, B: 0x2b, A: 0xff}
	faint = color.NRGBA{R: 0x5c, G: 0x63, B: 0x6b, A: 0xff}
	grid  = color.NRGBA{R: 0xe3, G: 0xe6, B: 0xe9, A: 0xff}
	// alert is dark enough for small text on white (contrast above 5:1).
	alert = color.NRGBA{R: 0xa8, G: 0x3a, B: 0x00, A: 0xff}
)

// look is how one mode is drawn: the colours of Okabe and Ito (2008), in an order that
// also descends in grey, and a marker.
type look struct {
	dark, light color.NRGBA
	marker      draw.GlyphDrawer
}

var looks = []look{
	{color.NRGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}, color.NRGBA{R: 0xc9, G: 0xe1, B: 0xf0, A: 0xff}, draw.CircleGlyph{}},
	{color.NRGBA{R: 0xb5, G: 0x73, B: 0x00, A: 0xff}, color.NRGBA{R: 0xfb, G: 0xe3, B: 0xb5, A: 0xff}, draw.PyramidGlyph{}},
	{color.NRGBA{R: 0x00, G: 0x7d, B: 0x5b, A: 0xff}, color.NRGBA{R: 0xc4, G: 0xe9, B: 0xdc, A: 0xff}, draw.BoxGlyph{}},
	{color.NRGBA{R: 0xa8, G: 0x4d, B: 0x82, A: 0xff}, color.NRGBA{R: 0xf3, G: 0xdc, B: 0xe9, A: 0xff}, draw.RingGlyph{}},
	{color.NRGBA{R: 0x2b, G: 0x86, B: 0xba, A: 0xff}, color.NRGBA{R: 0xdc, G: 0xf0, B: 0xfb, A: 0xff}, draw.TriangleGlyph{}},
	{color.NRGBA{R: 0xb3, G: 0x48, B: 0x00, A: 0xff}, color.NRGBA{R: 0xf9, G: 0xd8, B: 0xc4, A: 0xff}, draw.SquareGlyph{}},
}

// lookOf gives a mode the same look in every figure of its platform.
func lookOf(place int) look { return looks[place%len(looks)] }

func sans(size vg.Length, bold bool) font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return f
}

func textStyle(size vg.Length, bold bool, c color.Color) text.Style {
	return text.Style{
		Font: sans(size, bold), Color: c, XAlign: text.XLeft, YAlign: text.YTop,
		Handler: plot.DefaultTextHandler,
	}
}
