package tables

import (
	"testing"

	"eaibench/bench"
)

// A table has one unit, by its largest value: but no more than the next above that of the middle one.
func TestUnitOfMedians(t *testing.T) {
	for _, test := range []struct {
		unit   bench.Unit
		values []float64
		want   string
	}{
		{bench.Nanoseconds, []float64{10e3, 150e3, 93.73e6}, "ms"},
		{bench.Nanoseconds, []float64{10e3, 150e3, 900e3}, "µs"},
		{bench.Nanoseconds, []float64{10e3, 150e3, 12e9}, "ms"},
		{bench.Nanoseconds, []float64{2e6, 30e6, 12e9}, "s"},
		{bench.Bytes, []float64{200 << 10, 900 << 10, 14 << 20}, "MiB"},
		{bench.Bytes, []float64{200 << 10, 900 << 10, 14 << 30}, "MiB"},
	} {
		var rows []medianRow
		for _, value := range test.values {
			rows = append(rows, medianRow{line: line{Series: bench.ExecuteTotal()}, medians: []*medianOf{{value: value, n: 5}}})
		}
		if scale, _, err := scaleAndCount(test.unit, rows); err != nil || scale.Name != test.want {
			t.Errorf("%v: %s, %v; want %s", test.values, scale.Name, err, test.want)
		}
	}
}
