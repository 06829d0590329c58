package figure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/strictyaml"
)

// Filter names values by key: what cells differ in (mode, path, crypto, verify, requests, interval, processes, a run parameter),
// component or service.
type Filter map[string]Words

// Words are one value or more, as they stand in the file.
type Words []Word

// OneOrMore lets a file give one without brackets.
func (*Words) OneOrMore() {}

// Word is a value as it stands in the file: text or a number.
type Word string

// UnmarshalText takes the text.
func (w *Word) UnmarshalText(text []byte) error {
	*w = Word(text)
	return nil
}

// Keys of a filter that are of series, not of cells.
const (
	componentKey = "component"
	serviceKey   = "service"
)

// Keeps tells whether a cell has one of the values of every key that is of cells.
func (f Filter) Keeps(cell bench.Cell) bool {
	for key, words := range f {
		if key == componentKey || key == serviceKey {
			continue
		}
		if !slices.ContainsFunc(words, func(w Word) bool { return w.isOf(cell, bench.Axis(key)) }) {
			return false
		}
	}
	return true
}

// KeepsSeries tells whether a series is of one of the components, and one of the services, that are named.
func (f Filter) KeepsSeries(series bench.Series) bool {
	for key, value := range map[string]string{componentKey: string(series.Component), serviceKey: series.Service} {
		if words, named := f[key]; named && !slices.Contains(words, Word(value)) {
			return false
		}
	}
	return true
}

// SeriesText says which series the filter keeps: "component launcher, service store or taxi"; "" where it keeps all.
func (f Filter) SeriesText() string {
	var texts []string
	for _, key := range []string{componentKey, serviceKey} {
		var values []string
		for _, word := range f[key] {
			values = append(values, string(word))
		}
		if len(values) > 0 {
			texts = append(texts, key+" "+strings.Join(values, " or "))
		}
	}
	return strings.Join(texts, ", ")
}

// Miss is a value of a filter that nothing of a campaign has, and the values that there are.
type Miss struct {
	Key   string
	Value Word
	Known []string
	// All: nor does anything have another value of the key, so that the filter keeps nothing.
	All bool
}

// String says so in words, with the value that may have been meant.
func (m Miss) String() string {
	hint := "; it has " + strings.Join(m.Known, ", ")
	if len(m.Known) == 0 {
		hint = fmt.Sprintf(", and none has a %s", m.Key)
	} else if nearest := strictyaml.Nearest(string(m.Value), m.Known); nearest != "" {
		hint = fmt.Sprintf(", did you mean %s?", nearest)
	}
	return fmt.Sprintf("nothing in the campaign has the filter's %s %q%s", m.Key, m.Value, hint)
}

// OfSeries tells whether the key is one of series, not of cells.
func (m Miss) OfSeries() bool { return m.Key == componentKey || m.Key == serviceKey }

// Misses lists the values that no cell, or no series, has: by their keys, each key's as they stand in the file. A filter without
// any may keep nothing nonetheless, where no cell has all of its values at once.
func (f Filter) Misses(cells []bench.Cell, series []bench.Series) []Miss {
	var misses []Miss
	for _, key := range slices.Sorted(maps.Keys(f)) {
		var known []string
		isKnown := func(word Word) bool { return slices.Contains(known, string(word)) }
		switch axis := bench.Axis(key); key {
		case componentKey:
			known = distinct(series, func(one bench.Series) string { return string(one.Component) })
		case serviceKey:
			known = distinct(series, func(one bench.Series) string { return one.Service })
		default:
			known = distinct(cells, inFile(axis))
			isKnown = func(word Word) bool {
				return slices.ContainsFunc(cells, func(cell bench.Cell) bool { return word.isOf(cell, axis) })
			}
		}
		all := !slices.ContainsFunc(f[key], isKnown)
		for _, word := range f[key] {
			if !isKnown(word) {
				misses = append(misses, Miss{key, word, known, all})
			}
		}
	}
	return misses
}

// distinct are the values that there are, in the order of their first places; none is no value.
func distinct[T any](all []T, value func(T) string) []string {
	var values []string
	for _, one := range all {
		if text := value(one); text != "" && !slices.Contains(values, text) {
			values = append(values, text)
		}
	}
	return values
}

// inFile is a cell's value as a file has it: what people read as 16 KiB is 16KiB there.
func inFile(axis bench.Axis) func(bench.Cell) string {
	return func(cell bench.Cell) string {
		text := axis.Text(cell)
		number, whole := axis.Number(cell)
		if least, _, known := axis.Limits(); known && number < least {
			return "" // an imported cell, of which it is not told
		}
		if whole {
			return strings.ReplaceAll(text, " ", "")
		}
		return text
	}
}

// isOf tells whether a cell has the value, which is written as in a scenario: 150.00, 16KiB, 5ms.
func (w Word) isOf(cell bench.Cell, axis bench.Axis) bool {
	number, whole := axis.Number(cell)
	if !whole {
		return string(w) == axis.Text(cell)
	}
	var meant int64
	var err error
	switch argument := axis.Argument(cell); {
	case axis == bench.ByInterval:
		var interval time.Duration
		interval, err = time.ParseDuration(string(w))
		meant = interval.Milliseconds()
	case argument == string(axis)+"_cents":
		meant, err = integration_process.ParseAmount(string(w))
	case argument == string(axis)+"_bytes":
		meant, err = integration_process.ParseSize(string(w))
	default:
		meant, err = strconv.ParseInt(string(w), 10, 64)
	}
	return err == nil && meant == number
}

// check refuses a value that no planned cell has: the limits are a scenario's.
func (w Word) check(report reporter, path string, axis bench.Axis) {
	if values := axis.Values(); values != nil {
		oneOf(report, path, string(w), values)
		return
	}
	least, most, known := axis.Limits()
	switch {
	case axis == bench.ByInterval:
		interval, err := time.ParseDuration(string(w))
		if err != nil {
			report(path, "%.40q is not a duration such as 5ms", string(w))
		} else if err := bench.CheckInterval(interval); err != nil {
			report(path, "%v", err)
		}
	case known:
		number, err := strconv.ParseInt(string(w), 10, 64)
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			report(path, "%.40q is not a whole number", string(w))
		case number < least || number > most: // of one out of range too, which is read as the nearest
			report(path, "%.40s is not between %d and %d", string(w), least, most)
		}
	}
}

// filterKeys are those that every filter may have.
func filterKeys() []string {
	keys := []string{componentKey, serviceKey}
	for _, axis := range bench.CommonAxes() {
		keys = append(keys, string(axis))
	}
	return append(keys, parameters()...)
}

// parameters are the run parameters of every solution.
func parameters() []string {
	names := map[string]bool{string(bench.Payload): true}
	for _, solution := range integration_process.Solutions() {
		described, err := integration_process.LoadSolution(solution)
		if err != nil {
			continue // whoever checks the solution reports it
		}
		for name := range described.RunParameters {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
