package integration_process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parameters are the members that the plain text of a request may have, by name.
type Parameters map[string]Parameter

// Parameter is the type and the bounds of one member.
type Parameter struct {
	Type Type `yaml:"type"`
	// Min and Max bound an integer's value, or a text's length in characters.
	Min int64 `yaml:"min"`
	Max int64 `yaml:"max"`
	// Optional: the member may be missing; SQL then sees NULL.
	Optional bool `yaml:"optional,omitempty"`
}

// longestText bounds a text's length in characters, so that no request can fill a service's disk.
const longestText = 10_000

// CheckYAML checks names, types and bounds.
func (p *Parameters) CheckYAML(report func(path, format string, args ...any)) {
	for name, parameter := range *p {
		if !identifierPattern.MatchString(name) || reserved(name) {
			report(name, "%q cannot name a parameter: a lower-case letter, then letters, digits and _; not %s",
				name, strings.Join(ReservedParameters(), ", "))
		}
		switch {
		case parameter.Type != Text && parameter.Type != Integer:
			report(name+".type", "type %q is not known; there are: %s, %s", parameter.Type, Text, Integer)
		case parameter.Min > parameter.Max:
			report(name, "min %d is above max %d", parameter.Min, parameter.Max)
		case parameter.Type == Text && (parameter.Min < 0 || parameter.Max > longestText):
			report(name, "a text's length is bounded by 0 and %d characters", longestText)
		}
	}
}

// Parse reads the plain text of a request: one JSON object (RFC 8259) with exactly these members, each once, of the right type
// and inside its bounds; null is no value. The result has every parameter, as string, int64, or nil when optional and missing.
// Errors never repeat what the request says: they travel outside the seal.
func (p Parameters) Parse(plaintext []byte) (map[string]any, error) {
	if !utf8.Valid(plaintext) {
		return nil, errors.New("parameters are not UTF-8")
	}
	values := make(map[string]any, len(p))
	decoder := json.NewDecoder(bytes.NewReader(plaintext))
	decoder.UseNumber()
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("parameters are not a JSON object")
	}
	for decoder.More() {
		if err := p.parseMember(decoder, values); err != nil {
			return nil, err
		}
	}
	if token, err := decoder.Token(); err != nil || token != json.Delim('}') {
		return nil, errors.New("parameters are not a complete JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the parameters' JSON object")
	}
	return p.complete(values)
}

// complete makes those that may be missing, and are, nil, and refuses when others are.
func (p Parameters) complete(values map[string]any) (map[string]any, error) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if _, given := values[name]; given {
			continue
		}
		if !p[name].Optional {
			return nil, fmt.Errorf("parameter %q is missing", name)
		}
		values[name] = nil
	}
	return values, nil
}

// parseMember reads one name and its value into values.
func (p Parameters) parseMember(decoder *json.Decoder, values map[string]any) error {
	token, err := decoder.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return errors.New("parameters are not a JSON object")
	}
	parameter, known := p[name]
	if !known {
		return errors.New("parameters have a member that is not known here")
	}
	if _, twice := values[name]; twice {
		return fmt.Errorf("parameter %q stands twice", name)
	}
	if token, err = decoder.Token(); err != nil {
		return fmt.Errorf("parameter %q is not JSON", name)
	}
	values[name], err = parameter.value(token)
	if err != nil {
		return fmt.Errorf("parameter %q %w", name, err)
	}
	return nil
}

// value checks one JSON token; its errors continue a sentence about the parameter.
func (p Parameter) value(token json.Token) (any, error) {
	switch p.Type {
	case Text:
		text, ok := token.(string)
		if !ok {
			return nil, errors.New("is not text")
		}
		if length := int64(utf8.RuneCountInString(text)); length < p.Min || length > p.Max {
			return nil, fmt.Errorf("is not between %d and %d characters long", p.Min, p.Max)
		}
		// SQLite's text functions stop at a zero byte, so that two texts would look like one. U+FFFD is what the JSON
		// decoder makes of an unpaired surrogate.
		if strings.ContainsAny(text, "\x00\uFFFD") {
			return nil, errors.New("has a character that is not allowed")
		}
		return text, nil
	default:
		number, ok := token.(json.Number)
		if !ok {
			return nil, errors.New("is not a whole number")
		}
		value, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return nil, errors.New("is not a whole number")
		}
		if value < p.Min || value > p.Max {
			return nil, fmt.Errorf("is not between %d and %d", p.Min, p.Max)
		}
		return value, nil
	}
}

// wholeNumber is how JSON writes one.
var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// ofText checks a value that stands for itself, without JSON's marks around it.
func (p Parameter) ofText(text string) (any, error) {
	if p.Type == Text {
		return p.value(text)
	}
	if !wholeNumber.MatchString(text) {
		return nil, errors.New("is not a whole number")
	}
	return p.value(json.Number(text))
}
