package plots

import (
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
)

// Markers that have room do not cover each other; those that have not stay within the strip.
func TestBeside(t *testing.T) {
	spaced := make([]vg.Length, 30)
	for i := range spaced {
		spaced[i] = vg.Length(math.Mod(float64(i)*7.3, 30)) // 30 markers need 6 places of 5, 3.2 each
	}
	places := beside(spaced)
	for i := range spaced {
		for j := range i {
			if math.Hypot(float64(places[i]-places[j]), float64(spaced[i]-spaced[j])) < float64(2*markerRadius) {
				t.Errorf("markers at %v and %v cover each other", spaced[i], spaced[j])
			}
		}
	}
	same := beside(make([]vg.Length, 100))
	columns := map[vg.Length]int{}
	for _, x := range same {
		columns[x]++
		if x < -stripHeight/2+markerRadius || x > stripHeight/2-markerRadius {
			t.Errorf("a marker stands at %v", x)
		}
	}
	if len(columns) != 5 || columns[0] < 20 {
		t.Errorf("100 equal runs stand at %v", columns)
	}
	if one := beside([]vg.Length{7}); one[0] != 0 {
		t.Errorf("a single run stands at %v", one)
	}
}

func TestWrap(t *testing.T) {
	style := textStyle(textSize, false, ink)
	const width = 60
	for content, least := range map[string]int{
		"": 1, "short": 1, "several words that need lines of their own": 3,
		"a-name-with-hyphens-that-is-long": 2, "Donaudampfschifffahrtsgesellschaft": 2, "çãõéíçãõéíçãõéíçãõéíçãõéí": 2,
	} {
		lines := wrap(style, content, width)
		joined := ""
		for i, line := range lines {
			if style.Width(line) > width {
				t.Errorf("%q is too wide", line)
			}
			if i > 0 && content[len(joined)] == ' ' {
				joined += " "
			}
			joined += line
		}
		if joined != content || len(lines) < least {
			t.Errorf("%q became %q", content, lines)
		}
	}
	if lines := wrap(style, "a-name-with-hyphens", width); lines[0] != "a-name-with-" {
		t.Errorf("not broken at a hyphen: %q", lines)
	}
	if lines := wrap(style, "W", 1); len(lines) != 1 {
		t.Errorf("no room at all: %q", lines)
	}
}
