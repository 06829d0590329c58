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

// roundTicks marks an axis at multiples of 1, 2 or 5 times a power of ten, all labelled with
// the same number of decimals.
type roundTicks struct {
	most  int  // marks; mostTicks if it is 0
	whole bool // no fractions
}

const mostTicks = 6

// Ticks implements plot.Ticker.
func (r roundTicks) Ticks(low, high float64) []plot.Tick {
	step := roundStep((high - low) / float64(cmp.Or(r.most, mostTicks)))
	if r.whole {
		step = max(1, step)
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for i := math.Ceil(low/step-1e-9) + 0; i*step <= high*(1+1e-9); i++ { // + 0: no "-0"
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'f', decimals, 64)})
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
// the labels; an axis on which hardly any of them lies is marked as a linear one is.
type decadeTicks struct {
	room float64 // how many labels the axis has room for
}

// Ticks implements plot.Ticker. low is above 0, as a logarithmic axis asks for.
func (d decadeTicks) Ticks(low, high float64) []plot.Tick {
	var factors []float64
	decades := math.Log10(high / low)
	for _, factors = range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		if decades*float64(len(factors)) <= d.room {
			break
		}
	}
	var ticks []plot.Tick
	for exponent := int(math.Floor(math.Log10(low))); exponent <= int(math.Ceil(math.Log10(high))); exponent++ {
		for _, factor := range factors {
			value := factor * math.Pow10(exponent)
			if value >= low*(1-1e-9) && value <= high*(1+1e-9) {
				ticks = append(ticks, plot.Tick{Value: value, Label: strconv.FormatFloat(value, 'f', max(0, -exponent), 64)})
			}
		}
	}
	const fewest = 2
	if len(ticks) < fewest {
		return roundTicks{}.Ticks(low, high)
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
