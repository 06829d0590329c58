package strictyaml

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder reads one document and collects its faults.
type decoder struct {
	document *Document
	faults   Faults
	// faulty holds the nodes whose value could not be read.
	faulty map[*yaml.Node]bool
	// missing holds, by mapping, the required keys it does not have.
	missing map[*yaml.Node]map[string]bool
}

func newDecoder(document *Document) *decoder {
	return &decoder{document: document, faulty: map[*yaml.Node]bool{}, missing: map[*yaml.Node]map[string]bool{}}
}

// Extender is an inlined field whose keys are known only when the program runs. What it takes is for its owner to set before
// the reading.
type Extender interface {
	// ExtraKeys lists the keys, in the order in which a person is told of them.
	ExtraKeys() []string
	// Extra gives a pointer to what the key's value is read into.
	Extra(key string) any
}

// extenderOf finds the struct's inlined Extender.
func extenderOf(into reflect.Value) Extender {
	for i := range into.NumField() {
		field := into.Type().Field(i)
		if _, options, _ := strings.Cut(field.Tag.Get("yaml"), ","); !field.IsExported() || !strings.Contains(options, "inline") {
			continue
		}
		if extender, ok := into.Field(i).Addr().Interface().(Extender); ok {
			return extender
		}
	}
	return nil
}

// value reads a node into a settable value. Path is for messages only.
func (d *decoder) value(n *yaml.Node, into reflect.Value, path string) {
	if n.ShortTag() == "!!null" {
		d.fault(n, "%shas no value; give one or remove the key", subject(path))
		return
	}
	switch {
	case into.Kind() == reflect.Pointer:
		if into.IsNil() { // else it points at what stands where the file says nothing
			into.Set(reflect.New(into.Type().Elem()))
		}
		d.value(n, into.Elem(), path)
		return // its element has been checked
	case isScalar(into.Type()):
		d.scalar(n, into, path)
	case into.Kind() == reflect.Struct:
		d.structure(n, into, path)
	case into.Kind() == reflect.Slice:
		d.slice(n, into, path)
	case into.Kind() == reflect.Map && into.Type().Key().Kind() == reflect.String:
		d.mapping(n, into, path)
	case into.Kind() == reflect.Interface && into.NumMethod() == 0:
		d.untyped(n, into, path)
	default:
		panic("strictyaml: cannot read into " + into.Type().String())
	}
	if checker, ok := into.Addr().Interface().(Checker); ok {
		d.check(n, checker, path)
	}
}

var extenderType = reflect.TypeFor[Extender]()

// key is one field of a struct as the file names it.
type key struct {
	name     string
	index    []int
	required bool
}

// keysOf lists the keys a struct takes, those of inlined structs among them.
func keysOf(t reflect.Type) []key {
	var keys []key
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		inline := strings.Contains(options, "inline")
		if !field.IsExported() || name == "-" || (name == "" && !inline) {
			continue
		}
		if reflect.PointerTo(field.Type).Implements(extenderType) {
			continue
		}
		if !inline {
			required := field.Type.Kind() != reflect.Pointer && !strings.Contains(options, "omitempty")
			keys = append(keys, key{name, field.Index, required})
			continue
		}
		for _, inner := range keysOf(field.Type) {
			inner.index = append([]int{i}, inner.index...)
			keys = append(keys, inner)
		}
	}
	return keys
}

func (d *decoder) structure(n *yaml.Node, into reflect.Value, path string) {
	if !d.want(n, yaml.MappingNode, "a mapping (key: value)", path) {
		return
	}
	keys := keysOf(into.Type())
	names := make([]string, len(keys))
	byName := make(map[string]key, len(keys))
	for i, k := range keys {
		names[i], byName[k.name] = k.name, k
	}
	extender := extenderOf(into)
	if extender != nil {
		names = append(names, extender.ExtraKeys()...)
	}
	present := map[string]bool{}
	d.entries(n, path, func(name string, keyNode, value *yaml.Node) {
		present[name] = true
		k, known := byName[name]
		switch {
		case known:
			d.value(value, into.FieldByIndex(k.index), join(path, name))
		case slices.Contains(names, name):
			d.value(value, reflect.ValueOf(extender.Extra(name)).Elem(), join(path, name))
		default:
			d.fault(keyNode, "unknown key %q%s", name, hint(name, names))
		}
	})
	d.missing[n] = map[string]bool{}
	for _, k := range keys {
		if k.required && !present[k.name] {
			d.missing[n][k.name] = true
			d.at(n, "missing key %q", join(path, k.name))
		}
	}
}

