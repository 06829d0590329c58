package strictyaml

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Fault is one thing wrong with a file.
type Fault struct {
	File string
	// Line and Column count from 1; the column counts characters.
	Line, Column int
	// Message says what is wrong and what to do, in lower case.
	Message string
}

// Error gives file:line:column: message, as editors understand it.
func (f Fault) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Faults is everything wrong with a file, in the order of its lines (with what it extends after it). It is never
// empty when returned as an error, and holds at most MaxFaults, the last of which then
// says how many more there are.
type Faults []Fault

// Error gives one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// line reports at a place in the file of a document that is one file.
func (d *decoder) line(line, column int, format string, args ...any) {
	d.faults = append(d.faults, Fault{File: d.document.order[0], Line: max(line, 1), Column: max(column, 1), Message: fmt.Sprintf(format, args...)})
}

// at reports at a node.
func (d *decoder) at(n *yaml.Node, format string, args ...any) {
	d.line(n.Line, n.Column, format, args...)
	if file, known := d.document.files[n]; known {
		d.faults[len(d.faults)-1].File = file
	}
}

// fault reports at a node and remembers that its value cannot be relied on.
func (d *decoder) fault(n *yaml.Node, format string, args ...any) {
	d.faulty[n] = true
	d.at(n, format, args...)
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// syntax turns the parser's error, which has at most a line, into a fault. Tabs
// are looked for first: the parser's own message does not name them.
func (d *decoder) syntax(data []byte, err error) {
	line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		message = m[2]
		if m[1] != "" {
			line, _ = strconv.Atoi(m[1])
		}
	}
	lines := bytes.Split(data, []byte("\n"))
	// The parser names the line before or after, depending on the construct.
	for _, number := range []int{line, line + 1, line - 1} {
		if number < 1 || number > len(lines) {
			continue
		}
		text := lines[number-1]
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 {
			d.line(number, tab+1, "a tab indents this line; use spaces")
			return
		}
	}
	if strings.HasPrefix(message, "did not find expected") {
		if open, ok := unclosed(lines); ok {
			d.line(open.line, open.column, "not valid YAML: this %c is not closed", open.bracket)
			return
		}
	}
	if strings.HasPrefix(message, "mapping values are not allowed") {
		message += ": text with a colon and a space in it needs quotes, and the keys of a mapping the same indentation"
	}
	line = min(line, len(lines))
	column := 1
	if line >= 1 {
		text := lines[line-1]
		column += len(text) - len(bytes.TrimLeft(text, " "))
	}
	d.line(line, column, "not valid YAML: %s", message)
}

// result sorts the faults and leaves out the ones beyond MaxFaults.
func (d *decoder) result() error {
	if len(d.faults) == 0 {
		return nil
	}
	place := func(f Fault) int { return slices.Index(d.document.order, f.File) }
	slices.SortStableFunc(d.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if more := len(d.faults) - MaxFaults; more > 0 {
		d.faults = d.faults[:MaxFaults]
		d.faults[MaxFaults-1].Message += fmt.Sprintf(" (and %d more faults)", more)
	}
	return d.faults
}
