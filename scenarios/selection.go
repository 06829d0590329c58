package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// Selection keeps cells that have one of the values named for each key: {"mode": {"hybrid"}, "path": {"direct"}}.
type Selection map[string][]string

// ParseSelection reads what stands after --only, one or several times: "mode=hybrid,path=direct". A key that is named more than
// once may have any of the values. The error says which keys and values there are; a selection that keeps no cell is one.
func (s *Scenario) ParseSelection(texts []string) (Selection, error) {
	cells := s.expand()
	selection := Selection{}
	for _, text := range texts {
		for _, part := range strings.Split(text, ",") {
			key, value, ok := strings.Cut(part, "=")
			if !ok {
				return nil, fmt.Errorf("--only %s: want KEY=VALUE, such as mode=hybrid", part)
			}
			text, err := s.valueOf(cells, key, value)
			if err != nil {
				return nil, fmt.Errorf("--only %s: %w", part, err)
			}
			selection[key] = append(selection[key], text)
		}
	}
	if !slices.ContainsFunc(cells, selection.has) {
		return nil, fmt.Errorf("--only %s: no cell has all of this together", strings.Join(texts, ","))
	}
	return selection, nil
}

// valueOf is the value of a key as an axis writes it; one that no cell has is an error.
func (s *Scenario) valueOf(cells []placed, key, value string) (string, error) {
	axes := s.axes()
	keys, there := []string{modeKey}, []string{}
	for _, a := range axes {
		keys = append(keys, a.name)
	}
	if err := known(key, keys); err != nil {
		return "", err
	}
	if at := slices.IndexFunc(axes, func(a axis) bool { return a.name == key }); at >= 0 && value != "none" {
		parsed, err := axes[at].parse(value)
		if err != nil {
			return "", err
		}
		value = axes[at].text(parsed)
	}
	for _, cell := range cells {
		if !slices.Contains(there, cell.at[key]) {
			there = append(there, cell.at[key])
		}
	}
	if !slices.Contains(there, value) {
		return "", fmt.Errorf("no cell has %s; there are: %s", value, strings.Join(there, ", "))
	}
	return value, nil
}

// has tells whether the selection keeps the cell.
func (o Selection) has(cell placed) bool {
	for key, values := range o {
		if !slices.Contains(values, cell.at[key]) {
			return false
		}
	}
	return true
}
