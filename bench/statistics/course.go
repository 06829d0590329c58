package statistics

import (
	"fmt"
	"math"
	"slices"
)

// CourseClass says what a series of values, one after the other, does. Less is better, as it is for times.
type CourseClass string

// The classes of Barrett et al. 2017, Virtual Machine Warmup Blows Hot and Cold (arXiv:1602.00602).
const (
	// Flat: all segments are like the last one.
	Flat CourseClass = "flat"
	// WarmUp: it ends in a steady state, and what is unlike it is higher.
	WarmUp CourseClass = "warm-up"
	// Slowdown: it ends in a steady state, and something before was lower.
	Slowdown CourseClass = "slowdown"
	// NoSteadyState: it still changes in its last quarter.
	NoSteadyState CourseClass = "no steady state"
)

// Settings of the classification.
const (
	// fewestForCourse: a quarter of fewer is hardly more than the shortest segment.
	fewestForCourse = 10
	// steadyShare of the series' end is where a steady state is demanded: the paper's 500 of 2000.
	steadyShare = 4
	// widestWindow and windowBand are the paper's: 200 values around, 3 times the distance of their P90 and P10.
	widestWindow = 200
	windowBand   = 3
	// narrowestWindow has percentiles that one value does not make alone.
	narrowestWindow = 10
	// likeness is the share of the last segment's mean within which a segment is always like it: the paper's 0.001 s
	// for benchmarks of about a second.
	likeness = 0.001
)

// Course is what Classify finds.
type Course struct {
	Class CourseClass `json:"class"`
	// FirstSteady is the index of the first value of the steady state; nil where there is none.
	FirstSteady *int `json:"first_steady,omitempty"`
	// Segments, in order; each begins where the one before ends.
	Segments []Segment `json:"segments"`
	// Outliers are the indices, rising, of the values that the segments' mean and standard deviation leave out.
	Outliers []int `json:"outliers,omitempty"`
}

// Segment is a stretch of a series between two changes.
type Segment struct {
	// From is its first index, To the one after its last.
	From int `json:"from"`
	To   int `json:"to"`
	// Mean and SD (n−1; 0 for a single value) are in the values' unit, without outliers.
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	// LikeLast tells whether its mean is that of the last segment, within that one's SD or 0.1 % of its mean,
	// whichever is more.
	LikeLast bool `json:"like_last"`
}

// Classify finds the changes of a series in the order in which it was measured, and what they make of it, after
// Barrett et al. 2017 with these rules:
//
//  1. Values outside median ± 3·(P90 − P10) of the window around them are left aside. The window is the paper's 200
//     values, or half of a series shorter than 400; below 10 there is none. As in the paper, values at the start whose
//     window would begin before the series stay: that is where a warm-up is.
//  2. Changepoints (see there) cuts the rest into segments.
//  3. A segment is like the last one if its mean is within the last one's standard deviation, or 0.1 % of its mean,
//     whichever is more. The paper says variance and 0.001 s, which depend on the unit.
//  4. Where a segment that reaches into the last quarter is not like the last one, there is no steady state.
//  5. Else the class follows from the segments before the steady state; it begins with the first of the segments that
//     are like the last one without a break.
//
// The error is ErrEmpty, ErrNotFinite, or ErrTooFew below 10 values.
func Classify(values []float64) (Course, error) {
	if err := checkFinite(values); err != nil {
		return Course{}, err
	}
	n := len(values)
	if n < fewestForCourse {
		return Course{}, fmt.Errorf("course of %d values: %w", n, ErrTooFew)
	}
	course := Course{Outliers: strays(values)}
	kept := make([]float64, 0, n)
	var places []int // of what is kept
	for i, value := range values {
		if _, stray := slices.BinarySearch(course.Outliers, i); !stray {
			kept, places = append(kept, value), append(places, i)
		}
	}
	changes, err := Changepoints(kept)
	if err != nil {
		return Course{}, err
	}
	if course.Segments, err = segmentsOf(kept, changes); err != nil {
		return Course{}, err
	}
	// Back to the series' own indices; what was left aside belongs to the segment before it.
	for i := range course.Segments {
		segment := &course.Segments[i]
		if segment.From > 0 {
			segment.From = places[segment.From]
		}
		if segment.To == len(kept) {
			segment.To = n
		} else {
			segment.To = places[segment.To]
		}
	}
	course.classify(n)
	return course, nil
}

// segmentsOf cuts values at the changes, and compares each part with the last one.
func segmentsOf(values []float64, changes []int) ([]Segment, error) {
	ends := append(slices.Clone(changes), len(values))
	segments := make([]Segment, len(ends))
	from := 0
	for i, to := range ends {
		summary, err := Summarize(values[from:to])
		if err != nil {
			return nil, err
		}
		segments[i] = Segment{From: from, To: to, Mean: summary.Mean}
		if summary.SD != nil {
			segments[i].SD = *summary.SD
		}
		from = to
	}
	last := segments[len(segments)-1]
	within := max(last.SD, likeness*math.Abs(last.Mean))
	for i := range segments {
		segments[i].LikeLast = math.Abs(segments[i].Mean-last.Mean) <= within
	}
	return segments, nil
}

// classify sets class and steady state of a series of n values from its segments.
func (c *Course) classify(n int) {
	first := len(c.Segments) - 1 // of the steady state
	for first > 0 && c.Segments[first-1].LikeLast {
		first--
	}
	steady := c.Segments[first].From
	if steady > n-n/steadyShare {
		c.Class = NoSteadyState
		return
	}
	c.Class, c.FirstSteady = Flat, &steady
	last := c.Segments[len(c.Segments)-1]
	for _, segment := range c.Segments[:first] {
		switch {
		case segment.LikeLast:
		case segment.Mean < last.Mean:
			c.Class = Slowdown
			return
		default:
			c.Class = WarmUp
		}
	}
}

// strays are the indices of values far from those around them.
func strays(values []float64) []int {
	width := min(widestWindow, len(values)/2)
	if width < narrowestWindow {
		return nil
	}
	half := width / 2
	var found []int
	var window slidingWindow
	for _, value := range values[:min(len(values), 2*half)] {
		window.insert(value)
	}
	for i := half; i < len(values); i++ {
		// The window is [i−half, i+half), and ends with the series.
		if i > half {
			window.remove(values[i-half-1])
			if i+half <= len(values) {
				window.insert(values[i+half-1])
			}
		}
		median := quantile(window.sorted, 0.5)
		band := windowBand * (quantile(window.sorted, 0.9) - quantile(window.sorted, 0.1))
		if values[i] > median+band || values[i] < median-band {
			found = append(found, i)
		}
	}
	return found
}

// slidingWindow keeps the values of a window in order.
type slidingWindow struct{ sorted []float64 }

func (w *slidingWindow) insert(value float64) {
	at, _ := slices.BinarySearch(w.sorted, value)
	w.sorted = slices.Insert(w.sorted, at, value)
}

func (w *slidingWindow) remove(value float64) {
	at, _ := slices.BinarySearch(w.sorted, value)
	w.sorted = slices.Delete(w.sorted, at, at+1)
}
