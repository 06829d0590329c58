package plots

import (
	"errors"
	"fmt"
	"math"

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
	figure.columns = v.columns(len(v.groups)*len(v.quantities), rowsWidth)
	for _, q := range v.quantities {
		panels, err := v.rowPanels(figure, q, kind)
		if err != nil {
			return nil, err
		}
		figure.panels = append(figure.panels, panels...)
	}
	evenReadings(figure.panels)
	if len(figure.panels) == 0 {
		return nil, errNoRun
	}
	return figure, nil
}

// rowsWidth is what names, rows and readings need beside each other.
const rowsWidth = 78 * vg.Millimeter

// span is the range of values of a panel.
type span struct{ low, high float64 }

// spanOf the values of cells in a quantity; of none it is the other way round.
func (v *view) spanOf(cells []bench.Cell, q quantity) span {
	s := span{math.Inf(1), math.Inf(-1)}
	for _, cell := range cells {
		for _, value := range q.values(cell) {
			s = span{min(s.low, value), max(s.high, value)}
		}
	}
	return s
}

func (s span) empty() bool { return s.low > s.high }

// axisSpans gives each panel the range of its axis, the same for all where the smallest of them is still drawn large enough to be read.
func axisSpans(spans []span) []span {
	const readable = 2 // times smaller
	all, least := span{math.Inf(1), math.Inf(-1)}, math.Inf(1)
	for _, s := range spans {
		if !s.empty() {
			all, least = span{min(all.low, s.low), max(all.high, s.high)}, min(least, s.high)
		}
	}
	if least*readable < all.high {
		return spans
	}
	shared := make([]span, len(spans))
	for i := range spans {
		shared[i] = all
	}
	return shared
}

// rowPanels are those of one quantity.
func (v *view) rowPanels(figure *Figure, q quantity, kind rowKind) ([]panel, error) {
	var spans []span
	for _, group := range v.groups {
		spans = append(spans, v.spanOf(group, q))
	}
	shared := axisSpans(spans)
	var panels []panel
	for i, group := range v.groups {
		if spans[i].empty() {
			continue // no run of the group counts
		}
		panel, err := v.rowPanel(figure, group, q, shared[i], kind)
		if err != nil {
			return nil, fmt.Errorf("drawing %s: %w", q.name, err)
		}
		panel.heading = v.headings[i]
		panels = append(panels, panel)
	}
	return panels, nil
}

func (v *view) rowPanel(figure *Figure, group []bench.Cell, q quantity, s span, kind rowKind) (panel, error) {
	scale := bench.ScaleFor(q.unit, s.high)
	r := rows{height: kind.height, width: figure.columnWidth()}
	r.low, r.high, r.logarithmic = v.valueRange(figure, s.low/scale.Size, s.high/scale.Size, kind.fromZero)
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
		drawn.label = labelLines(cell.label, fmt.Sprintf("n = %d", summary.N))
		r.rows = append(r.rows, drawn)
	}
	p := r.panel()
	p.axis = axisText(q.title(), scale, r.logarithmic)
	return p, nil
}

// valueRange is the range of a measured axis: from 0 where the figure's scale is linear. A logarithm of 0 there is not; then the
// figure says that its axis is linear.
func (v *view) valueRange(figure *Figure, low, high float64, fromZero bool) (from, to float64, logarithmic bool) {
	if v.logarithmic() {
		if low > 0 {
			if fromZero || low == high {
				low /= 2 // a bar, and a single value, has a length
			}
			return low, high, true
		}
		figure.note(noLogarithm)
	}
	return 0, axisEnd(high), false
}

const noLogarithm = "A value of 0 has no logarithm: the axis is linear."

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

// medianReading is the median in figures.
func (r runValues) medianReading() reading {
	return reading{bench.Significant(r.summary.Median, 3), true, r.look}
}
