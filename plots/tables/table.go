package tables

import (
	"fmt"
	"strconv"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// Table is one table, whatever it is written as.
type Table struct {
	// Name is unique among a campaign's tables, and fit for files and anchors: letters, digits, - and _.
	Name string
	// Caption says what is shown, in a sentence.
	Caption string
	// Alerts are what nobody may overlook: what the numbers do not mean, and what was not protected.
	Alerts []string
	// Notes explain columns and rounding, and say what was left out.
	Notes []string

	campaign string
	columns  []column
	// parts name what sets sections apart, as CSV's columns.
	parts    []string
	sections []section
}

// section is rows that stand together, below what they have in common.
type section struct {
	// of has a text for each of the table's parts; all are empty where there is nothing to tell apart.
	of   []string
	rows [][]cell
}

// kind says what a column holds.
type kind int

const (
	// words are short, and never broken.
	words kind = iota
	// prose may be broken into lines.
	prose
	// numbers are aligned by their point.
	numbers
)

// column is what stands below each other.
type column struct {
	kind kind
	// heading for people; unit is the sign of the numbers' scale, "" without one.
	heading, unit string
	// interval is the confidence of the intervals shown beside the numbers, 0 where none is.
	interval float64
	// width is the share of the line that prose has, 0 to 1.
	width float64
	// csv names the values that CSV has in place of what is shown, units included.
	csv []string
	// csvOnly columns are not shown on pages.
	csvOnly bool
}

// cell is where a row and a column meet.
type cell struct {
	// text of words and prose.
	text string
	// number is nil where there is none: never 0 in its place.
	number *number
	// raw has a text for each of the column's csv; nil: all empty.
	raw []string
}

// absent stands where there is no value.
const absent = "–"

func text(shown string) cell { return cell{text: shown, raw: []string{shown}} }

func integer(n int) cell {
	return cell{number: &number{value: strconv.Itoa(n)}, raw: []string{strconv.Itoa(n)}}
}

// plain is a value without an interval, absent where it is nil.
func plain(value *float64, scale scaled) cell {
	if value == nil {
		return cell{}
	}
	shown := scale.rounded(*value, nil)
	return cell{number: &shown, raw: []string{raw(*value)}}
}

// measured is a value with its interval, where there is one.
func measured(value float64, interval *statistics.Interval, scale scaled) cell {
	shown := scale.rounded(value, interval)
	values := []string{raw(value), "", ""}
	if interval != nil {
		values[1], values[2] = raw(interval.Low), raw(interval.High)
	}
	return cell{number: &shown, raw: values}
}

// withInterval names a value in CSV, and the ends of its interval: median_ns, median_low_ns, median_high_ns.
func withInterval(name string, unit bench.Unit) []string {
	return []string{inUnit(name, unit), inUnit(name+"_low", unit), inUnit(name+"_high", unit)}
}

// inUnit puts the unit behind a column's name: what is counted has none.
func inUnit(name string, unit bench.Unit) string {
	if unit == bench.Count || unit == "" {
		return name
	}
	return name + "_" + string(unit)
}

// Format is what a table is written as.
type Format string

// The formats.
const (
	Markdown Format = "md"
	CSV      Format = "csv"
	LaTeX    Format = "tex"
	HTML     Format = "html"
)

// Formats lists them; each is its files' extension.
func Formats() []Format { return []Format{Markdown, CSV, LaTeX, HTML} }

// percent writes a confidence, without digits that it does not have: 95 %.
func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }

// shown are the columns of pages.
func (t *Table) shown() []int {
	var places []int
	for i, column := range t.columns {
		if !column.csvOnly {
			places = append(places, i)
		}
	}
	return places
}

// title joins what sets a section apart; "" where nothing does.
func (s section) title() string {
	title := ""
	for _, part := range s.of {
		if part != "" && title != "" {
			title += ", "
		}
		title += part
	}
	return title
}
