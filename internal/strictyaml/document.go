package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Document is a file that is YAML, not read into a value yet, or several of them laid over each other.
type Document struct {
	root *yaml.Node
	// files names the file of each node.
	files map[*yaml.Node]string
	// order has the files' names, the one asked for first: their faults are listed in this order.
	order []string
}

// Parse reads data, the content of the named file, as YAML of the kind that this package admits. The error is a Faults.
func Parse(file string, data []byte) (*Document, error) {
	d := newDecoder(&Document{order: []string{file}, files: map[*yaml.Node]string{}})
	root := d.parse(data)
	if root != nil {
		d.admissible(root, 0)
	}
	if err := d.result(); err != nil {
		return nil, err
	}
	d.document.root = root
	d.document.own(root, file)
	return d.document, nil
}

func (d *Document) own(n *yaml.Node, file string) {
	d.files[n] = file
	for _, child := range n.Content {
		d.own(child, file)
	}
}

// Text gives the text, or the number as it is written, that stands under a key of the outermost mapping; "" if there is none.
func (d *Document) Text(key string) string {
	_, value := child(d.root, key)
	if value == nil || value.Kind != yaml.ScalarNode {
		return ""
	}
	return value.Value
}

// FileOf names the file in which the value at a path such as "platform" or "services.store.token" was written; "" if it is not
// there.
func (d *Document) FileOf(path string) string { return d.files[d.at(path)] }

// at gives the node at a path of keys, each after a dot; "" is the outermost mapping. Nil where there is none.
func (d *Document) at(path string) *yaml.Node {
	found := find(d.root, path)
	if found.absent != "" {
		return nil
	}
	return found.passed[len(found.passed)-1]
}

// Over gives this document laid over another: mappings are laid over each other key by key; any other value here replaces the
// one there. Faults are reported where a value was written.
func (d *Document) Over(base *Document) *Document {
	both := &Document{files: map[*yaml.Node]string{}, order: slices.Concat(d.order, base.order)}
	both.root = both.lay(d.root, base.root, d, base)
	return both
}

func (d *Document) lay(over, under *yaml.Node, overIn, underIn *Document) *yaml.Node {
	if over.Kind != yaml.MappingNode || under.Kind != yaml.MappingNode {
		d.take(over, overIn)
		return over
	}
	laid := *over
	laid.Content = nil
	d.files[&laid] = overIn.files[over]
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		d.take(key, overIn)
		if _, below := child(under, key.Value); below != nil {
			value = d.lay(value, below, overIn, underIn)
		} else {
			d.take(value, overIn)
		}
		laid.Content = append(laid.Content, key, value)
	}
	for i := 0; i+1 < len(under.Content); i += 2 {
		if _, above := child(over, under.Content[i].Value); above == nil {
			d.take(under.Content[i], underIn)
			d.take(under.Content[i+1], underIn)
			laid.Content = append(laid.Content, under.Content[i], under.Content[i+1])
		}
	}
	return &laid
}

// take notes the files of a node and of what is in it.
func (d *Document) take(n *yaml.Node, from *Document) {
	d.files[n] = from.files[n]
	for _, child := range n.Content {
		d.take(child, from)
	}
}

// Keys lists the keys of the mapping at a path such as "matrix" or "services.store", "" for the outermost one; none where there
// is no mapping.
func (d *Document) Keys(of string) []string {
	mapping := d.at(of)
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	var keys []string
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		keys = append(keys, mapping.Content[i].Value)
	}
	return keys
}

// Without gives the document without a key of the mapping at a path, "" for the outermost one.
func (d *Document) Without(of, key string) *Document {
	without := &Document{files: maps.Clone(d.files), order: d.order}
	without.root = without.leave(d.root, strings.FieldsFunc(of, func(r rune) bool { return r == '.' }), key)
	return without
}

// leave copies the mappings on the way to the one that is not to have the key.
func (d *Document) leave(n *yaml.Node, way []string, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	copied := *n
	copied.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		switch {
		case len(way) == 0 && name.Value == key:
			continue
		case len(way) > 0 && name.Value == way[0]:
			value = d.leave(value, way[1:], key)
		}
		copied.Content = append(copied.Content, name, value)
	}
	d.files[&copied] = d.files[n]
	return &copied
}

// Fault gives a fault at the value of a key of the outermost mapping, or at the beginning where it is not there.
func (d *Document) Fault(key, format string, args ...any) error {
	at := d.root
	if _, value := child(d.root, key); value != nil {
		at = value
	}
	return Faults{{File: d.files[at], Line: max(at.Line, 1), Column: max(at.Column, 1), Message: fmt.Sprintf(format, args...)}}
}

// DecodeKey reads what stands under a key of the outermost mapping, and nothing else; found is false where it is not there. The
// error is as Decode's.
func (d *Document) DecodeKey(key string, into any) (found bool, err error) {
	_, value := child(d.root, key)
	if value == nil {
		return false, nil
	}
	decoder := newDecoder(d)
	decoder.value(value, reflect.ValueOf(into).Elem(), key)
	return true, decoder.result()
}

// Decode reads the document into the value that into points at. The error is a Faults if the document is at fault; the value is
// then not to be used.
func (d *Document) Decode(into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		panic(fmt.Sprintf("strictyaml: Decode needs a pointer to read into, got %T", into))
	}
	decoder := newDecoder(d)
	decoder.value(d.root, target.Elem(), "")
	return decoder.result()
}

// parse returns the root node of the only document, or nil after a fault.
func (d *decoder) parse(data []byte) *yaml.Node {
	if len(data) > MaxSize {
		d.line(1, 1, "the file has %d bytes; at most %d are read", len(data), MaxSize)
		return nil
	}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := documents.Decode(&document); {
	case errors.Is(err, io.EOF):
		d.line(1, 1, "the file is empty")
		return nil
	case err != nil:
		d.syntax(data, err)
		return nil
	}
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntax(data, err)
		return nil
	default:
		d.at(&second, "a second document starts here; keep one document in a file")
	}
	root := document.Content[0]
	if root.ShortTag() == "!!null" {
		d.line(1, 1, "the file is empty")
		return nil
	}
	return root
}
