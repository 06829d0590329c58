package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
)

// axis is one thing in which cells may differ.
type axis struct {
	name string
	// values that the matrix lists; none: the scenario's single value.
	values []any
	// single is that value; nil where the solution may do without.
	single any
	// parse reads a value as it stands in a file or after --only; the error continues a sentence.
	parse func(text string) (any, error)
	// check refuses a value; the error continues a sentence.
	check func(value any) error
	// text writes a value as parse reads it.
	text func(value any) string
}

// axes lists everything in which cells of this scenario may differ, modes apart, in the order in which they vary: the last one
// fastest.
func (s *Scenario) axes() []axis {
	axes := []axis{
		words("path", s.Matrix.Path, s.Path, paths),
		words("crypto", s.Matrix.Crypto, s.Parameters.Crypto, cryptos),
		words("verify", s.Matrix.Verify, s.Parameters.Verify, verifies),
		wholeNumbers(bench.ByRequests, s.Matrix.Requests, s.Parameters.Requests),
		{
			name: "interval", values: untyped(s.Matrix.Interval, func(d time.Duration) any { return d }), single: s.Parameters.Interval,
			parse: func(text string) (any, error) {
				interval, err := time.ParseDuration(text)
				if err != nil {
					return nil, fmt.Errorf("want a time with its unit, such as 100ms, found %.40q", text)
				}
				return interval, nil
			},
			check: func(value any) error { return bench.CheckInterval(value.(time.Duration)) },
			text:  func(value any) string { return strconv.FormatInt(value.(time.Duration).Milliseconds(), 10) + "ms" },
		},
		wholeNumbers(bench.ProcessesAtOnce, s.Matrix.Processes, s.Parameters.Processes),
	}
	given, listed := s.Parameters.Arguments.values(), s.Matrix.Arguments.values()
	for _, key := range slices.Sorted(maps.Keys(s.declared)) {
		parameter := s.declared[key]
		single := given[key]
		if single == nil && parameter.Default != nil {
			single = *parameter.Default
		}
		axes = append(axes, axis{
			name: key, values: listed[key], single: single, parse: parameter.Parse, check: parameter.Check, text: parameter.Text,
		})
	}
	return axes
}

func words(name string, values []string, single string, valid []string) axis {
	return axis{
		name: name, values: untyped(values, func(v string) any { return v }), single: single,
		parse: func(text string) (any, error) { return text, nil },
		check: func(value any) error { return known(value.(string), valid) },
		text:  func(value any) string { return value.(string) },
	}
}

func wholeNumbers(of bench.Axis, values []int, single int) axis {
	least, most, _ := of.Limits()
	return axis{
		name: string(of), values: untyped(values, func(v int) any { return v }), single: single,
		parse: func(text string) (any, error) {
			number, err := strconv.Atoi(text)
			if err != nil {
				return nil, fmt.Errorf("want a whole number, found %.40q", text)
			}
			return number, nil
		},
		check: func(value any) error {
			if n := int64(value.(int)); n < least || n > most {
				return fmt.Errorf("%d is not between %d and %d", n, least, most)
			}
			return nil
		},
		text: func(value any) string { return strconv.Itoa(value.(int)) },
	}
}

// known refuses a word that is none of the valid ones.
func known(word string, valid []string) error {
	if slices.Contains(valid, word) {
		return nil
	}
	if nearest := strictyaml.Nearest(word, valid); nearest != "" {
		return fmt.Errorf("%q is not known; did you mean %q?", word, nearest)
	}
	return fmt.Errorf("%q is not known; there are: %s", word, strings.Join(valid, ", "))
}

// set gives the variant a value of an axis; copies made before keep theirs.
func (v *variant) set(name string, value any) {
	v.values = maps.Clone(v.values)
	v.values[name] = value
}

// cell makes the cell of a mode.
func (v variant) cell(s *Scenario, mode, id string) bench.Cell {
	c := bench.Cell{
		ID: id, Mode: mode, Path: v.values["path"].(string), Crypto: v.values["crypto"].(string), Verify: v.values["verify"].(string),
		Processes: v.values["processes"].(int),
		Parameters: bench.Parameters{
			Requests: v.values["requests"].(int), IntervalMS: v.values["interval"].(time.Duration).Milliseconds(),
		},
	}
	for key, parameter := range s.declared {
		if value := v.values[key]; value != nil {
			if c.Parameters.Arguments == nil {
				c.Parameters.Arguments = bench.Arguments{}
			}
			c.Parameters.Arguments[parameter.Member(key)] = value
		}
	}
	return c
}
