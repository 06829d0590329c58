package strictyaml

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// beforeUnit is the space that some write between a number and its unit.
var beforeUnit = regexp.MustCompile(`^([0-9.]+) ([a-zµ]+)$`)

func isScalar(t reflect.Type) bool {
	switch {
	case t == timeType, reflect.PointerTo(t).Implements(textType):
		return true
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// scalar reads one value that is not a mapping or a list.
func (d *decoder) scalar(n *yaml.Node, into reflect.Value, path string) {
	wanted := wantedText(into)
	if !d.want(n, yaml.ScalarNode, wanted, path) {
		return
	}
	mismatch := func() {
		hint := ""
		if n.ShortTag() != "!!str" && into.Kind() == reflect.String {
			hint = " (in quotes it would be text)"
		}
		d.fault(n, "%swant %s, found %s%s", subject(path), wanted, describe(n), hint)
	}
	tag := n.ShortTag()
	// Before the kinds: these types have kinds of their own.
	switch {
	case into.Type() == durationType:
		duration, err := time.ParseDuration(beforeUnit.ReplaceAllString(n.Value, "$1$2"))
		if err != nil {
			mismatch()
			return
		}
		into.SetInt(int64(duration))
		return
	case into.Type() == timeType:
		moment, err := time.Parse(time.RFC3339Nano, n.Value)
		if err != nil {
			mismatch()
			return
		}
		into.Set(reflect.ValueOf(moment))
		return
	}
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := text.UnmarshalText([]byte(n.Value)); err != nil {
			d.fault(n, "%s%v", subject(path), err)
		}
		return
	}
	switch {
	case into.Kind() == reflect.String:
		// A date is text to everyone but YAML; a bare 1.10 or true is not what
		// its writer sees, so it must be quoted.
		if tag != "!!str" && tag != "!!timestamp" {
			mismatch()
			return
		}
		into.SetString(n.Value)
	case into.Kind() == reflect.Bool:
		if tag != "!!bool" {
			mismatch()
			return
		}
		into.SetBool(strings.EqualFold(n.Value, "true"))
	case into.CanFloat():
		d.float(n, into, path, mismatch)
	default:
		d.integer(n, into, path, mismatch)
	}
}

func (d *decoder) float(n *yaml.Node, into reflect.Value, path string, mismatch func()) {
	if tag := n.ShortTag(); tag != "!!float" && tag != "!!int" {
		mismatch()
		return
	}
	var number float64
	if err := n.Decode(&number); err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		mismatch()
		return
	}
	if into.OverflowFloat(number) {
		d.fault(n, "%s%s is out of range", subject(path), shorten(n.Value))
		return
	}
	into.SetFloat(number)
}

func (d *decoder) integer(n *yaml.Node, into reflect.Value, path string, mismatch func()) {
	if n.ShortTag() != "!!int" {
		mismatch()
		return
	}
	// YAML 1.1 reads 010 as eight, a person as ten.
	if digits := strings.TrimLeft(n.Value, "+-"); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		d.fault(n, "%s%s has a leading zero; remove it", subject(path), shorten(n.Value))
		return
	}
	outside := false
	if into.CanUint() {
		var number uint64
		if err := n.Decode(&number); err != nil || into.OverflowUint(number) {
			outside = true
		} else {
			into.SetUint(number)
		}
	} else {
		var number int64
		if err := n.Decode(&number); err != nil || into.OverflowInt(number) {
			outside = true
		} else {
			into.SetInt(number)
		}
	}
	if outside {
		d.fault(n, "%s%s is out of range", subject(path), shorten(n.Value))
	}
}

func wantedText(into reflect.Value) string {
	switch {
	case into.Type() == durationType:
		return "a time with its unit, such as 60s or 1m30s"
	case into.Type() == timeType:
		return "a time as in RFC 3339, such as 2026-01-31T12:00:00Z"
	case into.Kind() == reflect.Bool:
		return "true or false"
	case into.Kind() == reflect.String:
		return "text"
	case into.CanFloat():
		return "a number"
	case into.CanUint():
		return "a whole number, not negative"
	case into.CanInt():
		return "a whole number"
	default: // a type with UnmarshalText says itself what it wants
		return "a single value"
	}
}

// describe says what stands in the file, in words a person would use.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str":
		return fmt.Sprintf("the text %q", shorten(n.Value))
	case "!!int", "!!float":
		return "the number " + shorten(n.Value)
	case "!!bool":
		return shorten(n.Value)
	default:
		return fmt.Sprintf("%q", shorten(n.Value))
	}
}

// shorten keeps a message to one line whatever the file holds.
func shorten(text string) string {
	const longest = 40
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "…"
}
