package bench

import (
	"math"
	"strconv"
	"strings"
)

// Scale is a unit as people see it.
type Scale struct {
	// Name is the unit's sign: ns, µs, ms, s; B, KiB, MiB, GiB; "" of a count.
	Name string
	// Size is how many of the stored unit make one.
	Size float64
}

// ScaleFor chooses the scale in which the largest of the values has one to three
// digits before the point (bytes: up to four), so that a table or an axis has
// one unit throughout. An unknown unit is left as it is.
func ScaleFor(unit Unit, values ...float64) Scale {
	largest := 0.0
	for _, value := range values {
		largest = max(largest, math.Abs(value))
	}
	var scales []Scale
	switch unit {
	case Nanoseconds:
		scales = []Scale{{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}}
	case Bytes:
		scales = []Scale{{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}
	case Count:
		return Scale{"", 1}
	default:
		return Scale{string(unit), 1}
	}
	const roundsToOne = 0.9995 // in three digits, which a number of its unit is written with at the least
	chosen := scales[0]
	for _, scale := range scales {
		if largest >= roundsToOne*scale.Size {
			chosen = scale
		}
	}
	return chosen
}

// Format writes a value in the scale, with digits significant digits, at least
// those before the point.
func (s Scale) Format(value float64, digits int) string {
	return Significant(value/s.Size, digits)
}

// Significant writes a number with so many significant digits, without an
// exponent, never rounding off digits before the point.
func Significant(value float64, digits int) string {
	if value == 0 {
		return "0"
	}
	// Of the rounded number: 0.9996 is 1.00, not 1.000.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(value, 'e', max(0, digits-1), 64), "e")
	magnitude, err := strconv.Atoi(exponent)
	if err != nil { // infinite, or no number
		magnitude = 0
	}
	return strconv.FormatFloat(value, 'f', max(0, digits-1-magnitude), 64)
}
