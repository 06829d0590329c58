package plots

import (
	"image/color"
	"math"

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
	white = color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
	black = color.NRGBA{A: 0xff}
	// alert is dark enough for small text on white (contrast above 5:1).
	alert = color.NRGBA{R: 0xa8, G: 0x3a, B: 0x00, A: 0xff}
)

// readableOn is what stands out from a colour, as text has to (WCAG 2.1, AA: 4.5): ink or white, or black on what is between them, for
// which neither is enough.
func readableOn(fill color.NRGBA) color.NRGBA {
	const enough, glare = 4.5, 0.05
	light := luminance(fill) + glare
	switch {
	case light/(luminance(ink)+glare) >= enough:
		return ink
	case (luminance(white)+glare)/light >= enough:
		return white
	}
	return black
}

// luminance of a colour from 0 to 1, as WCAG 2.1 has it.
func luminance(c color.NRGBA) float64 {
	sum := 0.0
	for i, channel := range []uint8{c.R, c.G, c.B} {
		light := float64(channel) / math.MaxUint8
		if light <= 0.04045 {
			light /= 12.92
		} else {
			light = math.Pow((light+0.055)/1.055, 2.4)
		}
		sum += light * []float64{0.2126, 0.7152, 0.0722}[i]
	}
	return sum
}

// look is how one of what is compared is drawn: colours by Okabe and Ito (2008), which differ for the colour-blind too, dark enough
// for small text on white (contrast above 4.5:1), and a marker. In grey markers and dashes tell what the colours do not.
type look struct {
	dark, light color.NRGBA
	marker      draw.GlyphDrawer
}

var looks = []look{
	{color.NRGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}, color.NRGBA{R: 0xc9, G: 0xe1, B: 0xf0, A: 0xff}, draw.CircleGlyph{}},
	{color.NRGBA{R: 0xa6, G: 0x69, B: 0x00, A: 0xff}, color.NRGBA{R: 0xfb, G: 0xe3, B: 0xb5, A: 0xff}, draw.PyramidGlyph{}},
	{color.NRGBA{R: 0x00, G: 0x7d, B: 0x5b, A: 0xff}, color.NRGBA{R: 0xc4, G: 0xe9, B: 0xdc, A: 0xff}, draw.BoxGlyph{}},
	{color.NRGBA{R: 0xa8, G: 0x4d, B: 0x82, A: 0xff}, color.NRGBA{R: 0xf3, G: 0xdc, B: 0xe9, A: 0xff}, draw.RingGlyph{}},
	{color.NRGBA{R: 0x3c, G: 0x41, B: 0x48, A: 0xff}, color.NRGBA{R: 0xdd, G: 0xe0, B: 0xe4, A: 0xff}, draw.TriangleGlyph{}},
	{color.NRGBA{R: 0x7a, G: 0x2a, B: 0x00, A: 0xff}, color.NRGBA{R: 0xf0, G: 0xd3, B: 0xc3, A: 0xff}, draw.SquareGlyph{}},
}

// lookOf gives what has a place among what is compared the same look in every figure of a campaign.
func lookOf(place int) look { return looks[max(0, place)%len(looks)] }

// filled and open are the look with the markers of a first and a second line.
func (l look) filled() look { l.marker = draw.CircleGlyph{}; return l }
func (l look) open() look   { l.marker = draw.SquareGlyph{}; return l }

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
