package bench

import (
	"cmp"
	"slices"
)

// TimedSteps lists the steps that samples have, as tables show them: operations in the order of a run, within one what is done
// with one service together, and then in the order of the table of steps.
func TimedSteps(samples []Sample) []Series {
	all := SeriesOf(samples)
	operations := map[Operation]int{}
	var timed []Series
	for i, step := range steps {
		if _, seen := operations[step.Operation]; !seen {
			operations[step.Operation] = i
		}
		for _, one := range all {
			if one.Component == step.Component && one.Operation == step.Operation && one.Metric == step.Metric {
				timed = append(timed, one)
			}
		}
	}
	slices.SortStableFunc(timed, func(a, b Series) int {
		return cmp.Or(cmp.Compare(operations[a.Operation], operations[b.Operation]), cmp.Compare(a.Service, b.Service))
	})
	return timed
}
