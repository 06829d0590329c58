package plots

import (
	"fmt"
	"math"

	"eaibench/bench"
)

// span is the range of values that a panel draws.
type span struct{ low, high float64 }

// noSpan is the range of no value.
func noSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func spanOf(values []float64) span {
	s := noSpan()
	for _, value := range values {
		s = span{min(s.low, value), max(s.high, value)}
	}
	return s
}

func (s span) empty() bool { return s.low > s.high }

// and is the range of both.
func (s span) and(other span) span { return span{min(s.low, other.low), max(s.high, other.high)} }

// length is how long the range is drawn, from 0 where the axis begins there.
func (s span) length(fromZero bool) float64 {
	if fromZero {
		return s.high
	}
	return s.high - s.low
}

// hasLogarithm tells whether an axis of it can be logarithmic: from a positive number on, and not over more decades than there are
// numbers for, which nothing that is measured has.
func (s span) hasLogarithm() bool {
	const smallest, furthest = 1e-200, 1e100
	return s.low >= smallest && s.high/s.low <= furthest
}

// noLogarithm says why it has none.
func (s span) noLogarithm() string {
	why := "A value of 0 has no logarithm"
	if s.low > 0 {
		why = "The values are too small, or too far apart, for logarithms"
	}
	return why + ": the axis is linear."
}

// decades tells whether it is positive and spans more than a decade.
func (s span) decades() bool {
	const decade = 10
	return s.hasLogarithm() && s.high/s.low > decade
}

// readable is how many times longer than a panel's own range its axis may be.
const readable = 10

// axisSpans gives panels the range of all, unless the axis is linear and what one of them draws would be too short to be read on it. It
// tells whether they have one range.
func axisSpans(spans []span, fromZero bool, logarithmic func(span) bool) (ranges []span, shared bool) {
	all := noSpan()
	for _, s := range spans {
		all = all.and(s)
	}
	if !all.empty() && !logarithmic(all) {
		for _, s := range spans {
			// A single value is as short on every axis.
			if own := s.length(fromZero); !s.empty() && own > 0 && own*readable < all.length(fromZero) {
				return spans, false
			}
		}
	}
	ranges = make([]span, len(spans))
	for i := range spans {
		ranges[i] = all
	}
	return ranges, true
}

// sharedSpans gives the panels of each quantity the ranges of their axes, those of one metric the same, whatever its services and
// components. Where they differ too much for that, the figure says so.
func (v *view) sharedSpans(f *Figure, spans [][]span, fromZero bool, logarithmic func(span) bool) [][]span {
	type metric struct {
		name string // of throughput none
		unit bench.Unit
	}
	together := map[metric][]span{}
	of := func(i int) metric { return metric{v.quantities[i].series.Metric, v.quantities[i].unit} }
	for i := range spans {
		together[of(i)] = append(together[of(i)], spans[i]...)
	}
	ranges := make([][]span, len(spans))
	for i := range spans {
		own, shared := axisSpans(together[of(i)], fromZero, logarithmic)
		ranges[i] = spans[i]
		if shared {
			ranges[i] = own[:len(spans[i])]
		} else {
			f.say(fmt.Sprintf("Each panel of %s has its own scale: on a common one, what spreads %d times less could not be read.", v.quantities[i].name, readable))
		}
	}
	return ranges
}

// isLogarithmic tells whether an axis of a range is logarithmic since the figure asks for it. A logarithm of 0 there is not.
func (v *view) isLogarithmic(s span) bool { return v.logarithmic() && s.hasLogarithm() }
