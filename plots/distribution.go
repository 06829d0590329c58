package plots

import (
	"errors"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
)

// runValues are the values of one row, one a run, in the axis' unit.
type runValues struct {
	comparedCell
	values  []float64
	summary statistics.Summary // N is 0 where there are none
}

// rowKind is how a kind of figure draws a row, and how much room it needs.
type rowKind struct {
	height vg.Length
	// fromZero: lengths compare as the values do.
	fromZero bool
	// extent is from where to where a row draws its values; without it, from the lowest to the highest of them.
	extent func(values []float64) (span, error)
	// markers tells of which values a row draws a marker each.
	markers func(values []float64) bool
	// row draws it; of no values it is not called.
	row func(runValues) (row, error)
	// notes explain it.
	notes []string
}

// ofRuns draws for each quantity and each group of comparable cells a panel, in it for each of what is compared a row with the values of
// its runs.
func ofRuns(v *view, kind rowKind) (*Figure, error) {
	figure := v.figure()
	figure.notes = append(append([]string(nil), kind.notes...), figure.notes...)
	spans, err := v.rowSpans(kind)
	if err != nil {
		return nil, err
	}
	groups := make([][][]bench.Cell, len(v.quantities))
	for i := range spans {
		for j, group := range v.groups {
			if spans[i][j].empty() {
				group = nil // no run of it counts
			}
			groups[i] = append(groups[i], group)
		}
	}
	shared := v.sharedSpans(figure, spans, true, v.isLogarithmic)
	err = panels(v, figure, groups, rowsWidth, func(i, j int) (panel, error) {
		p, err := v.rowPanel(figure, groups[i][j], v.quantities[i], shared[i][j], kind)
		p.heading = v.headings[j]
		return p, err
	})
	if err != nil {
		return nil, err
	}
	evenReadings(figure.panels)
	if slices.ContainsFunc(figure.panels, figure.coversMarkers) {
		figure.note("Paler markers have no room beside each other and cover each other: n is how many runs there are.")
	}
	if len(figure.panels) == 0 {
		return nil, errNoRun
	}
	return figure, nil
}

// rowsWidth is what names, rows and readings need beside each other.
const rowsWidth = 78 * vg.Millimeter

// rowSpans are what each quantity's rows of each group draw.
func (v *view) rowSpans(kind rowKind) ([][]span, error) {
	spans := make([][]span, len(v.quantities))
	for i, q := range v.quantities {
		for _, group := range v.groups {
			whole := noSpan()
			for _, cell := range group {
				values := q.values(cell)
				if len(values) == 0 {
					continue
				}
				own, err := spanOf(values), error(nil)
				if kind.extent != nil {
					own, err = kind.extent(values)
				}
				if err != nil {
					return nil, fmt.Errorf("drawing %s: %w", q.name, err)
				}
				whole = whole.and(own)
			}
			spans[i] = append(spans[i], whole)
		}
	}
	return spans, nil
}

func (v *view) rowPanel(figure *Figure, group []bench.Cell, q quantity, s span, kind rowKind) (panel, error) {
	scale := bench.ScaleFor(q.unit, s.high)
	r := rows{height: kind.height, width: figure.columnWidth()}
	r.low, r.high, r.logarithmic = v.valueRange(figure, s.low/scale.Size, s.high/scale.Size, kind.fromZero)
	var strips [][]float64
	for _, cell := range v.compared(group) {
		one := runValues{comparedCell: cell}
		for _, value := range q.values(cell.Cell) {
			one.values = append(one.values, value/scale.Size)
		}
		summary, err := statistics.Summarize(one.values)
		if err != nil && !errors.Is(err, statistics.ErrEmpty) {
			return panel{}, err
		}
		one.summary = summary
		drawn := row{}
		if summary.N > 0 {
			if drawn, err = kind.row(one); err != nil {
				return panel{}, err
			}
		}
		if kind.markers != nil && kind.markers(one.values) {
			strips = append(strips, one.values)
		}
		drawn.label = labelLines(cell.label, fmt.Sprintf("n = %d", summary.N))
		r.rows = append(r.rows, drawn)
	}
	p := r.panel()
	p.strips = strips
	p.axis = axisText(q.title(), scale, r.logarithmic)
	return p, nil
}

// valueRange is the range of a measured axis: where the figure's scale is linear, from 0 or as axisStart has it. A logarithm of 0 there
// is not; then the figure says that its axis is linear.
func (v *view) valueRange(figure *Figure, low, high float64, fromZero bool) (from, to float64, logarithmic bool) {
	if v.logarithmic() {
		if (span{low, high}).hasLogarithm() {
			if low == high {
				low /= 2 // a single value has an axis too
			}
			return low, high, true
		}
		figure.note(span{low, high}.noLogarithm())
	}
	if fromZero {
		return 0, axisEnd(high), false
	}
	return v.axisStart(figure, low, high), axisEnd(high), false
}

// axisText names an axis with its unit.
func axisText(name string, scale bench.Scale, logarithmic bool) string {
	unit := scale.Name // Counts have none.
	if logarithmic {
		if unit != "" {
			unit += ", "
		}
		unit += "logarithmic"
	}
	if unit == "" {
		return name
	}
	return name + " (" + unit + ")"
}

// axisEnd leaves room above the highest value.
func axisEnd(highest float64) float64 {
	if highest == 0 {
		return 1
	}
	return highest * 1.06
}

// mostCut is how much of a linear axis may be left out before what is drawn: noise that is small beside the values is not drawn large.
const mostCut = 0.75

// axisStart is where a linear axis begins on which places are read and not lengths: at 0, unless the figure leaves the scale open and
// the lower half of the axis would be empty. It leaves room below the lowest value, and the figure says so.
func (v *view) axisStart(figure *Figure, low, high float64) float64 {
	if !v.automatic() || low <= high/2 || axisEnd(high) == high { // the last: of the smallest number
		return 0
	}
	figure.note("An axis of which the lower half would be empty does not begin at 0.")
	return min(low-(axisEnd(high)-high), mostCut*high)
}

// medianReading is the median in figures.
func (r runValues) medianReading() reading {
	return reading{bench.Significant(r.summary.Median, 3), true, r.look}
}
