package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Axis is something in which cells may differ, by the name that a scenario has for it: one of the constants, or a run
// parameter of a solution ("payload", "threshold").
type Axis string

// The axes of every solution.
const (
	ByMode     Axis = "mode"
	ByPath     Axis = "path"
	ByCrypto   Axis = "crypto"
	ByVerify   Axis = "verify"
	ByRequests Axis = "requests"
	ByInterval Axis = "interval"
	// ProcessesAtOnce is how many integration processes carry a run out at once.
	ProcessesAtOnce Axis = "processes"
	// Payload is how large the data of an operation are, in any solution that has it.
	Payload Axis = "payload"
)

// CommonAxes lists the axes of every solution, in the order in which a person is told of them.
func CommonAxes() []Axis {
	return []Axis{ByMode, ByPath, ByCrypto, ByVerify, ByRequests, ByInterval, ProcessesAtOnce}
}

// AxesOf lists the axes that cells have: those of every solution, and their arguments by name.
func AxesOf(cells []Cell) []Axis {
	names := map[Axis]bool{}
	for _, cell := range cells {
		for name := range cell.Parameters.Arguments {
			names[Axis(strings.TrimSuffix(strings.TrimSuffix(name, centsSuffix), bytesSuffix))] = true
		}
	}
	return append(CommonAxes(), slices.Sorted(maps.Keys(names))...)
}

// argumentSuffixes end the name of an argument whose value has a unit.
const (
	centsSuffix = "_cents"
	bytesSuffix = "_bytes"
)

// Values are all that there are on the axis, of the path, crypto and verify; nil: platform, solution or scenario have their own.
func (a Axis) Values() []string {
	switch a {
	case ByPath:
		return []string{Relayed, Direct}
	case ByCrypto:
		return []string{HPKE, Unsealed}
	case ByVerify:
		return []string{Full, Cached}
	}
	return nil
}

// Argument finds the name of the solution's own argument that the axis is in a cell, such as payload_bytes; "" where
// the cell has none.
func (a Axis) Argument(c Cell) string {
	for _, name := range a.arguments() {
		if _, ok := c.Parameters.Arguments[name]; ok {
			return name
		}
	}
	return ""
}

// arguments are the names that the axis may have among a cell's arguments.
func (a Axis) arguments() []string {
	return []string{string(a), string(a) + centsSuffix, string(a) + bytesSuffix}
}

// Number gives the cell's value where that is a whole number: requests, processes, the interval in ms, an argument in its
// unit.
func (a Axis) Number(c Cell) (value int64, ok bool) {
	switch a {
	case ByRequests:
		return int64(c.Parameters.Requests), true
	case ByInterval:
		return c.Parameters.IntervalMS, true
	case ProcessesAtOnce:
		return int64(c.Processes), true
	}
	value, ok = c.Parameters.Arguments[a.Argument(c)].(int64)
	return value, ok
}

// Text says the cell's value for people: "direct", "16 KiB", "150.00", "4"; "" where it has none.
func (a Axis) Text(c Cell) string {
	switch a {
	case ByMode:
		return c.Mode
	case ByPath:
		return c.Path
	case ByCrypto:
		return c.Crypto
	case ByVerify:
		return c.Verify
	}
	argument := a.Argument(c)
	number, whole := a.Number(c)
	switch {
	case whole && strings.HasSuffix(argument, bytesSuffix):
		return roundSize(number)
	case whole && strings.HasSuffix(argument, centsSuffix):
		return money(number)
	case whole && a == ByInterval:
		return strconv.FormatInt(number, 10) + " ms"
	case whole:
		return strconv.FormatInt(number, 10)
	case argument != "":
		return fmt.Sprint(c.Parameters.Arguments[argument])
	}
	return ""
}

// roundSize writes bytes in the unit that suits them, with at most one digit behind the point: a mark on an axis.
func roundSize(bytes int64) string {
	scale := ScaleFor(Bytes, float64(bytes))
	return strconv.FormatFloat(math.Round(float64(bytes)/scale.Size*10)/10, 'f', -1, 64) + " " + scale.Name
}

// without gives a cell as it is apart from the axis.
func (a Axis) without(c Cell) Cell {
	switch a {
	case ByMode:
		c.Mode = ""
	case ByPath:
		c.Path = ""
	case ByCrypto:
		c.Crypto = ""
	case ByVerify:
		c.Verify = ""
	case ByRequests:
		c.Parameters.Requests = 0
	case ByInterval:
		c.Parameters.IntervalMS = 0
	case ProcessesAtOnce:
		c.Processes = 0
	default:
		if name := a.Argument(c); name != "" {
			c.Parameters.Arguments = maps.Clone(c.Parameters.Arguments)
			delete(c.Parameters.Arguments, name)
		}
	}
	return c
}

// GroupsBy gives the cells that differ in nothing but the axes, in the order of their first cell. It goes by what cells
// are, not by their IDs.
func GroupsBy(cells []Cell, axes ...Axis) [][]Cell {
	var order []string
	groups := map[string][]Cell{}
	for _, cell := range cells {
		common := cell
		common.ID = ""
		for _, axis := range axes {
			common = axis.without(common)
		}
		key := keyOf(common)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], cell)
	}
	list := make([][]Cell, len(order))
	for i, key := range order {
		list[i] = groups[key]
	}
	return list
}

// keyOf is equal for equal cells: JSON has an object's members in the order of their names.
func keyOf(c Cell) string {
	if len(c.Parameters.Arguments) == 0 {
		c.Parameters.Arguments = nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		// Strings, whole numbers and a map of them have a JSON form.
		panic("bench: a cell without a JSON form: " + err.Error())
	}
	return string(text)
}

// ValuesOf lists the texts of an axis in the order in which cells first have them, each once.
func (a Axis) ValuesOf(cells []Cell) []string {
	var values []string
	for _, cell := range cells {
		if text := a.Text(cell); !slices.Contains(values, text) {
			values = append(values, text)
		}
	}
	return values
}
