package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Arguments are the values of a solution's own run parameters by their names in the run parameters' text. A value is an
// int64 or a string; a name that ends in _cents or _bytes says the value's unit.
type Arguments map[string]any

// UnmarshalJSON reads an object of whole numbers and texts.
func (a *Arguments) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var read map[string]any
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	for name, value := range read {
		switch v := value.(type) {
		case string:
		case json.Number:
			whole, err := v.Int64()
			if err != nil {
				return fmt.Errorf("argument %s is %s, want a whole number or a text", name, v)
			}
			read[name] = whole
		default:
			return fmt.Errorf("argument %s: %w", name, errors.New("want a whole number or a text"))
		}
	}
	*a = read
	return nil
}

// label says a value for people: "threshold 150.00", "payload 16 KiB", "customer Ana Souza".
func (a Arguments) label(name string) string {
	value, given := a[name]
	if !given {
		name, _ = strings.CutSuffix(name, centsSuffix)
		name, _ = strings.CutSuffix(name, bytesSuffix)
		return "no " + strings.ReplaceAll(name, "_", " ")
	}
	whole, isWhole := value.(int64)
	if noun, ok := strings.CutSuffix(name, centsSuffix); ok && isWhole {
		return noun + " " + money(whole)
	}
	if noun, ok := strings.CutSuffix(name, bytesSuffix); ok && isWhole {
		return noun + " " + size(whole)
	}
	return fmt.Sprintf("%s %v", strings.ReplaceAll(name, "_", " "), value)
}

// money writes hundredths of the currency unit.
func money(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// size writes bytes in the largest unit of which they are a whole number.
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	unit := 0
	for unit < len(units)-1 && bytes >= 1024 && bytes%1024 == 0 {
		bytes /= 1024
		unit++
	}
	return fmt.Sprintf("%d %s", bytes, units[unit])
}
