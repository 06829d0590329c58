package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
)

const (
	tileHeight = 8.5 * vg.Millimeter
	heatWidth  = 70 * vg.Millimeter
)

// tile is a cell of a heat map.
type tile struct {
	value  float64 // the median, in the unit of the samples
	ratio  float64 // to the first of what is compared; 0 where there is none
	n      int
	absent bool
}

// table is what a panel of tiles shows: lines from above, columns from the left.
type table struct {
	lines, columns []string
	first          string // of what is compared, to which its ratios are
	tiles          [][]tile
	units          []bench.Unit // of each line
}

// heatMap draws tiles with medians, coloured by how many times as much they are as in the first of what is compared: what is compared
// is in lines along a thing in which cells differ, or else in columns, a line for each quantity.
func heatMap(v *view) (*Figure, error) {
	f := v.figure()
	var tables []table
	var headings [][2]string
	for i, group := range v.groups {
		if v.entry.Along == "" {
			one, err := v.quantityTable(group)
			if err != nil {
				return nil, err
			}
			tables, headings = append(tables, one), append(headings, [2]string{v.headings[i], ""})
			continue
		}
		for _, q := range v.quantities {
			one, err := v.alongTable(group, q)
			if err != nil {
				return nil, err
			}
			tables, headings = append(tables, one), append(headings, [2]string{quantityHeading(q), v.headings[i]})
		}
	}
	f.columns = v.columns(len(tables), heatWidth)
	// The darkest is at least so many times as much, or as little: what hardly differs is not to look as if it did.
	const faintest = 1.25
	least, most, firsts, without := 1.0, 1.0, []string(nil), false
	for _, one := range tables {
		low, high := one.ratios()
		least, most = min(least, low), max(most, high)
	}
	reach := max(math.Log(most), -math.Log(least), math.Log(faintest))
	for i, one := range tables {
		if one.empty() {
			continue
		}
		panel := one.panel(f.columnWidth(), reach, v.alongText())
		panel.heading, panel.group = headings[i][0], headings[i][1]
		firsts, without = append(firsts, one.first), without || one.withoutRatio()
		f.panels = append(f.panels, panel)
	}
	if len(f.panels) == 0 {
		return nil, errNoRun
	}
	first := firsts[0]
	if len(slices.Compact(firsts)) > 1 { // a panel does not have it
		first = "the first in its panel"
	}
	f.legend = tileLegend(reach, least < 1, most > 1)
	text := fmt.Sprintf("Each tile: the median (%s), and below it how many times that of %s it is: white as much, blue and ▲ more, brown and ▼ less.", v.counted(), first)
	if without {
		text += " White without a ratio: one of both is 0, or the other was not measured."
	}
	f.notes = append([]string{text}, f.notes...)
	return f, nil
}

// medianTile is the median of a cell's runs.
func medianTile(q quantity, cell bench.Cell) (tile, error) {
	summary, err := statistics.Summarize(q.values(cell))
	if errors.Is(err, statistics.ErrEmpty) {
		return tile{absent: true}, nil
	}
	return tile{value: summary.Median, n: summary.N}, err
}

// relate sets the ratio to the first tile.
func (t *tile) relate(first tile) {
	if !t.absent && !first.absent && first.value > 0 {
		t.ratio = t.value / first.value
	}
}

// quantityTable has a line for each quantity, and what is compared in columns.
func (v *view) quantityTable(group []bench.Cell) (table, error) {
	var t table
	cells := v.compared(group)
	for _, cell := range cells {
		t.columns = append(t.columns, cell.label)
	}
	t.first = t.columns[0]
	for _, q := range v.quantities {
		var line []tile
		some := false
		for _, cell := range cells {
			one, err := medianTile(q, cell.Cell)
			if err != nil {
				return t, err
			}
			line = append(line, one)
			line[len(line)-1].relate(line[0])
			some = some || !one.absent
		}
		if some {
			t.lines, t.tiles, t.units = append(t.lines, q.title()), append(t.tiles, line), append(t.units, q.unit)
		}
	}
	return t, nil
}

// alongTable has a line for each of what is compared, and the places of what the figure runs along in columns.
func (v *view) alongTable(group []bench.Cell, q quantity) (table, error) {
	var t table
	t.columns = v.alongValues(group)
	byLabel := map[string][]tile{}
	for _, cell := range v.compared(group) {
		if byLabel[cell.label] == nil {
			line := make([]tile, len(t.columns))
			for i := range line {
				line[i].absent = true
			}
			byLabel[cell.label] = line
			t.lines, t.units = append(t.lines, cell.label), append(t.units, q.unit)
		}
		one, err := medianTile(q, cell.Cell)
		if err != nil {
			return t, err
		}
		byLabel[cell.label][slices.Index(t.columns, v.entry.Along.Text(cell.Cell))] = one
	}
	for _, label := range t.lines {
		line := byLabel[label]
		for i := range line {
			line[i].relate(byLabel[t.lines[0]][i])
		}
		t.tiles = append(t.tiles, line)
	}
	t.first = t.lines[0]
	return t, nil
}

// alongValues are the texts of what the figure runs along, numbers rising.
func (v *view) alongValues(group []bench.Cell) []string {
	cells := slices.Clone(group)
	slices.SortStableFunc(cells, func(a, b bench.Cell) int {
		first, _ := v.entry.Along.Number(a)
		second, _ := v.entry.Along.Number(b)
		return int(min(max(first-second, -1), 1))
	})
	return v.entry.Along.ValuesOf(cells)
}

// ratios are the lowest and the highest, 1 where there are none.
func (t table) ratios() (least, most float64) {
	least, most = 1, 1
	for _, line := range t.tiles {
		for _, one := range line {
			if one.ratio > 0 {
				least, most = min(least, one.ratio), max(most, one.ratio)
			}
		}
	}
	return least, most
}

// withoutRatio tells whether a median has no ratio.
func (t table) withoutRatio() bool {
	return slices.ContainsFunc(t.tiles, func(line []tile) bool {
		return slices.ContainsFunc(line, func(one tile) bool { return !one.absent && one.ratio == 0 })
	})
}

func (t table) empty() bool {
	for _, line := range t.tiles {
		if slices.ContainsFunc(line, func(one tile) bool { return !one.absent }) {
			return false
		}
	}
	return true
}