func (d *decoder) mapping(n *yaml.Node, into reflect.Value, path string) {
	if !d.want(n, yaml.MappingNode, "a mapping (key: value)", path) {
		return
	}
	t := into.Type()
	into.Set(reflect.MakeMap(t))
	d.entries(n, path, func(name string, _, value *yaml.Node) {
		element := reflect.New(t.Elem()).Elem()
		d.value(value, element, join(path, name))
		into.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), element)
	})
}

// entries calls each for every key once; a key that stands twice, a merge key
// and a key that is not a plain word are faults.
func (d *decoder) entries(n *yaml.Node, path string, each func(name string, keyNode, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keyNode, value := n.Content[i], n.Content[i+1]
		name := keyNode.Value
		switch {
		case keyNode.Kind != yaml.ScalarNode || name == "":
			d.fault(keyNode, "%skey is not a word", subject(path))
		case keyNode.ShortTag() == "!!merge":
			d.fault(keyNode, "merge key <<: merging is not read; write the keys out")
		case first[name] != 0:
			d.fault(keyNode, "duplicate key %q: it stands on line %d already", join(path, name), first[name])
		default:
			first[name] = keyNode.Line
			each(name, keyNode, value)
		}
	}
}

// OneOrMore is a list whose only item a file may give without brackets.
type OneOrMore interface{ OneOrMore() }

func (d *decoder) slice(n *yaml.Node, into reflect.Value, path string) {
	if _, ok := into.Addr().Interface().(OneOrMore); ok && n.Kind == yaml.ScalarNode {
		into.Set(reflect.MakeSlice(into.Type(), 1, 1))
		d.value(n, into.Index(0), path)
		return
	}
	if !d.want(n, yaml.SequenceNode, "a list", path) {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if i > 0 && decimalComma(n.Content[i-1], item) && !isWhole(into.Type().Elem()) {
			d.faulty[item] = true
			d.at(n.Content[i-1], "%s%s,%s: a comma separates values; write %[2]s.%[3]s for one, or a space behind the comma for two",
				subject(element(path, i-1)), shorten(n.Content[i-1].Value), shorten(item.Value))
			continue
		}
		d.value(item, into.Index(i), element(path, i))
	}
}

var onlyDigits = regexp.MustCompile(`^[0-9]+$`)

// decimalComma tells whether two items of a list read to many people as one number: digits, a comma and digits.
func decimalComma(a, b *yaml.Node) bool {
	return a.Style == 0 && b.Style == 0 && onlyDigits.MatchString(a.Value) && onlyDigits.MatchString(b.Value) &&
		a.Line == b.Line && b.Column == a.Column+len(a.Value)+1
}

// isWhole tells whether values of the type have no part behind a point.
func isWhole(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textType) {
		return false
	}
	return t.Kind() != reflect.Float32 && t.Kind() != reflect.Float64
}

// untyped reads into an `any`: map[string]any, []any, string, bool, int64 or
// float64.
func (d *decoder) untyped(n *yaml.Node, into reflect.Value, path string) {
	var typed reflect.Value
	switch {
	case n.Kind == yaml.MappingNode:
		typed = reflect.ValueOf(new(map[string]any))
	case n.Kind == yaml.SequenceNode:
		typed = reflect.ValueOf(new([]any))
	case n.ShortTag() == "!!bool":
		typed = reflect.ValueOf(new(bool))
	case n.ShortTag() == "!!int":
		typed = reflect.ValueOf(new(int64))
	case n.ShortTag() == "!!float":
		typed = reflect.ValueOf(new(float64))
	default:
		typed = reflect.ValueOf(new(string))
	}
	d.value(n, typed.Elem(), path)
	into.Set(typed.Elem())
}

// want reports whether the node is of the kind; if not, that is the fault.
func (d *decoder) want(n *yaml.Node, kind yaml.Kind, wanted, path string) bool {
	if n.Kind == kind {
		return true
	}
	d.fault(n, "%swant %s, found %s", subject(path), wanted, describe(n))
	return false
}
