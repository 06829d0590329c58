package plots

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// roundTicks marks an axis at multiples of 1, 2 or 5 times a power of ten, all labelled with the same number of decimals; at those of a
// finer step where there were fewer than fewestTicks and the labels have room.
type roundTicks struct {
	most   int       // marks; mostTicks if it is 0
	whole  bool      // no fractions
	length vg.Length // of an axis along which labels stand side by side; 0 of one along which they stand above each other
}

// across are those of a horizontal axis of a length.
func across(length vg.Length) roundTicks {
	return roundTicks{most: ticksWithin(length), length: length}
}

const (
	mostTicks = 6
	// fewestTicks are what a scale can be read off.
	fewestTicks = 3
)

// Ticks implements plot.Ticker.
func (r roundTicks) Ticks(low, high float64) []plot.Tick {
	const shortest = 1e-200 // below, steps lose their digits
	if high-low < shortest {
		return nil
	}
	step := roundStep((high - low) / float64(cmp.Or(r.most, mostTicks)))
	if r.whole {
		step = max(1, step)
	}
	ticks := multiples(step, low, high)
	for len(ticks) < fewestTicks && step > 0 && !r.whole {
		step = finerStep(step)
		finer := multiples(step, low, high)
		if len(finer) >= fewestTicks && !r.room(finer, high-low) {
			return ticks
		}
		ticks = finer
	}
	return ticks
}

// room tells whether the labels do not run into each other on an axis of a range.
func (r roundTicks) room(ticks []plot.Tick, reach float64) bool {
	const gap = vg.Millimeter
	style := text.Style{Font: barePlot().X.Tick.Label.Font, Handler: plot.DefaultTextHandler}
	each := r.length * vg.Length((ticks[1].Value-ticks[0].Value)/reach)
	return r.length == 0 || !slices.ContainsFunc(ticks, func(tick plot.Tick) bool { return style.Width(tick.Label)+gap > each })
}

// finerStep is the next smaller step of which a scale can still be read.
func finerStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)+1e-9))
	for _, factor := range []float64{5, 4, 2.5, 2, 1} {
		if factor*power < step*(1-1e-9) {
			return factor * power
		}
	}
	return power / 2
}

// multiples marks those of a step; there are none of 0, which a range has that is too short for a number.
func multiples(step, low, high float64) []plot.Tick {
	if step == 0 {
		return nil
	}
	const tolerance = 1e-9
	decimals := max(0, -int(math.Floor(math.Log10(step)+tolerance)))
	if in := step * math.Pow10(decimals); math.Abs(in-math.Round(in)) > 1e-6*in {
		decimals++ // 0.25
	}
	var ticks []plot.Tick
	first := math.Ceil(low/step-tolerance) + 0 // + 0: no "-0"
	// Counted from the first: of a number beyond 2^53, the next one may be itself.
	for i := 0.0; i <= high/step+tolerance-first; i++ {
		ticks = append(ticks, plot.Tick{Value: (first + i) * step, Label: strconv.FormatFloat((first+i)*step, 'f', decimals, 64)})
	}
	return ticks
}

// roundStep is the smallest round number that is not below the least step.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= least*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// decadeTicks marks a logarithmic axis at powers of ten, and at 2 and 5 or at 3 times them where that leaves room for
// the labels, or where fewer than fewestTicks of them lie on the axis; else it is marked as a linear one is.
type decadeTicks struct {
	room float64 // how many labels the axis has room for
}

// Ticks implements plot.Ticker. low is above 0, as a logarithmic axis asks for.
func (d decadeTicks) Ticks(low, high float64) []plot.Tick {
	all := [][]float64{{1, 2, 5}, {1, 3}, {1}}
	decades := math.Log10(high / low)
	fits := slices.IndexFunc(all, func(factors []float64) bool { return decades*float64(len(factors)) <= d.room })
	if fits < 0 {
		fits = len(all) - 1
	}
	for ; fits >= 0; fits-- {
		if ticks := decadesOf(all[fits], low, high); len(ticks) >= fewestTicks {
			return ticks
		}
	}
	return roundTicks{most: min(max(fewestTicks, int(d.room)), mostTicks)}.Ticks(low, high)
}

// decadesOf marks powers of ten times each factor.
func decadesOf(factors []float64, low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for exponent := int(math.Floor(math.Log10(low))); exponent <= int(math.Ceil(math.Log10(high))); exponent++ {
		for _, factor := range factors {
			value := factor * math.Pow10(exponent)
			if value >= low*(1-1e-9) && value <= high*(1+1e-9) {
				ticks = append(ticks, plot.Tick{Value: value, Label: strconv.FormatFloat(value, 'f', max(0, -exponent), 64)})
			}
		}
	}
	return ticks
}

// logarithmic makes an axis of a length logarithmic where that shows more: its positive range spans more than a decade.
// It tells whether it did.
func logarithmic(axis *plot.Axis, low, high float64, length vg.Length) bool {
	if !(span{low, high}).decades() { // gonum panics at a value that has no logarithm
		return false
	}
	logScale(axis, low, high, length)
	return true
}

// logScale makes an axis of a length logarithmic, with a little room at both ends. low is above 0.
func logScale(axis *plot.Axis, low, high float64, length vg.Length) {
	const perLabel = 13 * vg.Millimeter
	room := max(math.Pow(high/low, 0.03), 1.05)
	axis.Scale, axis.Tick.Marker = plot.LogScale{}, decadeTicks{float64(length / perLabel)}
	axis.Min, axis.Max = low/room, high*room
}

// placeTicks marks the places that were measured. Every one has its label, or every second, third, …, counted from the
// last, where all would run into each other on an axis of a length.
func placeTicks(places map[int64]string, axis plot.Axis, length vg.Length) []plot.Tick {
	style := text.Style{Font: axis.Tick.Label.Font, Handler: plot.DefaultTextHandler}
	var ticks []plot.Tick
	for _, place := range slices.Sorted(maps.Keys(places)) {
		ticks = append(ticks, plot.Tick{Value: float64(place), Label: places[place]})
	}
	slices.Reverse(ticks)
	for every := 1; ; every++ {
		fits := true
		free := math.Inf(1) // how far to the right a label may reach, as a share of the axis
		for i := 0; i < len(ticks); i += every {
			middle, half := axis.Norm(ticks[i].Value), float64((style.Width(ticks[i].Label)/2+vg.Millimeter)/length)
			fits = fits && middle+half <= free
			free = middle - half
		}
		if !fits {
			continue
		}
		for i := range ticks {
			if i%every != 0 {
				ticks[i].Label = ""
			}
		}
		return ticks
	}
}
