package strictyaml

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// subject starts a message about the value at path.
func subject(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func element(path string, index int) string {
	return path + "[" + strconv.Itoa(index) + "]"
}

// check lets a value judge itself, and finds the position of what it names.
func (d *decoder) check(n *yaml.Node, checker Checker, path string) {
	checker.CheckYAML(func(below, format string, args ...any) {
		found := find(n, below)
		if d.unreadable(found) {
			return
		}
		where := path
		switch {
		case below == "":
		case strings.HasPrefix(below, "["):
			where += below
		default:
			where = join(path, below)
		}
		d.at(found.position, "%s%s", subject(where), fmt.Sprintf(format, args...))
	})
}

// unreadable tells whether what was found has a fault already. A list with an
// unreadable item is unreadable as a whole: its length and order are not known.
func (d *decoder) unreadable(found place) bool {
	for _, node := range found.passed {
		if d.faulty[node] {
			return true
		}
	}
	last := found.passed[len(found.passed)-1]
	if last.Kind == yaml.SequenceNode {
		for _, item := range last.Content {
			if d.faulty[item] {
				return true
			}
		}
	}
	return d.missing[last][found.absent]
}

// place is where a path leads.
type place struct {
	// position is the node to point a person at.
	position *yaml.Node
	// passed are the nodes on the way, the first and the last ones included.
	passed []*yaml.Node
	// absent is the first step of the path that the file does not have.
	absent string
}

// find walks from n along a path such as "limits.time" or "modes[1]" as far as
// the file has it.
func find(n *yaml.Node, path string) place {
	p := place{position: n, passed: []*yaml.Node{n}}
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		key, value := child(p.passed[len(p.passed)-1], step)
		if value == nil {
			p.absent = step
			return p
		}
		p.passed = append(p.passed, value)
		// A block below its key is pointed at by the key.
		if p.position = value; value.Line > key.Line {
			p.position = key
		}
	}
	return p
}

// child gives the value a step leads to, and the node that names it.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}
