package scenarios

import (
	"fmt"
	"slices"
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
	// RoundTrips is how long one round trip to each of the solution's services takes, all together, by what the scenario says of
	// links.
	RoundTrips time.Duration
}

// Plan expands the scenario to the cells that the selection keeps; an empty one keeps all. The same scenario and selection
// give the same plan.
func (s *Scenario) Plan(only Selection) Plan {
	plan := Plan{RoundTrips: s.roundTrips()}
	for _, placed := range s.expand() {
		if only.has(placed) {
			plan.Cells = append(plan.Cells, placed.Cell)
		}
	}
	placed := s.inOrder(len(plan.Cells))
	width := len(strconv.Itoa(len(placed)))
	iterations := make([]int, len(plan.Cells))
	for position, run := range placed {
		cell, iteration := plan.Cells[run.cell], iterations[run.cell]
		iterations[run.cell]++
		plan.Runs = append(plan.Runs, bench.PlannedRun{
			ID: fmt.Sprintf("r%0*d-%s", width, position, cell.Mode), Cell: cell.ID,
			Block: run.block, Position: position, Iteration: iteration, WarmUp: iteration < s.WarmUp,
		})
	}
	return plan
}

// Blocks is the plan's beginning: so many blocks.
func (p Plan) Blocks(n int) Plan {
	beginning := Plan{Cells: p.Cells, RoundTrips: p.RoundTrips}
	for _, run := range p.Runs {
		if run.Block < n {
			beginning.Runs = append(beginning.Runs, run)
		}
	}
	return beginning
}

// Cryptos lists the planned cells' crypto, for whoever has to allow it.
func (p Plan) Cryptos() []string { return p.used(func(c bench.Cell) string { return c.Crypto }) }

// Paths lists the planned cells' paths, for whoever has to allow them.
func (p Plan) Paths() []string { return p.used(func(c bench.Cell) string { return c.Path }) }

// Verifies lists how the planned cells have certificates verified.
func (p Plan) Verifies() []string { return p.used(func(c bench.Cell) string { return c.Verify }) }

// Modes lists the planned cells' modes.
func (p Plan) Modes() []string { return p.used(func(c bench.Cell) string { return c.Mode }) }

// MostProcesses is how many processes a planned run has at once, at most.
func (p Plan) MostProcesses() int {
	most := 0
	for _, cell := range p.Cells {
		most = max(most, cell.Processes)
	}
	return most
}

func (p Plan) used(of func(bench.Cell) string) []string {
	var used []string
	for _, cell := range p.Cells {
		if !slices.Contains(used, of(cell)) {
			used = append(used, of(cell))
		}
	}
	return used
}

// variant is one combination of the axes, modes apart.
type variant struct{ values map[string]any }

// chosen is a variant with the modes in which it is run.
type chosen struct {
	variant
	modes []string
}

// placed is a cell and where it stands on each axis, as text.
type placed struct {
	bench.Cell
	at map[string]string
}

// expand gives every combination of modes and matrix, without what is excluded, and with what is included.
func (s *Scenario) expand() []placed {
	axes := s.axes()
	all := s.choose(axes)
	var cells []placed
	seen := map[string]bool{}
	for _, one := range all {
		for _, mode := range one.modes {
			id := strings.Join(append([]string{mode}, marks(axes, all, one.variant)...), "-")
			if seen[id] {
				continue
			}
			seen[id] = true
			at := map[string]string{modeKey: mode}
			for _, a := range axes {
				at[a.name] = a.textOf(one.variant)
			}
			cells = append(cells, placed{one.cell(s, mode, id), at})
		}
	}
	return cells
}

// choose gives the variants, those of the matrix first.
func (s *Scenario) choose(axes []axis) []chosen {
	base := variant{values: map[string]any{}}
	variants := []variant{base}
	for _, a := range axes {
		values := a.values
		if len(values) == 0 {
			values = []any{a.single}
		}
		variants = vary(variants, a.name, values)
	}
	var all []chosen
	for _, v := range variants {
		modes := slices.DeleteFunc(slices.Clone(s.modes()), func(mode string) bool { return s.excluded(axes, v, mode) })
		if len(modes) > 0 {
			all = append(all, chosen{v, modes})
		}
	}
	for _, choice := range s.Matrix.Include {
		one := chosen{base, s.modes()}
		for _, a := range axes {
			one.set(a.name, a.single)
			if word, given := choice[a.name]; given {
				if value, err := a.parse(string(word)); err == nil { // else reported by the check
					one.set(a.name, value)
				}
			}
		}
		if mode, given := choice[modeKey]; given {
			one.modes = []string{string(mode)}
		}
		all = append(all, one)
	}
	return all
}

func vary(variants []variant, name string, values []any) []variant {
	varied := make([]variant, 0, len(variants)*len(values))
	for _, base := range variants {
		for _, value := range values {
			one := base
			one.set(name, value)
			varied = append(varied, one)
		}
	}
	return varied
}

// excluded tells whether every key of one exclusion says this.
func (s *Scenario) excluded(axes []axis, v variant, mode string) bool {
	return slices.ContainsFunc(s.Matrix.Exclude, func(c Choice) bool { return c.is(axes, v, mode) })
}

// empty tells whether the choice says nothing; such a one is reported, and would exclude everything.
func (c Choice) empty() bool { return len(c) == 0 }

// is tells whether every key of the choice has the variant's value.
func (c Choice) is(axes []axis, v variant, mode string) bool {
	if word, given := c[modeKey]; given && string(word) != mode {
		return false
	}
	for _, a := range axes {
		word, given := c[a.name]
		if !given {
			continue
		}
		value, err := a.parse(string(word))
		if err != nil || v.values[a.name] == nil || a.text(value) != a.text(v.values[a.name]) {
			return false
		}
	}
	return true
}

// marks are what a cell's id says of its variant: path and crypto always, verify where it is cached, and whatever else differs
// between cells. Free text, such as a name, does not belong into ids: it is counted.
func marks(axes []axis, all []chosen, v variant) []string {
	var marks []string
	for _, a := range axes {
		value := v.values[a.name]
		switch a.name {
		case "path", "crypto":
			marks = append(marks, a.text(value))
			continue
		case "verify":
			if value == bench.Cached {
				marks = append(marks, bench.Cached)
			}
			continue
		}
		different := distinct(a, all)
		if len(different) < 2 {
			continue
		}
		text := a.textOf(v)
		if _, free := value.(string); free {
			text = strconv.Itoa(1 + slices.Index(different, text))
		}
		marks = append(marks, a.name+"-"+text)
	}
	return marks
}

// distinct lists the different values of an axis as text, in their order.
func distinct(a axis, all []chosen) []string {
	var different []string
	for _, one := range all {
		if text := a.textOf(one.variant); !slices.Contains(different, text) {
			different = append(different, text)
		}
	}
	return different
}

// textOf writes the variant's value on the axis; "none" where it has none.
func (a axis) textOf(v variant) string {
	if value := v.values[a.name]; value != nil {
		return a.text(value)
	}
	return "none"
}
