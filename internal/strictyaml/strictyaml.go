// Package strictyaml reads a YAML file into a Go value and reports everything
// that is wrong with it at once, each fault with file, line and column.
//
// It is stricter than YAML, because a misspelt key that is silently ignored
// becomes a wrong measurement: unknown, missing and duplicate keys, values of
// another type, keys without a value, second documents, anchors, aliases, merge
// keys and explicit tags are faults.
//
// The package owns the reading. What a value must mean is said by the type it
// is read into, through Checker; this package knows nothing of the domain.
//
// Struct fields are named by `yaml:"name"`. A field is required unless it is a
// pointer or its tag says `,omitempty`; `,inline` takes the keys of an embedded
// struct as its parent's, or, of a field that is an Extender, keys that are known
// only when the program runs; a field tagged "-", untagged or unexported is not read.
// Booleans, numbers, strings, time.Duration ("60s"), time.Time (RFC 3339),
// types with UnmarshalText, structs, slices (of a OneOrMore the only item too), maps with string keys, pointers and
// `any` are read; any other Go type is a mistake of the programmer and panics.
package strictyaml

import (
	"gopkg.in/yaml.v3"
)

// Bounds of a file, far beyond what a person writes.
const (
	// MaxSize is the largest file that is read, in bytes.
	MaxSize = 1 << 20
	// MaxDepth is the deepest nesting of mappings and sequences.
	MaxDepth = 32
	// MaxFaults is how many faults are listed; the rest are counted.
	MaxFaults = 100
)

// Checker is implemented by types with rules beyond their Go type. CheckYAML is
// called once the value has been read, innermost values first. It calls report
// for each fault; path names a value below this one, such as "runs", "modes[1]"
// or "limits.time", and "" is the value itself. A report on a value that could
// not be read is dropped: its first fault has been reported already.
type Checker interface {
	CheckYAML(report func(path, format string, args ...any))
}

// Decode reads data, the content of the named file, into the value that into
// points at. The error is a Faults if the file is at fault; the value is then
// not to be used.
func Decode(file string, data []byte, into any) error {
	document, err := Parse(file, data)
	if err != nil {
		return err
	}
	return document.Decode(into)
}

// admissible refuses// admissible refuses what would make the same text mean different things to a
// person and to the program, before any of it is read.
func (d *decoder) admissible(n *yaml.Node, depth int) bool {
	switch {
	case depth > MaxDepth:
		d.fault(n, "nested more than %d deep", MaxDepth)
		return false
	case n.Kind == yaml.AliasNode:
		d.fault(n, "alias *%s: aliases are not read; write the value out", n.Value)
		return false
	case n.Anchor != "":
		d.fault(n, "anchor &%s: anchors are not read; remove it", n.Anchor)
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.fault(n, "tag %s: tags are not read; remove it", n.Tag)
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = d.admissible(child, depth+1) && ok
	}
	return ok
}
