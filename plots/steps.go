package plots

import (
	"errors"
	"fmt"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// stackedCell is a cell's total, taken apart.
type stackedCell struct {
	modeCell
	heading string // of the group that it begins
	bench.Stack
}

// steps draws for each total a panel of stacked bars, one a mode in each group.
func steps(source *Source) (*Figure, error) {
	var all []bench.Stack
	totals := bench.Totals(source.data.Samples)
	byTotal := make([][]stackedCell, len(totals))
	for i, total := range totals {
		cells, err := source.stacks(func(cell bench.Cell) (bench.Stack, error) {
			return bench.StackOf(source.data.Runs, source.values, cell.ID, total)
		})
		if err != nil {
			return nil, err
		}
		byTotal[i] = cells
		for _, cell := range cells {
			all = append(all, cell.Stack)
		}
	}
	if len(all) == 0 {
		return nil, errNoRun
	}
	figure := source.figure("steps", "Where the time goes: medians of steps that add up to a total.", circumstances(source.data.Campaign)+" · "+source.counted())
	figure.columns = stackColumns(len(source.groups))
	key := newPalette("step", all)
	for i, total := range totals {
		if len(byTotal[i]) == 0 {
			continue
		}
		panel := stackPanel(byTotal[i], bench.Nanoseconds, key, figure)
		panel.heading, panel.axis = operationText(total), fmt.Sprintf("%s (%s)", total.Metric, panel.axis)
		figure.panels = append(figure.panels, panel)
	}
	figure.legend = key.legend()
	figure.notes = append(key.notes(all), figure.notes...)
	return figure, nil
}

// stackColumns puts panels with many bars side by side.
func stackColumns(groups int) int {
	if groups > 1 {
		return 2
	}
	return 1
}

// stacks takes one total of every cell apart, in the order of groups and modes; cells without the total are left out.
func (s *Source) stacks(of func(bench.Cell) (bench.Stack, error)) ([]stackedCell, error) {
	var all []stackedCell
	for i, group := range s.groups {
		heading := s.headings[i]
		for _, cell := range s.byMode(group) {
			stack, err := of(cell.Cell)
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

// stackPanel draws the cells' stacks. The panel's axis is the unit alone.
func stackPanel(cells []stackedCell, unit bench.Unit, key *palette, figure *Figure) panel {
	end := 0.0
	for _, cell := range cells {
		end = max(end, cell.Total+cell.Excess)
	}
	b := bars{scale: bench.ScaleFor(unit, end), width: figure.columnWidth()}
	for _, cell := range cells {
		segments := key.segments(cell.Stack)
		if len(cell.Parts) == 1 { // in one piece
			segments = []segment{{value: cell.Total, fill: cell.look.dark}}
		}
		b.rows = append(b.rows, bar{heading: cell.heading, label: cell.Mode, segments: segments, total: cell.Total})
	}
	p := b.panel(end)
	p.axis = b.scale.Name
	return p
}
