package tables

import (
	"errors"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// line is a series as a row, and what is said of it before its medians.
type line struct {
	bench.Series
	// part is the section it belongs to, besides its group.
	part  string
	texts []string
}

// medianOf is a mode's median of a series, with its interval where there are runs enough.
type medianOf struct {
	value    float64
	n        int
	interval *statistics.Interval
}

// median of a series in a cell; nil where it has no value.
func (s *Source) median(cell bench.Cell, series bench.Series) (*medianOf, error) {
	values := bench.CellValues(s.runs[cell.ID], s.values, cell.ID, series)
	median, err := statistics.Median(values)
	if errors.Is(err, statistics.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the median of %s: %w", series, err)
	}
	found := &medianOf{value: median, n: len(values)}
	interval, err := statistics.MedianInterval(values, s.confidence())
	switch {
	case err == nil:
		found.interval = &interval
	case !errors.Is(err, statistics.ErrTooFew):
		return nil, fmt.Errorf("the median of %s: %w", series, err)
	}
	return found, nil
}

// medianRow is a line's medians in a group of cells, a mode each; nil where there is none.
type medianRow struct {
	line
	group   int
	medians []*medianOf
}

// mediansOf fills a table with a row for each line that has a value, in its own unit, and a column for each mode that was measured.
// The columns before them are of the lines' texts. CSV has no unit in a column: all its values are in the stored one.
func (s *Source) mediansOf(t *Table, unit bench.Unit, before []column, lines []line) error {
	modes := s.measuredModes()
	rows, err := s.medianRows(modes, lines)
	if err != nil {
		return err
	}
	counted, err := countOf(rows)
	if err != nil {
		return err
	}
	t.columns = append(append(before, column{heading: "unit"}), modeColumns(modes, unit)...)
	for i, r := range rows {
		if i == 0 || r.group != rows[i-1].group || r.part != rows[i-1].part {
			of := []string{s.headings[r.group], r.part}
			t.sections = append(t.sections, section{of: of[:len(t.parts)]})
		}
		var cells []cell
		for _, one := range r.texts {
			cells = append(cells, text(one))
		}
		scale := r.scale(unit)
		cells = append(cells, cell{text: scale.Name})
		for _, median := range r.medians {
			cells = append(cells, medianCell(median, scaledBy(scale)))
		}
		last := &t.sections[len(t.sections)-1]
		last.rows = append(last.rows, cells)
	}
	t.Notes = append(t.Notes, counted+"; a run is one value, the median over its requests.",
		fmt.Sprintf("Medians are rounded by their %s interval, which CSV has, to the second significant digit of its half-width; without one (too few runs), or where its ends are equal, to %d significant digits.", percent(s.confidence()), plainDigits))
	return nil
}

// medianRows are those that have a value, group by group.
func (s *Source) medianRows(modes []string, lines []line) ([]medianRow, error) {
	var rows []medianRow
	for i, group := range s.groups {
		for _, one := range lines {
			row, known := medianRow{line: one, group: i, medians: make([]*medianOf, len(modes))}, false
			for k, mode := range modes {
				at := slices.IndexFunc(group, func(c bench.Cell) bool { return c.Mode == mode })
				if at < 0 {
					continue
				}
				var err error
				if row.medians[k], err = s.median(group[at], one.Series); err != nil {
					return nil, err
				}
				known = known || row.medians[k] != nil
			}
			if known {
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// scale is the unit of a row, by its largest value: a step of microseconds is not shown in the unit of a total of seconds.
func (r medianRow) scale(unit bench.Unit) bench.Scale {
	var values []float64
	for _, median := range r.medians {
		if median != nil {
			values = append(values, median.value)
		}
	}
	return bench.ScaleFor(unit, values...)
}

// countOf says how many runs are behind the rows' values.
func countOf(rows []medianRow) (string, error) {
	var runs []int
	for _, row := range rows {
		step, _ := bench.StepOf(row.Series)
		for _, median := range row.medians {
			if median != nil && !step.OncePerMode {
				runs = append(runs, median.n)
			}
		}
	}
	if len(runs) == 0 {
		return "", errNoRun
	}
	return countedText(slices.Min(runs), slices.Max(runs)), nil
}

// countedText says how many runs are behind a value.
func countedText(least, most int) string {
	switch {
	case most == 1:
		return "n = 1 run"
	case least == most:
		return fmt.Sprintf("n = %d runs", most)
	}
	return fmt.Sprintf("n = %d to %d runs, as CSV has them", least, most)
}

// measuredModes are those of the campaign's cells, in the order of the chain.
func (s *Source) measuredModes() []string {
	var modes []string
	for _, mode := range s.data.Campaign.Modes {
		if slices.ContainsFunc(s.data.Campaign.Cells, func(c bench.Cell) bool { return c.Mode == mode.Name }) {
			modes = append(modes, mode.Name)
		}
	}
	return modes
}

func modeColumns(modes []string, unit bench.Unit) []column {
	var columns []column
	for _, mode := range modes {
		columns = append(columns, column{kind: numbers, heading: mode, csv: append(withInterval(mode+"_median", unit), mode+"_n")})
	}
	return columns
}

func medianCell(of *medianOf, scale scaled) cell {
	if of == nil {
		return cell{}
	}
	shown := measured(of.value, of.interval, scale)
	shown.raw = append(shown.raw, fmt.Sprint(of.n))
	return shown
}
