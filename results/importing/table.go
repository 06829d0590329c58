package importing

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"eaibench/bench"
)

// Fault is a row that could not be read.
type Fault struct {
	File string
	// Line from 1.
	Line   int
	Reason string
}

// String is as compilers write it.
func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason) }

// Faults are all rows that could not be read, in the order of files and lines; as an error there is at least one.
type Faults []Fault

// Error has a line for each.
func (f Faults) Error() string {
	var lines []string
	for _, fault := range f {
		lines = append(lines, fault.String())
	}
	return strings.Join(lines, "\n")
}

// run is what a format's rows say of one run.
type run struct {
	mode string
	// cell sets the run's cell apart from others of the mode, as its id has it; "" where there is but one.
	cell      string
	path      string
	processes int
	requests  int
	arguments bench.Arguments
	// failed says why the run is not ok; "" if it is.
	failed string
	values []value
}

// value is a sample without its run.
type value struct {
	at      time.Time // zero where the file has none
	request int
	series  bench.Series
	number  float64
	unit    bench.Unit
	program string
}

// table is a file under reading.
type table struct {
	layout  layout
	file    File
	rows    []*row
	remarks []string
	faults  Faults
	runs    []run
	// taken are the rows that gave a value.
	taken int
	// seen is where each thing that may be said once was said; of all files, where rows name their modes.
	seen map[string]place
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// row is a line with its fields, and the first fault of it.
type row struct {
	line   int
	fields []string
	table  *table
	fault  string
	// says is what no other row may say; "" where any may.
	says string
}

// longestLine in bytes; no published one has a hundredth of it.
const longestLine = 1 << 16

// newTable splits a file into rows. What is no row of the format is a fault; a header that is not the format's is the
// only one of its file.
func newTable(l layout, file File, seen map[string]place) *table {
	t := &table{layout: l, file: file, seen: seen}
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(file.Data, []byte("\xef\xbb\xbf"))) {
		number++
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		switch {
		case len(text) > longestLine:
			t.refuse(number, "the line is longer than %d bytes", longestLine)
			if number == 1 {
				return t
			}
		case number == 1:
			if fields, err := split(text); err != nil || !slices.Equal(fields, l.columns) {
				t.refuse(1, "the columns are not those of the format: want %s", strings.Join(l.columns, ","))
				return t
			}
		case strings.TrimSpace(text) == "":
		case l.remark != nil && l.remark(text):
			t.remarks = append(t.remarks, text)
		default:
			t.addRow(number, text)
		}
	}
	if number == 0 {
		t.refuse(1, "the file is empty: want the columns %s", strings.Join(l.columns, ","))
	}
	return t
}

func (t *table) addRow(line int, text string) {
	fields, err := split(text)
	switch {
	case err != nil:
		t.refuse(line, "%v", err)
	case len(fields) != len(t.layout.columns):
		t.refuse(line, "%d fields, want %d", len(fields), len(t.layout.columns))
	default:
		t.rows = append(t.rows, &row{line: line, fields: fields, table: t})
	}
}

func (t *table) refuse(line int, format string, args ...any) {
	t.faults = append(t.faults, Fault{t.name(), line, fmt.Sprintf(format, args...)})
}

// name of the file, as faults have it.
func (t *table) name() string { return cmp.Or(t.file.Path, t.file.Name) }

// split reads one line of CSV.
func split(text string) ([]string, error) {
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r") {
		return nil, errors.New("it is no text in UTF-8")
	}
	reader := csv.NewReader(strings.NewReader(text))
	fields, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the line is empty")
	}
	if err != nil {
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, err
	}
	return fields, nil
}

// each reads every row; one with a fault gives no run.
func (t *table) each(read func(*row) run) {
	for _, one := range t.rows {
		if found, ok := t.read(one, read); ok {
			t.runs = append(t.runs, found)
		}
	}
}

func (t *table) read(one *row, read func(*row) run) (run, bool) {
	found := read(one)
	if one.fault != "" {
		t.refuse(one.line, "%s", one.fault)
		return run{}, false
	}
	if one.says != "" {
		t.seen[one.says] = place{t.name(), one.line}
	}
	t.taken++
	return found, true
}

// once refuses a row that says what one before it said that could be read.
func (r *row) once(what string) {
	if r.fault != "" {
		return
	}
	switch before, twice := r.table.seen[what]; {
	case !twice:
		r.says = what
	case before.file == r.table.name():
		r.fail("%s stands in line %d already", what, before.line)
	default:
		r.fail("%s stands in %s, line %d, already", what, before.file, before.line)
	}
}

func (r *row) fail(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}

func (r *row) at(column string) (field, name string) {
	return r.fields[slices.Index(r.table.layout.columns, column)], column
}

// whole is a whole number from 1 to most.
func (r *row) whole(column string, most int64) int64 {
	field, name := r.at(column)
	n, err := strconv.ParseInt(field, 10, 64)
	if err != nil || n < 1 || n > most || strconv.FormatInt(n, 10) != field {
		r.fail("%s is %q, want a whole number from 1 to %d", name, field, most)
		return 1
	}
	return n
}

// word is a text that may be in the id of a cell.
func (r *row) word(column string) string {
	field, name := r.at(column)
	if field == "" || len(field) > 60 || strings.ContainsFunc(field, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	}) {
		r.fail("%s is %q, want letters, digits, - . and _", name, field)
		return "x"
	}
	return field
}

// scaled is a decimal number, not negative, times a power of ten. The digits are shifted before they become a float64,
// so that 0.029240 ms are 29240 ns and no fraction of one more.
func (r *row) scaled(column, power string) float64 {
	field, name := r.at(column)
	x, err := strconv.ParseFloat(field+power, 64)
	if err != nil || strings.ContainsAny(field, "xXpP_eEnNiI+") || math.Signbit(x) {
		r.fail("%s is %q, want a decimal number, not negative", name, field)
		return 0
	}
	if x > largest || x != 0 && x < smallest {
		r.fail("%s is %q, which nothing measures", name, field)
		return 0
	}
	return x
}

// What a value may be, in ns, ms or bytes, if it is not 0: nobody waits longer than 2⁶³ ns, 292 years, and sums and shares of what is
// beyond are no float64 any more.
const largest, smallest = 1 << 63, 1e-9

// milliseconds gives ns.
func (r *row) milliseconds(column string) float64 { return r.scaled(column, "e6") }

// megabytes of 2²⁰ bytes gives bytes.
func (r *row) megabytes(column string) float64 {
	return r.scaled(column, "") * (1 << 20)
}

// value is one of the row's, of the run as a whole.
func (r *row) value(series bench.Series, number float64, unit bench.Unit) value {
	return value{request: bench.NoRequest, series: series, number: number, unit: unit}
}
