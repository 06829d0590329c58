package plots

import (
	"fmt"
	"image/color"
	"math"
	"testing"
)

// linear is a channel's light.
func linear(channel uint8) float64 {
	c := float64(channel) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// contrast with white, as WCAG 2.1 has it.
func contrast(c color.NRGBA) float64 {
	return 1.05 / (0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05)
}

// seen gives a colour in CIELAB (D65) as who lacks a kind of cone sees it: Machado, Oliveira and Fernandes (2009), severity 1.
func seen(c color.NRGBA, by [3][3]float64) (lab [3]float64) {
	of := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	times := func(matrix [3][3]float64, v [3]float64) (product [3]float64) {
		for i, row := range matrix {
			for j, share := range row {
				product[i] += share * v[j]
			}
			product[i] = max(product[i], 0)
		}
		return product
	}
	xyz := times([3][3]float64{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}, times(by, of))
	root := func(t float64) float64 {
		if t > 0.008856 {
			return math.Cbrt(t)
		}
		return 7.787*t + 16.0/116
	}
	x, y, z := root(xyz[0]/0.95047), root(xyz[1]), root(xyz[2]/1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Six of what is compared differ in marker and dashes, can be read as text, and differ in colour for the colour-blind.
func TestLooks(t *testing.T) {
	kinds, dashes := map[string]bool{}, map[string]bool{}
	for place := range looks {
		kinds[fmt.Sprintf("%T", lookOf(place).marker)] = true
		dashes[fmt.Sprint(line{pattern: place}.style().Dashes)] = true
		if got := contrast(lookOf(place).dark); got < 4.5 {
			t.Errorf("look %d has a contrast of %.2f", place, got)
		}
	}
	if len(looks) != 6 || len(kinds) != 6 || len(dashes) != 6 {
		t.Errorf("%d looks have %d markers and %d patterns", len(looks), len(kinds), len(dashes))
	}
	for name, by := range map[string][3][3]float64{
		"all":          {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	} {
		for i := range looks {
			for j := range i {
				const apart = 15 // several times what is just noticeable
				a, b := seen(lookOf(i).dark, by), seen(lookOf(j).dark, by)
				if away := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2]); away < apart {
					t.Errorf("looks %d and %d are %.0f apart for %s", i, j, away, name)
				}
			}
		}
	}
}
