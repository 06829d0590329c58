package plots

import (
	"slices"

	"eaibench/bench"
)

// memory draws a panel of the peak resident set and one of the proportional set, the latter by kind of mapping where
// the campaign has that.
func memory(source *Source) (*Figure, error) {
	peaks, err := source.stacks(func(cell bench.Cell) (bench.Stack, error) {
		// In one piece: nothing is within it.
		return bench.StackOf(source.data.Runs, source.values, cell.ID, bench.PeakMemory())
	})
	if err != nil {
		return nil, err
	}
	proportional, err := source.stacks(func(cell bench.Cell) (bench.Stack, error) {
		return bench.MemoryStackOf(source.data.Runs, source.values, cell.ID)
	})
	if err != nil {
		return nil, err
	}
	if len(peaks)+len(proportional) == 0 {
		return nil, errNoRun
	}
	figure := source.figure("memory",
		"Memory of the integration process: medians.",
		circumstances(source.data.Campaign)+" · "+source.counted())
	figure.columns = stackColumns(len(source.groups))

	if len(peaks) > 0 {
		whole := newPalette("kind", nil)
		panel := stackPanel(peaks, bench.Bytes, whole, figure)
		panel.heading, panel.axis = "peak resident", "the most that was resident ("+panel.axis+")"
		figure.panels = append(figure.panels, panel)
	}
	if len(proportional) > 0 {
		var stacks []bench.Stack
		for _, cell := range proportional {
			stacks = append(stacks, cell.Stack)
		}
		kinds := newPalette("kind", stacks)
		panel := stackPanel(proportional, bench.Bytes, kinds, figure)
		panel.heading, panel.axis = "proportional set", "at the end, shared memory divided by its users ("+panel.axis+")"
		figure.panels = append(figure.panels, panel)
		if slices.ContainsFunc(stacks, func(stack bench.Stack) bool { return len(stack.Parts) > 1 }) {
			figure.legend = kinds.legend()
			figure.notes = append(kinds.notes(stacks), figure.notes...)
		}
	}
	return figure, nil
}
