package tables

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrFormat is a format that is not there.
var ErrFormat = errors.New("not a table's format")

// Write writes the table. The error is of the writer, or wraps ErrFormat.
func (t *Table) Write(w io.Writer, format Format) error {
	var page string
	switch format {
	case CSV:
		return t.writeCSV(w)
	case HTML:
		return t.writeHTML(w)
	case Markdown:
		page = t.markdown()
	case LaTeX:
		page = t.latex()
	default:
		return fmt.Errorf("writing table %s as %q: %w", t.Name, format, ErrFormat)
	}
	if _, err := io.WriteString(w, page); err != nil {
		return fmt.Errorf("writing table %s: %w", t.Name, err)
	}
	return nil
}

// at is a row's cell in a column; an empty one where the row ends before.
func at(row []cell, place int) cell {
	if place < len(row) {
		return row[place]
	}
	return cell{}
}

// value is a cell's number without its interval, or its text, as people read it.
func (c cell) value(kind kind) string {
	switch {
	case kind == numbers && c.number == nil, kind != numbers && c.text == "":
		return absent
	case kind != numbers:
		return c.text
	case c.number.below:
		return "<" + c.number.value
	}
	return minus(c.number.value)
}

// interval is a cell's, as people read it; "" without one.
func (c cell) interval() string {
	if c.number == nil || c.number.low == "" {
		return ""
	}
	return "[" + minus(c.number.low) + ", " + minus(c.number.high) + "]"
}

// minus writes the sign as one.
func minus(number string) string { return strings.Replace(number, "-", "−", 1) }

// title is a column's heading with its unit and the confidence of its intervals, as people read it.
func (c column) title() string {
	title := c.heading
	if c.unit != "" {
		title += " (" + c.unit + ")"
	}
	if c.interval > 0 {
		title += " [" + percent(c.interval) + "]"
	}
	return title
}
