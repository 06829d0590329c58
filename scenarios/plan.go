package scenarios

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
)

// Plan is what a scenario means: its cells, and its runs in the order in which they
// are to be carried out.
type Plan struct {
	Cells []bench.Cell
	Runs  []bench.PlannedRun
}

// Plan expands the scenario. The same scenario gives the same plan.
func (s *Scenario) Plan() Plan {
	plan := Plan{Cells: s.cells()}
	width := len(strconv.Itoa(len(plan.Cells) * (s.WarmUp + s.Runs)))
	for block := range s.WarmUp + s.Runs {
		// A generator for each block: its order does not depend on how many cells
		// the blocks before it had.
		order := rand.New(rand.NewPCG(s.Seed, uint64(block))).Perm(len(plan.Cells))
		for _, at := range order {
			position := len(plan.Runs)
			plan.Runs = append(plan.Runs, bench.PlannedRun{
				ID:    fmt.Sprintf("r%0*d-%s", width, position, plan.Cells[at].Mode),
				Cell:  plan.Cells[at].ID,
				Block: block, Position: position, Iteration: block, WarmUp: block < s.WarmUp,
			})
		}
	}
	return plan
}

// cells gives every combination of modes and matrix.
func (s *Scenario) cells() []bench.Cell {
	var cells []bench.Cell
	for _, variant := range s.Matrix.variants(s.Parameters) {
		for _, mode := range s.Modes {
			id := append([]string{mode, s.Path, s.Parameters.Crypto}, variant.marks...)
			cells = append(cells, bench.Cell{
				ID: strings.Join(id, "-"), Mode: mode, Path: s.Path, Crypto: s.Parameters.Crypto, Parameters: variant.run(),
			})
		}
	}
	return cells
}

// variant is one combination of the matrix. Its marks tell it apart in a cell's id.
type variant struct {
	Parameters
	marks []string
}

func (v variant) run() bench.Parameters {
	return bench.Parameters{
		Requests: v.Requests, IntervalMS: v.Interval.Milliseconds(), ThresholdCents: int64(v.Threshold), Customer: v.Customer,
	}
}

// variants gives the combinations, the last axis varying fastest.
func (m *Matrix) variants(base Parameters) []variant {
	all := []variant{{Parameters: base}}
	all = vary(all, m.Requests, func(v *variant, value, _ int) string {
		v.Requests = value
		return fmt.Sprintf("requests-%d", value)
	})
	all = vary(all, m.Interval, func(v *variant, value time.Duration, _ int) string {
		v.Interval = value
		return fmt.Sprintf("interval-%dms", value.Milliseconds())
	})
	all = vary(all, m.Threshold, func(v *variant, value Amount, _ int) string {
		v.Threshold = value
		return "threshold-" + value.String()
	})
	return vary(all, m.Customer, func(v *variant, value string, i int) string {
		v.Customer = value
		return fmt.Sprintf("customer-%d", i+1) // a name does not belong into ids
	})
}

// combinations is how many variants there are.
func (m *Matrix) combinations() int {
	return max(1, len(m.Requests)) * max(1, len(m.Interval)) * max(1, len(m.Threshold)) * max(1, len(m.Customer))
}

func vary[T any](variants []variant, values []T, set func(v *variant, value T, i int) string) []variant {
	if len(values) == 0 {
		return variants
	}
	var varied []variant
	for _, base := range variants {
		for i, value := range values {
			one := base
			one.marks = append(base.marks[:len(base.marks):len(base.marks)], set(&one, value, i))
			varied = append(varied, one)
		}
	}
	return varied
}
