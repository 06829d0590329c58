package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"eaibench/bench/statistics"
)

// Link is a mode's place in the chain of modes, and what the step to it costs.
type Link struct {
	Cell Cell `json:"cell"`
	// Previous and First are the modes compared with, "" if there is none or it
	// has no values.
	Previous string `json:"previous,omitempty"`
	First    string `json:"first,omitempty"`
	// Summary is nil where the cell has no values.
	Summary *statistics.Description `json:"summary,omitempty"`
	// Course of the values in the order of the runs; nil where they are too few to say.
	Course *Course `json:"course,omitempty"`
	// LeftOut are the cell's runs that are in neither.
	LeftOut LeftOut `json:"left_out"`
	// ToPrevious is the ratio of medians to the previous link of the chain,
	// ToFirst to the chain's first mode; nil where there is no ratio.
	ToPrevious *float64 `json:"to_previous,omitempty"`
	ToFirst    *float64 `json:"to_first,omitempty"`
}

// Mode is a mode as comparisons see it.
type Mode struct {
	Name string `json:"name"`
	// Baseline is the previous link of the chain, "" for the first.
	Baseline string `json:"baseline,omitempty"`
}

// Compare follows the chain of modes in one series of one group of cells. chain
// holds every mode of the platform, each after its baseline. A link whose baseline
// was not measured has no ratio to it: a comparison that skips a link changes two
// things at once. Of the options, confidence and seed are those of the summaries'
// intervals. The error is statistics.ErrNotFinite or ErrArgument.
func Compare(cells []CellRuns, chain []Mode, options Options) ([]Link, error) {
	options = options.withDefaults()
	byMode := map[string]*Link{}
	var links []*Link
	for _, mode := range chain {
		at := slices.IndexFunc(cells, func(c CellRuns) bool { return c.Cell.Mode == mode.Name })
		if at < 0 {
			continue
		}
		link, err := cells[at].describe(options)
		if err != nil {
			return nil, err
		}
		byMode[mode.Name] = link
		links = append(links, link)
		if link.ToPrevious, link.Previous, err = toBase(link, byMode[mode.Baseline], mode.Baseline); err != nil {
			return nil, err
		}
		first := root(chain, mode.Name)
		if link.ToFirst, link.First, err = toBase(link, byMode[first], first); err != nil {
			return nil, err
		}
	}
	compared := make([]Link, len(links))
	for i, link := range links {
		compared[i] = *link
	}
	return compared, nil
}

// describe makes a link of a cell's runs, without its ratios.
func (r CellRuns) describe(options Options) (*Link, error) {
	link := &Link{Cell: r.Cell, LeftOut: r.LeftOut}
	if len(r.Values) == 0 {
		return link, nil
	}
	summary, err := statistics.Describe(r.Values, options.Confidence, options.Seed)
	if err != nil {
		return nil, fmt.Errorf("summarising %s: %w", r.Cell.ID, err)
	}
	link.Summary = &summary
	link.Course, err = r.Course()
	return link, err
}

// toBase gives the ratio of a link's median to another's, and that one's name.
func toBase(link, base *Link, name string) (*float64, string, error) {
	if base == nil || base == link || base.Summary == nil || link.Summary == nil {
		return nil, "", nil
	}
	quotient, err := ratio(link.Summary.Median, base.Summary.Median)
	switch {
	case errors.Is(err, statistics.ErrNoRatio):
		return nil, "", nil
	case err != nil:
		return nil, "", err
	}
	return &quotient, name, nil
}

// ratio of two medians; 1 is no difference, 2 twice the base. The error is statistics.ErrNoRatio if the base is 0,
// ErrNotFinite if the ratio is beyond float64.
func ratio(median, base float64) (float64, error) {
	if base == 0 {
		return 0, statistics.ErrNoRatio
	}
	quotient := median / base
	if math.IsInf(quotient, 0) {
		return 0, fmt.Errorf("ratio of %v to %v: %w", median, base, statistics.ErrNotFinite)
	}
	return quotient, nil
}

// root follows the baselines from a mode to the first of its chain.
func root(chain []Mode, name string) string {
	for range chain {
		at := slices.IndexFunc(chain, func(m Mode) bool { return m.Name == name })
		if at < 0 || chain[at].Baseline == "" {
			return name
		}
		name = chain[at].Baseline
	}
	return name
}

// Groups gives the cells that may be compared with each other, in the order of
// their first cell.
func Groups(cells []Cell) [][]Cell {
	var order []string
	groups := map[string][]Cell{}
	for _, cell := range cells {
		group := cell.Group()
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], cell)
	}
	list := make([][]Cell, len(order))
	for i, group := range order {
		list[i] = groups[group]
	}
	return list
}

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
