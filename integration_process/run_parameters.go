package integration_process

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// RunParameters are a solution's own run parameters, beyond those of every solution, by the key with which a scenario
// gives them. Its source declares the same, and the process refuses what it does not declare (docs/formats/messages.md).
type RunParameters map[string]RunParameter

// RunParameter is the type and the bounds of one. The run parameters' text has it as a member that Member names.
type RunParameter struct {
	Type RunParameterType `yaml:"type"`
	// Min and Max bound a number in the unit of the member, or a text's length in bytes.
	Min int64 `yaml:"min"`
	Max int64 `yaml:"max"`
	// Default of a number, in the unit of the member; nil: it must be given unless it is optional.
	Default *int64 `yaml:"default,omitempty"`
	// Optional: the member may be missing.
	Optional bool `yaml:"optional,omitempty"`
	// Description is one line for people.
	Description string `yaml:"description"`
}

// RunParameterType is how a scenario writes a run parameter.
type RunParameterType string

// The types of run parameters. In the run parameters' text all but a text are whole numbers.
const (
	RunInteger RunParameterType = "integer" // 12
	RunAmount  RunParameterType = "amount"  // 150.00; the member is named KEY_cents
	RunSize    RunParameterType = "size"    // 16KiB; the member is named KEY_bytes
	RunText    RunParameterType = "text"
)

// Bounds of what a description may ask for: messages.md's.
const (
	mostRunNumber = 1 << 53
	mostRunText   = 1000 // bytes
)

// commonKeys are those of every solution, in a scenario or in the run parameters' text.
var commonKeys = []string{
	"version", "solution", "program", "run", "mode", "path", "crypto", "verify", "requests", "interval", "interval_ms", "processes",
	"include", "exclude",
}

// Member names the parameter in the run parameters' text.
func (p RunParameter) Member(key string) string {
	switch p.Type {
	case RunAmount:
		return key + "_cents"
	case RunSize:
		return key + "_bytes"
	default:
		return key
	}
}

// Check refuses a value (int64 or string) of another type or outside the bounds. The error continues a sentence about it.
func (p RunParameter) Check(value any) error {
	switch v := value.(type) {
	case int64:
		if p.Type == RunText {
			return errors.New("is a number, want a text")
		}
		if v < p.Min || v > p.Max {
			return fmt.Errorf("is %s, want %s to %s", p.Text(v), p.Text(p.Min), p.Text(p.Max))
		}
	case string:
		if p.Type != RunText {
			return errors.New("is a text, want a whole number")
		}
		if length := int64(len(v)); length < p.Min || length > p.Max || strings.ContainsFunc(v, unicode.IsControl) {
			return fmt.Errorf("is no text of %d to %d bytes without control characters", p.Min, p.Max)
		}
	default:
		return errors.New("is neither a whole number nor a text")
	}
	return nil
}

// Parse reads a value as a scenario has it, into an int64 or a string; whether it is in bounds is for Check.
func (p RunParameter) Parse(text string) (any, error) {
	switch p.Type {
	case RunAmount:
		return ParseAmount(text)
	case RunSize:
		return ParseSize(text)
	case RunInteger:
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("want a whole number, found %.40q", text)
		}
		return number, nil
	default:
		return text, nil
	}
}

// Text writes a value as Parse reads it.
func (p RunParameter) Text(value any) string {
	number, whole := value.(int64)
	switch {
	case whole && p.Type == RunAmount:
		return FormatAmount(number)
	case whole && p.Type == RunSize:
		return FormatSize(number)
	default:
		return fmt.Sprint(value)
	}
}

// Complete gives the arguments, by member name, with the defaults of those that are missing. It refuses what is not declared,
// out of bounds, or missing without a default.
func (p RunParameters) Complete(given map[string]any) (map[string]any, error) {
	complete := make(map[string]any, len(p))
	byMember := map[string]RunParameter{}
	for key, parameter := range p {
		byMember[parameter.Member(key)] = parameter
		if parameter.Default != nil {
			complete[parameter.Member(key)] = *parameter.Default
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		parameter, known := byMember[name]
		if !known {
			return nil, fmt.Errorf("parameter %s is not known to the solution; it has: %s", name, listed(byMember))
		}
		if err := parameter.Check(given[name]); err != nil {
			return nil, fmt.Errorf("parameter %s %w", name, err)
		}
		complete[name] = given[name]
	}
	for _, name := range slices.Sorted(maps.Keys(byMember)) {
		if _, there := complete[name]; !there && !byMember[name].Optional {
			return nil, fmt.Errorf("parameter %s is missing", name)
		}
	}
	return complete, nil
}

func listed(byMember map[string]RunParameter) string {
	if len(byMember) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(byMember)), ", ")
}

// CheckYAML checks keys, types and bounds.
func (p *RunParameters) CheckYAML(report func(path, format string, args ...any)) {
	for key, parameter := range *p {
		if !identifierPattern.MatchString(key) || slices.Contains(commonKeys, key) {
			report(key, "%q cannot name a run parameter: a lower-case letter, then letters, digits and _; none of %s", key, strings.Join(commonKeys, ", "))
		}
		switch parameter.Type {
		case RunInteger, RunAmount, RunSize, RunText:
		default:
			report(key+".type", "type %q is not known; there are: integer, amount, size, text", parameter.Type)
			continue
		}
		least, most := int64(-mostRunNumber), int64(mostRunNumber)
		switch parameter.Type {
		case RunText:
			least, most = 0, mostRunText
		case RunAmount, RunSize:
			least = 0
		}
		switch {
		case parameter.Min > parameter.Max:
			report(key, "min %d is above max %d", parameter.Min, parameter.Max)
		case parameter.Min < least || parameter.Max > most:
			report(key, "min and max must be between %d and %d", least, most)
		case parameter.Default != nil && parameter.Type == RunText:
			report(key+".default", "a text has no default; make it optional")
		case parameter.Default != nil && (*parameter.Default < parameter.Min || *parameter.Default > parameter.Max):
			report(key+".default", "%d is not between min %d and max %d", *parameter.Default, parameter.Min, parameter.Max)
		}
	}
}
