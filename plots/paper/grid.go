package paper

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// ErrTable: a file of published numbers is not laid out as it was published.
var ErrTable = errors.New("the table is not laid out as it was published")

// record is a row of a published table by its columns.
type record map[string]string

// columnsOf tells how a table with one line of headings is computed: keys say what a row is of, the others have a
// function each.
type columnsOf struct {
	keys []string
	// rows are how many the measurements make: a table may lack those of a key's value altogether, and be whole in itself.
	rows    int
	columns map[string]func(record) (computed, error)
}

// readGrid reads a published CSV file.
func readGrid(folder fs.FS, file string) ([][]string, error) {
	data, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, fmt.Errorf("reading published numbers: %w", err)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	grid, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return grid, nil
}

// encodeGrid writes a table as CSV.
func encodeGrid(grid [][]string) ([]byte, error) {
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	if err := writer.WriteAll(grid); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	return text.Bytes(), nil
}

// compute makes a table again. A number that has no answer is a disagreement, with the error as its reason.
func (c columnsOf) compute(folder fs.FS, file string) (Table, error) {
	grid, err := readGrid(folder, file)
	if err != nil {
		return Table{}, err
	}
	table := Table{File: file}
	if len(grid) < 2 {
		return table, fmt.Errorf("%s: %w: it has no row", file, ErrTable)
	}
	header := grid[0]
	for _, name := range c.keys {
		if !slices.Contains(header, name) {
			return table, fmt.Errorf("%s: %w: column %q is missing", file, ErrTable, name)
		}
	}
	for name := range c.columns {
		if !slices.Contains(header, name) {
			return table, fmt.Errorf("%s: %w: column %q is missing", file, ErrTable, name)
		}
	}
	if err := c.everyRow(grid); err != nil {
		return table, fmt.Errorf("%s: %w", file, err)
	}
	again := [][]string{header}
	for _, fields := range grid[1:] {
		row := record{}
		for i, name := range header {
			row[name] = fields[i]
		}
		ours := slices.Clone(fields)
		for i, name := range header {
			compute, computes := c.columns[name]
			switch {
			case computes:
			case slices.Contains(c.keys, name):
				continue
			default:
				return table, fmt.Errorf("%s: %w: nothing computes column %q", file, ErrTable, name)
			}
			one := judged(func() (computed, error) { return compute(row) }, c.place(row)+", "+name, fields[i])
			table.Numbers = append(table.Numbers, one)
			ours[i] = one.Ours
		}
		again = append(again, ours)
	}
	table.Again, err = encodeGrid(again)
	return table, err
}

// everyRow refuses a table that lacks a row, or has one twice: each combination of the keys' values has one. What a table has no
// row of is compared with nothing.
func (c columnsOf) everyRow(grid [][]string) error {
	values := map[string]map[string]bool{}
	seen := map[string]bool{}
	for _, fields := range grid[1:] {
		row := record{}
		for i, name := range grid[0] {
			row[name] = fields[i]
		}
		place := c.place(row)
		if seen[place] {
			return fmt.Errorf("%w: two rows are of %s", ErrTable, place)
		}
		seen[place] = true
		for _, key := range c.keys {
			if values[key] == nil {
				values[key] = map[string]bool{}
			}
			values[key][row[key]] = true
		}
	}
	want := 1
	for _, key := range c.keys {
		want *= len(values[key])
	}
	if len(seen) != want {
		return fmt.Errorf("%w: it has %d rows of the %d that %s make", ErrTable, len(seen), want, strings.Join(c.keys, ", "))
	}
	if len(seen) != c.rows {
		return fmt.Errorf("%w: it has %d rows of the %d that the measurements make", ErrTable, len(seen), c.rows)
	}
	return nil
}

// judged is a number with what came out, or with why nothing did.
func judged(compute func() (computed, error), place, theirs string) Number {
	found, err := compute()
	one := found.judge(place, theirs)
	if err != nil {
		one.Ours, one.Verdict, one.Why = "", Disagrees, err.Error()
	}
	return one
}

// place names a row by its keys.
func (c columnsOf) place(row record) string {
	var parts []string
	for _, name := range c.keys {
		parts = append(parts, row[name])
	}
	return strings.Join(parts, ", ")
}
