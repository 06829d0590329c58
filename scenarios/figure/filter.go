package figure

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"eaibench/bench"
	"eaibench/integration_process"
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
