package plots

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
)

// Markers that have room do not cover each other, smaller ones where larger ones would; those that have not stay within the strip, and
// it is told.
func TestSwarm(t *testing.T) {
	for _, test := range []struct {
		n, wide int
		radius  vg.Length
	}{{1, 1, 1.6}, {5, 1, 1.6}, {30, 30, 1.6}, {30, 18, 1.1}, {9, 1, 0.9}, {100, 30, 0.9}} {
		along := make([]vg.Length, test.n)
		for i := range along {
			along[i] = vg.Length(math.Mod(float64(i)*7.3, float64(test.wide)))
		}
		placed := swarmOf(along)
		if placed.radius != test.radius {
			t.Errorf("%d markers in %d have a radius of %v, want %v", test.n, test.wide, placed.radius, test.radius)
		}
		covered := false
		for i := range along {
			if math.Abs(float64(placed.away[i]))+float64(placed.radius) > float64(stripHeight)/2+1e-9 {
				t.Errorf("%d markers in %d: one stands at %v", test.n, test.wide, placed.away[i])
			}
			for j := range i {
				covered = covered || math.Hypot(float64(placed.away[i]-placed.away[j]), float64(along[i]-along[j])) < float64(2*placed.radius)-1e-9
			}
		}
		if covered != placed.covered {
			t.Errorf("%d markers in %d cover each other: %v, told is %v", test.n, test.wide, covered, placed.covered)
		}
	}
	same := swarmOf(make([]vg.Length, 100))
	lines := map[vg.Length]int{}
	for _, y := range same.away {
		lines[y]++
	}
	if !same.covered || len(lines) != 9 || lines[0] < 10 {
		t.Errorf("100 equal runs stand at %v", lines)
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
	for word, want := range map[string][]string{
		"getIntegratedServices": {"getIntegrated", "Services"}, "integration_process": {"integration_", "process"}, "a/long/folder/of/it": {"a/long/folder/of/", "it"},
	} {
		if lines := wrap(style, word, width+4); !slices.Equal(lines, want) {
			t.Errorf("%q is broken into %q", word, lines)
		}
	}
	if lines := wrap(style, "W", 1); len(lines) != 1 {
		t.Errorf("no room at all: %q", lines)
	}
}
