package plots

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"strings"

	"eaibench/bench"
)

// palette gives every part of a figure's totals its colour and its number, those of one component after another.
type palette struct {
	of parts
	// entries are drawn by themselves: the first is number 1.
	entries []partName
	// folded are drawn together, each too small to be seen.
	folded []partName
	// rest: there is something in no part.
	rest bool
}

// parts are what totals are of: what is drawn together because it is small, and what is in none, by the names that the key has.
type parts struct{ small, rest string }

var (
	steps         = parts{"small steps", "not in a step"}
	kindsOfMemory = parts{"other, small", "not told apart"}
)

// partName is a part whatever its service and operation.
type partName struct {
	component bench.Component
	metric    string
	rest      bool
}

func nameOf(part bench.Part) partName {
	return partName{part.Series.Component, part.Series.Metric, part.Rest}
}

// smallShare is the share of a total below which a part is drawn together with others.
const smallShare = 0.02

var componentOrder = []bench.Component{bench.Launcher, bench.IntegrationProcess, bench.DigitalService, bench.Attester, bench.RootCA}

func newPalette(of parts, stacks []bench.Stack) *palette {
	p := &palette{of: of}
	small := bench.Small(stacks, smallShare)
	for _, stack := range stacks {
		last := len(stack.Parts) - 1
		p.rest = p.rest || stack.Parts[last].Value > 0
		for _, part := range stack.Parts[:last] {
			list, series := &p.entries, part.Series
			if series.Service = ""; small[series] {
				list = &p.folded
			}
			if !slices.Contains(*list, nameOf(part)) {
				*list = append(*list, nameOf(part))
			}
		}
	}
	slices.SortStableFunc(p.entries, func(a, b partName) int {
		return slices.Index(componentOrder, a.component) - slices.Index(componentOrder, b.component)
	})
	return p
}

// segments are a stack's parts, then the small ones together, then what is in no part.
func (p *palette) segments(stack bench.Stack) []segment {
	var all []segment
	together := 0.0
	last := len(stack.Parts) - 1
	for _, part := range stack.Parts[:last] {
		if place := slices.Index(p.entries, nameOf(part)); place >= 0 {
			all = append(all, p.segment(place, part.Value))
		} else {
			together += part.Value
		}
	}
	return append(all, segment{together, fill{colour: smallColour}, ""}, segment{stack.Parts[last].Value, fill{colour: restColour}, ""})
}

func (p *palette) segment(place int, value float64) segment {
	return segment{value, fillOf(p.entries[place]), strconv.Itoa(place + 1)}
}

func (n partName) String() string {
	text := strings.TrimPrefix(n.metric, bench.ProportionalMemory().Metric+"_")
	if n.rest {
		text += " (rest)"
	}
	return text
}

// hasParts tells whether any total is taken apart.
func (p *palette) hasParts() bool { return len(p.entries)+len(p.folded) > 0 }

// notes say what is not drawn by itself, what a rest is, and where the bars are not what they seem.
func (p *palette) notes(stacks []bench.Stack) []string {
	var notes []string
	if len(p.folded) > 0 {
		notes = append(notes, fmt.Sprintf("“%s”, each below %.0f %% of every bar: %s.", p.of.small, smallShare*100, p.foldedNames()))
	}
	if slices.ContainsFunc(append(p.entries, p.folded...), func(name partName) bool { return name.rest }) {
		notes = append(notes, "(rest): what of a step is not in the steps within it, which are drawn before it.")
	}
	excess := 0.0
	for _, stack := range stacks {
		if stack.Total > 0 {
			excess = max(excess, stack.Excess/stack.Total)
		}
	}
	if excess > 0 {
		notes = append(notes, fmt.Sprintf("Medians of parts need not add up to the median of the whole: bars that have nothing “%s” exceed the numbers beside them, by up to %s %%.",
			p.of.rest, bench.Significant(excess*100, 2)))
	}
	return notes
}

// foldedNames lists what is drawn together, by component.
func (p *palette) foldedNames() string {
	var parts []string
	for _, component := range componentOrder {
		var names []string
		for _, name := range p.folded {
			if name.component == component {
				names = append(names, name.String())
			}
		}
		if len(names) > 0 {
			parts = append(parts, string(component)+" "+strings.Join(names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// legend has a line for each component, and names it where there are several.
func (p *palette) legend() legend {
	var lines legend
	for _, component := range componentOrder {
		line := legendLine{title: string(component)}
		for place, name := range p.entries {
			if name.component == component {
				line.entries = append(line.entries, legendEntry{name.String(), p.segment(place, 1).swatch})
			}
		}
		if len(line.entries) > 0 {
			lines = append(lines, line)
		}
	}
	if len(lines) == 1 {
		lines[0].title = ""
	}
	var others legendLine
	if len(p.folded) > 0 {
		others.entries = append(others.entries, legendEntry{p.of.small, segment{1, fill{colour: smallColour}, ""}.swatch})
	}
	if p.rest {
		others.entries = append(others.entries, legendEntry{p.of.rest, segment{1, fill{colour: restColour}, ""}.swatch})
	}
	if len(others.entries) > 0 {
		lines = append(lines, others)
	}
	return lines
}

var (
	smallColour = rgb(0x9aa1a8)
	restColour  = rgb(0xdfe2e5)
)

// shades of each component, in an order in which neighbours differ in grey.
var shades = map[bench.Component][]color.NRGBA{
	bench.Launcher:           {rgb(0x9ecae9), rgb(0x0b4a75), rgb(0x4f9bd0), rgb(0xc9e1f0), rgb(0x0072b2)},
	bench.IntegrationProcess: {rgb(0xf2b84b), rgb(0x8a5600), rgb(0xfbe3b5), rgb(0xc98a1a)},
	bench.DigitalService:     {rgb(0x7fcdb3), rgb(0x005c43), rgb(0xc4e9dc), rgb(0x1f9c78)},
	bench.Attester:           {rgb(0xa84d82)},
	bench.RootCA:             {rgb(0xd98a5f)},
}

// kindColours are of the kinds of mapping: hues of their own, dark and light in turn.
var kindColours = []color.NRGBA{rgb(0x0072b2), rgb(0xf2b84b), rgb(0x005c43), rgb(0xe7a9cb), rgb(0x8a5600), rgb(0x9ecae9)}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// fillOf gives a step the same look in every figure, and no other step the same: its component's colour in the shade, and beyond the shades
// there are in the hatch too, of its place among the component's steps.
func fillOf(name partName) fill {
	if kind := slices.Index(bench.MemoryKinds(), name.metric); kind >= 0 {
		return fill{kindColours[kind%len(kindColours)], kind / len(kindColours)}
	}
	of := shades[name.component]
	if len(of) == 0 {
		return fill{colour: smallColour}
	}
	var metrics []string
	for _, step := range bench.Steps() {
		if step.Component == name.component && !slices.Contains(metrics, step.Metric) {
			metrics = append(metrics, step.Metric)
		}
	}
	place := max(0, slices.Index(metrics, name.metric))
	return fill{of[place%len(of)], place / len(of) % len(hatches)}
}
