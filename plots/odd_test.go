package plots_test

import (
	"math"
	"testing"

	"eaibench/plots"
	"eaibench/scenarios/figure"
)

// Values at the ends of what a number can tell apart are drawn too: neither are an axis' marks counted for ever, nor has a marker no line.
func TestValuesAtTheEndsOfNumbers(t *testing.T) {
	for name, value := range map[string]func(i int) float64{
		"two neighbours":     func(i int) float64 { return 1e18 + 128*float64(i%2) },
		"next to nothing":    func(int) float64 { return 1e-300 },
		"nothing":            func(int) float64 { return 0 },
		"alike":              func(int) float64 { return 12345678 },
		"the smallest":       func(int) float64 { return math.SmallestNonzeroFloat64 },
		"all there are":      func(i int) float64 { return []float64{math.SmallestNonzeroFloat64, 1, 1e300}[i%3] },
		"sixteen magnitudes": func(i int) float64 { return []float64{1, 1e8, 1e16}[i%3] },
	} {
		t.Run(name, func(t *testing.T) {
			data := whole(smallest())
			for i := range data.Samples {
				data.Samples[i].Value = value(i)
			}
			source := must(t, data)
			for _, kind := range []figure.Kind{figure.Box, figure.Violin, figure.Strip, figure.Bars, figure.Forest, figure.ECDF, figure.QQ, figure.Sequence, figure.HeatMap, figure.Stacked} {
				for _, scale := range []figure.Scale{figure.Auto, figure.Linear, figure.Logarithmic} {
					entry := figure.Entry{ID: string(kind), Kind: kind, Metric: figure.Metrics{"start_total"}, Scale: scale}
					drawn, err := plots.Draw(source, entry)
					if err != nil {
						t.Fatalf("%s, %s: %v", kind, scale, err)
					}
					horizontal, _ := plots.AxesOf(drawn)
					if axis := horizontal[0]; axis.Low >= axis.High {
						t.Errorf("%s, %s: an axis from %v to %v", kind, scale, axis.Low, axis.High)
					}
					picture(t, source, entry, plots.SVG)
				}
			}
		})
	}
}
