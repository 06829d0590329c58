package tables

import (
	"math"
	"strconv"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

const (
	// uncertaintyDigits is how many significant digits an uncertainty has, and the value as many places.
	uncertaintyDigits = 2
	// plainDigits is how many significant digits something without an uncertainty has.
	plainDigits = 3
	// floatDigits is how many decimal digits every float64 has.
	floatDigits = 15
)

// number is rounded, as it is shown: in digits, with a hyphen as its minus. Low and high are the ends of its interval, "" where
// there is none.
//
// With an interval all three are rounded to the place of the second significant digit of the interval's half-width: JCGM
// 100:2008 (GUM), 7.2.6, has uncertainties with at most two significant digits, and values to the same place. No place is finer
// than the unit in which values are stored, however narrow the interval, nor than what float64 holds. Where the place is
// above the units, zeros fill the number up. A value without an interval has three significant digits, which nothing supports: tables
// say so.
type number struct {
	value, low, high string
	// below: the value is less than what is shown.
	below bool
}

// scaled says how values of a column are shown: divided by size, to no finer place than finest, an exponent of ten.
type scaled struct {
	size   float64
	finest int
}

// unscaled is for what has no unit, such as ratios.
func unscaled() scaled { return scaled{size: 1, finest: math.MinInt} }

// scaledBy shows values of a unit in the scale.
func scaledBy(scale bench.Scale) scaled {
	return scaled{size: scale.Size, finest: int(math.Ceil(-math.Log10(scale.Size)))}
}

// rounded gives a value, in the stored unit, as it is shown.
func (s scaled) rounded(value float64, interval *statistics.Interval) number {
	value /= s.size
	if interval == nil {
		return number{value: significant(value, plainDigits)}
	}
	low, high := interval.Low/s.size, interval.High/s.size
	half := (high - low) / 2
	if !(half > 0) { // all values are equal, or so near that their difference is lost
		shown := significant(value, plainDigits)
		return number{value: shown, low: shown, high: shown}
	}
	place := max(lastPlace(half, uncertaintyDigits), s.finest, lastPlace(max(math.Abs(value), math.Abs(low), math.Abs(high)), floatDigits))
	return number{value: toPlace(value, place), low: toPlace(low, place), high: toPlace(high, place)}
}

// significant writes a number with so many significant digits, without an exponent.
func significant(value float64, digits int) string {
	if value == 0 {
		return "0"
	}
	return toPlace(value, lastPlace(value, digits))
}

// lastPlace is the exponent of ten of the last of so many significant digits of a number that is not 0, once it is rounded: 0.0996
// has its second one in place -2, as 0.10.
func lastPlace(value float64, digits int) int {
	written := strconv.FormatFloat(value, 'e', digits-1, 64)
	exponent, err := strconv.Atoi(written[strings.IndexByte(written, 'e')+1:])
	if err != nil { // infinite or no number: none that Sample.Check lets through
		return 0
	}
	return exponent - digits + 1
}

// toPlace rounds to the nearest multiple of 10^place and writes it without an exponent; ties go by the value as float64 has it.
func toPlace(value float64, place int) string {
	var text string
	if place <= 0 {
		text = strconv.FormatFloat(value, 'f', -place, 64)
	} else if text = strconv.FormatFloat(value/math.Pow10(place), 'f', 0, 64); strings.Trim(text, "-0") != "" {
		text += strings.Repeat("0", place)
	}
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return text
}

// probability of a test: it has no uncertainty.
func probability(p float64) number {
	text, below := strings.CutPrefix(statistics.ProbabilityText(p), "< ")
	return number{value: text, below: below}
}

// raw writes a value as it is, without an exponent, so that it reads back the same.
func raw(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
