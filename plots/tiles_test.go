package plots

import (
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"eaibench/bench"
)

// contrastOf two colours, as WCAG 2.1 has it.
func contrastOf(a, b color.NRGBA) float64 {
	with := contrast(a) / contrast(b)
	return max(with, 1/with)
}

// What is written on a colour can be read, whatever the colour is: of tiles, of steps, and of any other.
func TestReadableOn(t *testing.T) {
	const least = 4.5 // WCAG 2.1, AA
	var fills []color.NRGBA
	for share := -1.0; share <= 1; share += 1.0 / 256 {
		if readableOn(shade(share)) != ink {
			t.Errorf("dark text on the colour at %v has a contrast of %.2f", share, contrastOf(ink, shade(share)))
		}
	}
	for grey := range 256 {
		fills = append(fills, color.NRGBA{R: uint8(grey), G: uint8(grey), B: uint8(grey), A: 0xff})
	}
	for _, of := range shades {
		fills = append(fills, of...)
	}
	for _, fill := range append(fills, kindColours...) {
		if got := contrastOf(readableOn(fill), fill); got < least {
			t.Errorf("on %v a text has a contrast of %.2f", fill, got)
		}
	}
}

// Less than in the first is as far from white as more is, in grey too, and has another hue.
func TestShadeDiverges(t *testing.T) {
	if shade(0) != white {
		t.Errorf("no difference is %v", shade(0))
	}
	for share := 0.25; share <= 1; share += 0.25 {
		more, less, before := shade(share), shade(-share), shade(share-0.25)
		if contrast(more) <= contrast(before) {
			t.Errorf("at %v it is no darker than before", share)
		}
		if !(more.B > more.R && less.R > less.B) {
			t.Errorf("at %v the colours are %v and %v", share, more, less)
		}
		if away := math.Abs(contrast(more)/contrast(less) - 1); away > 0.15 {
			t.Errorf("at %v one is %.0f %% darker than the other", share, away*100)
		}
	}
}

// In grey a mark tells more from less.
func TestTileMarks(t *testing.T) {
	for ratio, want := range map[float64]int{0.5: 1, 1: 0, 1.001: 0, 2: 1, 0: 0} {
		var seen recorder.Canvas
		in := vg.Rectangle{Max: vg.Point{X: 60, Y: 24}}
		one := tiles{table: table{}, reach: math.Log(2)}
		one.draw(draw.NewCanvas(&seen, 60, 24), in, tile{value: 5, ratio: ratio}, bench.Scale{Size: 1})
		triangles := 0
		for _, action := range seen.Actions {
			if fill, ok := action.(*recorder.Fill); ok && len(fill.Path) == 4 {
				triangles++
				up := fill.Path[2].Pos.Y > fill.Path[0].Pos.Y
				if up != (ratio > 1) {
					t.Errorf("of %v the mark points up: %v", ratio, up)
				}
			}
		}
		if triangles != want {
			t.Errorf("%v has %d marks", ratio, triangles)
		}
	}
}
