package tables

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// between is an interval with nothing but its ends.
func between(low, high float64) *statistics.Interval {
	return &statistics.Interval{Low: low, High: high}
}

func TestRounded(t *testing.T) {
	milliseconds := scaledBy(bench.Scale{Name: "ms", Size: 1e6})
	for _, test := range []struct {
		name     string
		scale    scaled
		value    float64
		interval *statistics.Interval
		want     number
	}{
		{"two digits of the half-width", unscaled(), 1.23456, between(1.2, 1.26), number{value: "1.235", low: "1.200", high: "1.260"}},
		{"half-width 1", unscaled(), 10, between(9, 11), number{value: "10.0", low: "9.0", high: "11.0"}},
		{"half-width 0.0996 has its digits in 0.10", unscaled(), 3, between(2.9004, 3.0996), number{value: "3.00", low: "2.90", high: "3.10"}},
		{"zeros in place of what is not known", unscaled(), 12347, between(11947, 12747), number{value: "12350", low: "11950", high: "12750"}},
		{"larger than the value", unscaled(), 3, between(-400, 406), number{value: "0", low: "-400", high: "410"}},
		{"no minus before zero", unscaled(), -0.001, between(-0.5, 0.5), number{value: "0.00", low: "-0.50", high: "0.50"}},
		{"no finer than a nanosecond", milliseconds, 1_234_567.5, between(1_234_567.49, 1_234_567.51), number{value: "1.234568", low: "1.234567", high: "1.234568"}},
		{"no finer than float64", unscaled(), 1.0 / 3, between(1.0/3-1e-16, 1.0/3+1e-16), number{value: "0.333333333333333", low: "0.333333333333333", high: "0.333333333333333"}},
		{"scaled", milliseconds, 5_993_230, between(5_970_100, 6_034_000), number{value: "5.993", low: "5.970", high: "6.034"}},
		{"without an interval", milliseconds, 5_993_230, nil, number{value: "5.99"}},
		{"without an interval, rounded up", unscaled(), 0.99961, nil, number{value: "1.00"}},
		{"without an interval, large", unscaled(), 98_765, nil, number{value: "98800"}},
		{"without an interval, small", unscaled(), -0.000123456, nil, number{value: "-0.000123"}},
		{"all values are equal", unscaled(), 2, between(2, 2), number{value: "2.00", low: "2.00", high: "2.00"}},
		{"zero", unscaled(), 0, nil, number{value: "0"}},
		{"zero, surely", unscaled(), 0, between(0, 0), number{value: "0", low: "0", high: "0"}},
	} {
		if got := test.scale.rounded(test.value, test.interval); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestProbability(t *testing.T) {
	for p, want := range map[float64]number{
		1: {value: "1"}, 0.20361328125: {value: "0.2036"}, 0.00146484375: {value: "0.0015"}, 0.0001: {value: "0.0001"},
		0.00009999: {value: "0.0001", below: true}, 1e-300: {value: "0.0001", below: true},
	} {
		if got := probability(p); got != want {
			t.Errorf("%v: %+v, want %+v", p, got, want)
		}
	}
}

// placeOf is the value of the last place of a number, or of the one before the zeros that end it.
func placeOf(digits string) *big.Rat {
	whole, after, point := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	ten := big.NewRat(10, 1)
	place := big.NewRat(1, 1)
	if point {
		for range after {
			place.Quo(place, ten)
		}
		return place
	}
	for strings.HasSuffix(whole, "0") && len(whole) > 1 {
		whole = whole[:len(whole)-1]
		place.Mul(place, ten)
	}
	return place
}

func rational(t *rapid.T, digits string) *big.Rat {
	value, ok := new(big.Rat).SetString(digits)
	if !ok {
		t.Fatalf("%q is no number", digits)
	}
	return value
}

// drawn is a value of any size and sign, drawn by its exponent.
func drawn(t *rapid.T, label string) float64 {
	return rapid.Float64Range(-9.999, 9.999).Draw(t, label) * math.Pow10(rapid.IntRange(-6, 12).Draw(t, label+"'s exponent"))
}

// What is shown with an interval has the last place of the half-width's second digit: neither finer, nor coarser by more than
// what is stored allows, and every number is at most half of it away from what it was.
func TestRoundedByTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawn(t, "value")
		half := math.Abs(drawn(t, "half-width"))
		low, high := value-half*rapid.Float64Range(0, 1).Draw(t, "below"), value+half
		width := (high - low) / 2
		if !(width > math.Abs(value)*1e-9) {
			t.Skip("float64 holds too little of it")
		}
		got := unscaled().rounded(value, between(low, high))
		// The place, from the half-width alone: width/place is from 10 to 100 once rounded.
		place := math.Pow10(lastPlace(width, 2))
		if digits := math.Round(width / place); digits < 10 || digits > 99 {
			t.Fatalf("half-width %v has %v at place %v", width, digits, place)
		}
		for _, one := range []struct {
			shown string
			exact float64
		}{{got.value, value}, {got.low, low}, {got.high, high}} {
			shown := rational(t, one.shown)
			away, _ := new(big.Rat).Sub(shown, new(big.Rat).SetFloat64(one.exact)).Float64()
			if math.Abs(away) > place*(0.5+1e-6) {
				t.Fatalf("%v is shown as %s, %v away; the place is %v", one.exact, one.shown, away, place)
			}
			if finest, _ := placeOf(one.shown).Float64(); one.shown != "0" && finest < place*(1-1e-9) {
				t.Fatalf("%s has more digits than ± %v supports", one.shown, width)
			}
		}
		if rational(t, got.low).Cmp(rational(t, got.value)) > 0 || rational(t, got.value).Cmp(rational(t, got.high)) > 0 {
			t.Fatalf("%+v is out of order", got)
		}
	})
}

// A unit changes where the point stands, not which digits are shown.
func TestRoundedInEveryUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := float64(rapid.Int64Range(1_000_000, 999_999_999_999).Draw(t, "ns"))
		half := value * rapid.Float64Range(0.001, 0.5).Draw(t, "relative half-width")
		interval := between(value-half, value+half)
		digits := func(n string) string { return strings.Trim(strings.ReplaceAll(n, ".", ""), "0") }
		ns, ms := scaledBy(bench.Scale{Size: 1}).rounded(value, interval), scaledBy(bench.Scale{Size: 1e6}).rounded(value, interval)
		if place := math.Pow10(lastPlace(half, 2)); math.Mod(value, place) == place/2 {
			t.Skip("dividing moves a value that lies just between two")
		}
		if digits(ns.value) != digits(ms.value) {
			t.Fatalf("%s ns and %s ms", ns.value, ms.value)
		}
	})
}

// What has no interval has three significant digits.
func TestSignificant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawn(t, "value")
		got := significant(value, 3)
		if value == 0 {
			return
		}
		if digits := strings.Trim(strings.NewReplacer(".", "", "-", "").Replace(got), "0"); len(digits) > 3 {
			t.Fatalf("%v is shown as %s", value, got)
		}
		shown, _ := rational(t, got).Float64()
		if math.Abs(shown-value) > math.Abs(value)*0.00501 {
			t.Fatalf("%v is shown as %s", value, got)
		}
	})
}

// What CSV has reads back as it was computed.
func TestRaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawn(t, "value")
		got, _ := rational(t, raw(value)).Float64()
		if got != value || strings.ContainsAny(raw(value), "eE") {
			t.Fatalf("%v is written as %s", value, raw(value))
		}
	})
}
