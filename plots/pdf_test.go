package plots

import (
	"bytes"
	"errors"
	"math"
	"regexp"
	"strconv"
	"testing"

	"gonum.org/v1/plot/vg"
)

// Circles and arcs are curves that stay on the circle, each piece of which ends where the next begins.
func TestArcs(t *testing.T) {
	const radius, x, y, height = 20, 50, 40, 100
	for _, angle := range []float64{2 * math.Pi, -2 * math.Pi, 1, -3, math.Pi / 2} {
		c := newPDF(100, height, "")
		c.page.SetCompression(false)
		var path vg.Path
		path.Move(vg.Point{X: x + radius, Y: y})
		path.Arc(vg.Point{X: x, Y: y}, radius, 0, angle)
		c.Stroke(path)
		var file bytes.Buffer
		if _, err := c.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		curves := regexp.MustCompile(`(?m)^([0-9. -]+) c$`).FindAllStringSubmatch(file.String(), -1)
		if want := int(math.Ceil(math.Abs(angle) / (math.Pi / 2))); len(curves) != want {
			t.Fatalf("%v: %d pieces, want %d", angle, len(curves), want)
		}
		at := [2]float64{x + radius, y}
		for i, curve := range curves {
			var numbers []float64
			for _, text := range regexp.MustCompile(`[0-9.-]+`).FindAllString(curve[1], -1) {
				number, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				numbers = append(numbers, number)
			}
			for share := 0.0; share <= 1; share += 0.125 {
				a, b, d, e := math.Pow(1-share, 3), 3*share*math.Pow(1-share, 2), 3*share*share*(1-share), math.Pow(share, 3)
				px := a*at[0] + b*numbers[0] + d*numbers[2] + e*numbers[4]
				py := a*at[1] + b*numbers[1] + d*numbers[3] + e*numbers[5]
				if away := math.Hypot(px-x, py-y); math.Abs(away-radius) > 0.02 {
					t.Errorf("%v, piece %d at %v: %v from the centre", angle, i, share, away)
				}
			}
			at = [2]float64{numbers[4], numbers[5]}
		}
		if end := math.Hypot(at[0]-x-radius*math.Cos(angle), at[1]-y-radius*math.Sin(angle)); end > 0.02 {
			t.Errorf("%v ends %v away from where it should", angle, end)
		}
	}
}

// What would not be drawn as it is meant is not written.
func TestTurnedPDF(t *testing.T) {
	for name, turn := range map[string]func(*pdfCanvas){
		"rotated": func(c *pdfCanvas) { c.Rotate(1) }, "moved": func(c *pdfCanvas) { c.Translate(vg.Point{X: 1}) }, "scaled": func(c *pdfCanvas) { c.Scale(2, 2) },
		"an image": func(c *pdfCanvas) { c.DrawImage(vg.Rectangle{}, nil) },
	} {
		c := newPDF(10, 10, "")
		turn(c)
		if _, err := c.WriteTo(&bytes.Buffer{}); !errors.Is(err, errTurned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
