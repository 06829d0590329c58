package bench

import (
	"errors"
	"fmt"

	"eaibench/bench/statistics"
)

// ChainTable is the comparison of the modes of one group of cells in one series.
type ChainTable struct {
	// Links are those of Compare.
	Links []Link
	// Comparisons are those of each link with the previous one, then with the chain's
	// first where that is another, in the order of the links. They are one family.
	Comparisons []Comparison
	// AllModes is Kruskal and Wallis's test over all modes that have values; nil where
	// fewer than two have, or none has two.
	AllModes *statistics.GroupTest
}

// CompareChain compares the modes of one group of cells link by link and end to end,
// with the same rules as Compare for what is compared with what. Links without values
// have no comparisons. Errors are those of Compare and CompareCells.
func CompareChain(cells []CellRuns, chain []Mode, unit Unit, options Options) (ChainTable, error) {
	byMode := map[string]CellRuns{}
	for _, one := range cells {
		byMode[one.Cell.Mode] = one
	}
	links, err := Compare(cells, chain, options)
	if err != nil {
		return ChainTable{}, err
	}
	table := ChainTable{Links: links}
	var all [][]float64
	measured := map[string]bool{}
	for _, link := range links {
		mode := link.Cell.Mode
		if link.Summary == nil {
			continue
		}
		all, measured[mode] = append(all, byMode[mode].Values), true
		for _, baseline := range baselines(chain, mode) {
			if !measured[baseline] {
				continue
			}
			c, err := CompareCells(byMode[mode], byMode[baseline], unit, options)
			if err != nil {
				return table, err
			}
			table.Comparisons = append(table.Comparisons, c)
		}
	}
	if err := Family(table.Comparisons, options); err != nil {
		return table, err
	}
	test, err := statistics.KruskalWallis(all...)
	switch {
	case err == nil:
		table.AllModes = &test
	case !errors.Is(err, statistics.ErrTooFew):
		return table, fmt.Errorf("comparing all modes: %w", err)
	}
	return table, nil
}

// baselines are the previous link of a mode and the first of its chain, each once.
func baselines(chain []Mode, mode string) []string {
	var found []string
	for _, link := range chain {
		if link.Name == mode && link.Baseline != "" {
			found = append(found, link.Baseline)
		}
	}
	if first := root(chain, mode); first != mode && (len(found) == 0 || found[0] != first) {
		found = append(found, first)
	}
	return found
}
