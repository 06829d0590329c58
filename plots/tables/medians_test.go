package tables

import (
	"testing"

	"eaibench/bench"
)

// A row has the unit of its largest value, whatever the others have; a mode without a value decides nothing.
func TestUnitOfMedians(t *testing.T) {
	for _, test := range []struct {
		unit   bench.Unit
		values []float64
		want   string
	}{
		{bench.Nanoseconds, []float64{9_850, 12_930, 12_940}, "µs"},
		{bench.Nanoseconds, []float64{900e3, 1.2e6}, "ms"},
		{bench.Nanoseconds, []float64{12e9}, "s"},
		{bench.Bytes, []float64{200 << 10, 900 << 10}, "KiB"},
		{bench.Bytes, []float64{900 << 10, 14 << 20}, "MiB"},
	} {
		row := medianRow{line: line{Series: bench.ExecuteTotal()}, medians: []*medianOf{nil}}
		for _, value := range test.values {
			row.medians = append(row.medians, &medianOf{value: value, n: 5})
		}
		if scale := row.scale(test.unit); scale.Name != test.want {
			t.Errorf("%v: %s, want %s", test.values, scale.Name, test.want)
		}
	}
}
