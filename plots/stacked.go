package plots

import (
	"errors"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
)

// stackedCell is a cell's total, taken apart.
type stackedCell struct {
	comparedCell
	heading string // of the group that it begins
	bench.Stack
}

// stackedWidth is what stacked bars, whose pieces are numbered, need.
const stackedWidth = 80 * vg.Millimeter

// stacked draws for each quantity a panel of stacked bars, one for each of what is compared in each group: of a total the steps in it, of
// the proportional set the kinds of mapping.
func stacked(v *view) (*Figure, error) {
	f := v.figure()
	if len(v.groups) > 1 {
		f.columns = v.columns(len(v.quantities), stackedWidth)
	}
	var all []bench.Stack
	byQuantity := make([][]stackedCell, len(v.quantities))
	for i, q := range v.quantities {
		cells, err := v.stacks(q)
		if err != nil {
			return nil, err
		}
		byQuantity[i] = cells
		for _, cell := range cells {
			all = append(all, cell.Stack)
		}
	}
	if len(all) == 0 {
		return nil, errNoRun
	}
	of := steps
	if slices.ContainsFunc(v.quantities, func(q quantity) bool { return q.series.Operation == bench.Memory }) {
		of = kindsOfMemory
	}
	key := newPalette(of, all)
	spans := v.sharedSpans(f, stackSpans(byQuantity), true, func(span) bool { return false })
	for i, q := range v.quantities {
		if len(byQuantity[i]) == 0 {
			continue
		}
		panel := stackPanel(byQuantity[i], q, key, f.columnWidth(), spans[i][0].high)
		panel.heading = quantityHeading(q)
		f.panels = append(f.panels, panel)
	}
	if key.hasParts() {
		f.legend = key.legend()
	} else {
		f.promisesNot(v, " of the parts that add up to a total")
		f.say("Nothing within it was measured by itself: each bar is in one piece.")
	}
	f.notes = append(append([]string{"Bars, and numbers beside them: medians (" + v.counted() + ")."}, key.notes(all)...), f.notes...)
	return f, nil
}

// stacks takes a quantity of every cell apart, in the order of groups and of what is compared; cells without it are left out.
func (v *view) stacks(q quantity) ([]stackedCell, error) {
	var all []stackedCell
	for i, group := range v.groups {
		heading := v.headings[i]
		for _, cell := range v.compared(group) {
			stack, err := v.stack(cell.Cell, q)
			switch {
			case errors.Is(err, statistics.ErrEmpty):
				continue
			case err != nil:
				return nil, err
			}
			all = append(all, stackedCell{cell, heading, stack})
			heading = ""
		}
	}
	return all, nil
}

func (v *view) stack(cell bench.Cell, q quantity) (bench.Stack, error) {
	if q.series == bench.ProportionalMemory() {
		return bench.MemoryStackOf(v.data.Runs, v.values, cell.ID)
	}
	return bench.StackOf(v.data.Runs, v.values, cell.ID, q.series)
}

// stackSpans are where the bars of each quantity's panel end.
func stackSpans(byQuantity [][]stackedCell) [][]span {
	spans := make([][]span, len(byQuantity))
	for i, cells := range byQuantity {
		s := noSpan()
		for _, cell := range cells {
			s = s.and(span{0, cell.Total + cell.Excess})
		}
		spans[i] = []span{s}
	}
	return spans
}

// stackPanel draws the cells' stacks on an axis to an end, in the stored unit.
func stackPanel(cells []stackedCell, q quantity, key *palette, width vg.Length, end float64) panel {
	b := bars{scale: bench.ScaleFor(q.unit, end), width: width}
	for _, cell := range cells {
		segments := key.segments(cell.Stack)
		if len(cell.Parts) == 1 && !key.hasParts() { // in one piece, as all others are
			segments = []segment{{value: cell.Total, fill: fill{colour: cell.look.dark}}}
		}
		b.rows = append(b.rows, bar{heading: cell.heading, label: cell.label, segments: segments, total: cell.Total})
	}
	p := b.panel(end)
	p.axis = axisText(stackTitle(q), b.scale, false)
	return p
}

// stackTitle says in words what a total of memory is.
func stackTitle(q quantity) string {
	switch q.series {
	case bench.PeakMemory():
		return "the most that was resident"
	case bench.ProportionalMemory():
		return "at the end, shared memory divided by its users"
	}
	return axisName(q)
}
