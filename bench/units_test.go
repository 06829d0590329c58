package bench_test

import (
	"testing"

	"eaibench/bench"
)

func TestScale(t *testing.T) {
	for _, test := range []struct {
		unit   bench.Unit
		values []float64
		digits int
		want   string
	}{
		{bench.Nanoseconds, []float64{999}, 3, "999 ns"},
		{bench.Nanoseconds, []float64{1500, 2}, 3, "1.50 µs"},
		{bench.Nanoseconds, []float64{3456789}, 3, "3.46 ms"},
		{bench.Nanoseconds, []float64{123456789}, 2, "123 ms"},
		{bench.Nanoseconds, []float64{2e9}, 2, "2.0 s"},
		{bench.Nanoseconds, []float64{0}, 3, "0 ns"},
		{bench.Nanoseconds, []float64{999_600}, 3, "1.00 ms"},
		{bench.Nanoseconds, []float64{999_400}, 3, "999 µs"},
		{bench.Nanoseconds, []float64{9_996_000}, 3, "10.0 ms"},
		{bench.Nanoseconds, []float64{1e6, 999_600}, 3, "1.00 ms"},
		{bench.Bytes, []float64{1 << 20}, 3, "1.00 MiB"},
		{bench.Bytes, []float64{1023}, 3, "1023 B"},
		{"req/s", []float64{12345}, 3, "12345 req/s"},
	} {
		scale := bench.ScaleFor(test.unit, test.values...)
		if got := scale.Format(test.values[0], test.digits) + " " + scale.Name; got != test.want {
			t.Errorf("%v %s: got %q, want %q", test.values, test.unit, got, test.want)
		}
	}
}
