package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// words say what a comparison shows, with its interval.
func words(c bench.Comparison) string {
	mode, base := c.Cell.Mode, c.Baseline.Mode
	var known *statistics.Interval
	if c.Ratio != nil {
		known = c.Ratio.Interval
	}
	switch {
	case c.Verdict.Shown() && c.Ratio != nil:
		return fmt.Sprintf("%s %s %s %s (%s)%s.", mode, verb(c.Unit), change(c.Unit, c.Ratio), base, interval(known), effect(c.Effect))
	case c.Verdict.Shown():
		return fmt.Sprintf("%s differs from %s, of which the median is 0: %s%s.", mode, base, c.Verdict, effect(c.Effect))
	case c.Verdict == bench.NoDifference:
		return fmt.Sprintf("No difference shown between %s and %s, which is no proof of none%s.", mode, base, inBrackets(known))
	}
	return fmt.Sprintf("Too few runs to say what %s costs against %s%s.", mode, base, inBrackets(known))
}

// effect says of a difference that is shown that it is negligible nonetheless beside how the runs scatter; "" of others.
func effect(of statistics.Effect) string {
	if of.Size != statistics.Negligible {
		return ""
	}
	return fmt.Sprintf(", a negligible effect beside how the runs scatter (δ = %.2f)", of.Delta)
}

func inBrackets(of *statistics.Interval) string {
	if of == nil {
		return ""
	}
	return " (" + interval(of) + ")"
}

// verb of a unit: processes take time, need memory, and count what is counted.
func verb(unit bench.Unit) string {
	switch unit {
	case bench.Nanoseconds:
		return "takes"
	case bench.Bytes:
		return "needs"
	}
	return "has"
}

// manyTimes is the ratio from which on a difference is said as a multiple, and not in percent.
const manyTimes = 2

// change is a ratio in words, up to the name of the baseline: "23 % more time than".
func change(unit bench.Unit, ratio *statistics.Relation) string {
	shown := roundedRatio(ratio)
	if shown.multiple() {
		return shown.words() + noun(unit) + " as"
	}
	return shown.words() + noun(unit) + " than"
}

func noun(unit bench.Unit) string {
	switch unit {
	case bench.Nanoseconds:
		return " time"
	case bench.Bytes:
		return " memory"
	}
	return ""
}

// interval in words: "95 % interval: 8 % more to 34 % more".
func interval(of *statistics.Interval) string {
	return fmt.Sprintf("%.4g %% interval: %s", 100*of.Confidence, between(roundedEnds(*of)))
}

// between says from where to where a ratio may be: "8 % more to 34 % more", "50 % more to 2.5 times as much", "2.5 to 3.0 times as much".
func between(low, high rounded) string {
	if low.multiple() && high.multiple() {
		return low.digits() + " to " + high.words()
	}
	return low.words() + " to " + high.words()
}

// roundedEnds are an interval's, as far as it supports them.
func roundedEnds(of statistics.Interval) (low, high rounded) {
	place := lastPlace(of)
	return rounded{of.Low, place}, rounded{of.High, place}
}

// rounded is a ratio and the last place of it that is written, an exponent of ten.
type rounded struct {
	ratio float64
	place int
}

// roundedRatio is a ratio as far as its interval supports it.
func roundedRatio(of *statistics.Relation) rounded {
	if of.Interval == nil {
		return rounded{of.Value, -2}
	}
	return rounded{of.Value, lastPlace(*of.Interval)}
}

// multiple tells that the ratio is said as a multiple.
func (r rounded) multiple() bool { return r.ratio >= manyTimes }

// words say a ratio: "3.2 times as much" from manyTimes on, "23 % more" below.
func (r rounded) words() string {
	if r.multiple() {
		return r.digits() + " times as much"
	}
	return r.percent()
}

// mostDigits is how many significant digits a multiple has in a sentence, even where its interval supports more; tables have them.
const mostDigits = 4

// digits of a multiple.
func (r rounded) digits() string {
	return decimal(r.ratio, max(r.place, int(math.Floor(math.Log10(r.ratio)))+1-mostDigits))
}

// percent says a ratio as a change: 1.227 at -2 is "23 % more".
func (r rounded) percent() string {
	ratio, by := r.ratio, decimal(math.Abs(100*(r.ratio-1)), r.place+2)
	switch {
	case strings.Trim(by, "0.") == "":
		return "0 % more"
	case ratio < 1:
		return by + " % less"
	}
	return by + " % more"
}

// lastPlace is that of the second significant digit of an interval's half-width, as tables have it (JCGM 100:2008, 7.2.6).
func lastPlace(of statistics.Interval) int {
	half := of.HalfWidth()
	if !(half > 0) {
		return -3
	}
	return max(-6, int(math.Floor(math.Log10(half)))-1)
}

// decimal rounds to a multiple of ten to the place.
func decimal(value float64, place int) string {
	if place <= 0 {
		return strconv.FormatFloat(value, 'f', -place, 64)
	}
	unit := math.Pow10(place)
	return strconv.FormatFloat(math.Round(value/unit)*unit, 'f', 0, 64)
}

// behind says how much stands behind a sentence.
func behind(c bench.Comparison) string {
	number := fmt.Sprintf("%d and %d runs", c.N, c.BaselineN)
	if c.Pairs > 0 {
		number = counted(c.Pairs, "block") + " with a run of each"
	}
	return fmt.Sprintf("Medians %s; %s; %s%s.", fromTo(c), number, statistics.ProbabilitySentence(c.AdjustedP), needed(c))
}

func fromTo(c bench.Comparison) string {
	scale := bench.ScaleFor(c.Unit, c.Median, c.BaselineMedian)
	return strings.TrimSpace(fmt.Sprintf("%s → %s %s", scale.Format(c.BaselineMedian, 3), scale.Format(c.Median, 3), scale.Name))
}

func needed(c bench.Comparison) string {
	if c.RunsNeeded <= min(c.N, c.BaselineN) {
		return ""
	}
	if c.NeededForTheTest() {
		return fmt.Sprintf("; a p below %.2g takes at least %d runs of each cell, however large the difference", 1-c.Ratio.Interval.Confidence, c.RunsNeeded)
	}
	return fmt.Sprintf("; an interval of ± %.3g %% would need about %d runs of each cell", 100*c.Precision, c.RunsNeeded)
}
