package procstat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// row is a line of a table, by the names in its header; of JSON, by its keys.
type row map[string]string

// table splits a text table. Its first line names the columns and begins with
// PID; columns that the header lacks are nowhere. The last column takes the rest
// of its line, and may be empty; a value with spaces in another column makes a
// line unreadable.
func (r *reading) table(text []byte, needed ...string) []row {
	var names []string
	var rows []row
	number := 0
	for line := range bytes.Lines(text) {
		number++
		rest := strings.TrimRightFunc(string(line), unicode.IsSpace)
		if rest == "" {
			continue
		}
		if names == nil {
			names = strings.Fields(rest)
			if !r.header(names, needed) {
				return nil
			}
			continue
		}
		one := row{}
		for i, name := range names {
			rest = strings.TrimLeft(rest, " \t")
			value, after, _ := strings.Cut(rest, " ")
			if i == len(names)-1 {
				value = rest
			}
			one[name], rest = value, after
			if value == "" && i < len(names)-1 {
				r.missed("line %d, which ends before %s: %q", number, name, shortened(line))
				one = nil
				break
			}
		}
		if one != nil {
			rows = append(rows, one)
		}
	}
	return rows
}

func (r *reading) header(names, needed []string) bool {
	if names[0] != "PID" {
		r.missed("a header: the first line does not begin with PID")
		return false
	}
	whole := true
	for _, name := range needed {
		if !contains(names, name) {
			r.missed("column %s: the header has no such", name)
			whole = false
		}
	}
	return whole
}

func contains(names []string, name string) bool {
	for _, one := range names {
		if one == name {
			return true
		}
	}
	return false
}

// shortened keeps a line fit for an error.
func shortened(line []byte) string {
	const most = 120
	line = bytes.TrimRight(line, "\r\n")
	return string(line[:min(len(line), most)])
}

// isJSON tells libxo's JSON from a table.
func isJSON(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// object finds what procstat printed of one process: in "procstat", in the
// container of the command, whose name differs among versions, by the PID.
func (r *reading) object(text []byte, pid int) (map[string]json.RawMessage, error) {
	var document struct {
		Procstat map[string]map[string]json.RawMessage `json:"procstat"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: not the JSON of procstat: %w", r.unread.Command, err)
	}
	if len(document.Procstat) != 1 {
		return nil, fmt.Errorf("%s: %d containers in its JSON, where one is the command's", r.unread.Command, len(document.Procstat))
	}
	for _, processes := range document.Procstat {
		raw, found := processes[strconv.Itoa(pid)]
		if !found {
			return nil, r.gone()
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, fmt.Errorf("%s: process %d: %w", r.unread.Command, pid, err)
		}
		return object, nil
	}
	return nil, r.gone()
}

// words turns an object's plain values into a row: libxo quotes some numbers.
func words(object map[string]json.RawMessage) row {
	one := row{}
	for key, raw := range object {
		var text string
		switch {
		case json.Unmarshal(raw, &text) == nil:
			one[key] = strings.TrimSpace(text)
		case len(raw) > 0 && raw[0] != '{' && raw[0] != '[':
			one[key] = string(raw)
		}
	}
	return one
}

// process finds the row of one process in either form. names gives the JSON's key
// of each column; all but those beginning with "?" must be there.
func (r *reading) process(text []byte, pid int, names map[string]string) (row, error) {
	if isJSON(text) {
		object, err := r.object(text, pid)
		if err != nil {
			return nil, err
		}
		found, one := words(object), row{}
		for column, key := range names {
			column, optional := strings.CutPrefix(column, "?")
			value, ok := found[key]
			switch {
			case ok:
				one[column] = value
			case !optional:
				r.missed("%s: its JSON has no key %q", column, key)
			}
		}
		return one, nil
	}
	var needed []string
	for column := range names {
		if !strings.HasPrefix(column, "?") {
			needed = append(needed, column)
		}
	}
	for _, one := range r.table(text, needed...) {
		if one["PID"] == strconv.Itoa(pid) {
			return one, nil
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return nil, r.gone()
}

// count reads a number of a row, which must not be negative; nil if the row lacks
// it or has "-", which is procstat's word for not known.
func (r *reading) count(one row, column string) *int64 {
	value, ok := one[column]
	if !ok || value == "-" {
		return nil
	}
	const bits = 43 // so that pages, kB and sums of them stay in range
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, bits)
	if err != nil {
		r.missed("%s: %q is no number", column, value)
		return nil
	}
	signed := int64(n)
	return &signed
}
