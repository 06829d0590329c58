package audit

import (
	"fmt"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
)

// TestApart: cells are apart whichever of the group they are, and one run that was moved does not hide it.
func TestApart(t *testing.T) {
	ten := strings.Repeat("A", 10) + strings.Repeat("B", 10) + strings.Repeat("C", 10)
	for _, test := range []struct {
		name, order string
		want        []string
	}{
		{"blocks", strings.Repeat("ABC CAB BAC ACB ", 4), nil},
		{"one after the other", "AABBCC", []string{"every run of A was before every run of B", "every run of A was before every run of C", "every run of B was before every run of C"}},
		{"backwards", "CCAA", []string{"every run of C was before every run of A"}},
		{"the first and the last, around one that spans both", "BAACCB", []string{"every run of A was before every run of C"}},
		{"one run moved to the end", ten[1:] + "A", []string{"every run of B was before every run of C", "nearly every run of A was before those of B: in 90 %", "nearly every run of A was before those of C: in 90 %"}},
		{"two runs changed places", strings.Repeat("A", 9) + "BA" + strings.Repeat("B", 9), []string{"nearly every run of A was before those of B: in 99 %"}},
		{"few runs may be so by chance", "AAABABBB", nil},
	} {
		order := strings.ReplaceAll(test.order, " ", "")
		c := &campaign{Data: &results.Data{Campaign: &results.Campaign{Order: "blocks"}}, runs: map[string][]bench.Run{}}
		var group []bench.Cell
		for _, mode := range []string{"A", "B", "C"} {
			c.Campaign.Modes = append(c.Campaign.Modes, results.Mode{Mode: bench.Mode{Name: mode}})
			group = append(group, bench.Cell{ID: mode, Mode: mode})
		}
		c.groups = [][]bench.Cell{group}
		for i, cell := range order {
			run := bench.Run{PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("r%d", i), Cell: string(cell), Position: i}, Status: bench.OK}
			c.runs[run.Cell] = append(c.runs[run.Cell], run)
		}
		var f finding
		checkOrder(c, &f)
		if len(f.shown) != len(test.want) {
			t.Errorf("%s: %+v", test.name, f.shown)
		}
		for _, want := range test.want {
			found := false
			for _, one := range f.shown {
				found = found || one.severity == Serious && strings.HasPrefix(one.text, want)
			}
			if !found {
				t.Errorf("%s: %q is not in %+v", test.name, want, f.shown)
			}
		}
	}
}
