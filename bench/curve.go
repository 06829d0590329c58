package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"eaibench/bench/statistics"
)

// Quantity is a number that cells are set apart by, and a curve runs along.
type Quantity int

// The quantities there are.
const (
	// Payload in bytes: the argument payload_bytes.
	Payload Quantity = iota
	// ProcessesAtOnce is how many integration processes carry a run out at once.
	ProcessesAtOnce
	// BlockSize, MessageSize and OperandSize in bytes are those of imported campaigns: the arguments block_bytes,
	// message_bytes and size_bytes.
	BlockSize
	MessageSize
	OperandSize
)

// argument is the run parameter that has the quantity, "" where none has.
func (q Quantity) argument() string {
	switch q {
	case Payload:
		return "payload_bytes"
	case BlockSize:
		return "block_bytes"
	case MessageSize:
		return "message_bytes"
	case OperandSize:
		return "size_bytes"
	}
	return ""
}

// of gives the cell's value, and whether it has one.
func (q Quantity) of(c Cell) (int64, bool) {
	if q == ProcessesAtOnce {
		return int64(c.Processes), true
	}
	bytes, ok := c.Parameters.Arguments[q.argument()].(int64)
	return bytes, ok
}

// without gives a cell as it is apart from the quantity: what all cells of a curve have in common.
func (q Quantity) without(c Cell) Cell {
	c.ID = ""
	if q == ProcessesAtOnce {
		c.Processes = 1
		return c
	}
	c.Parameters.Arguments = maps.Clone(c.Parameters.Arguments)
	delete(c.Parameters.Arguments, q.argument())
	return c
}

// Curve is cells that differ in one quantity alone, so that it may be drawn as one line.
type Curve struct {
	Mode string
	// Group says in words what sets the curve apart from others of its mode, "" where nothing does.
	Group string
	// Cells by rising quantity; At is their quantity.
	Cells []Cell
	At    []int64
}

// Curves arranges cells along a quantity: cells that have it and share everything else, at least two of them. The
// curves are in the order of their first cell.
func Curves(cells []Cell, along Quantity) []Curve {
	type gathered struct {
		common Cell
		cells  []Cell
	}
	var order []*gathered
	byKey := map[string]*gathered{}
	for _, cell := range cells {
		if _, ok := along.of(cell); !ok {
			continue
		}
		common := along.without(cell)
		key := keyOf(common)
		if byKey[key] == nil {
			byKey[key] = &gathered{common: common}
			order = append(order, byKey[key])
		}
		byKey[key].cells = append(byKey[key].cells, cell)
	}
	order = slices.DeleteFunc(order, func(g *gathered) bool { return len(g.cells) < 2 })
	groups := make([][]Cell, len(order))
	for i, one := range order {
		groups[i] = []Cell{one.common}
	}
	curves := make([]Curve, len(order))
	for i, label := range Distinctions(groups) {
		curve := Curve{Mode: order[i].common.Mode, Group: label, Cells: order[i].cells}
		place := func(c Cell) int64 { at, _ := along.of(c); return at }
		slices.SortStableFunc(curve.Cells, func(a, b Cell) int { return cmp.Compare(place(a), place(b)) })
		for _, cell := range curve.Cells {
			curve.At = append(curve.At, place(cell))
		}
		curves[i] = curve
	}
	return curves
}

// keyOf is equal for equal cells: JSON has an object's members in the order of their names.
func keyOf(c Cell) string {
	text, err := json.Marshal(c)
	if err != nil {
		// Strings, whole numbers and a map of them have a JSON form.
		panic("bench: a cell without a JSON form: " + err.Error())
	}
	return string(text)
}

// Spread is the median and the quartiles of a cell's runs at a place of a curve, in the values' unit.
type Spread struct {
	At int64
	statistics.Summary
}

// Along summarises the values of a curve's cells, by cell id; cells without values are left out. The error is
// statistics.ErrNotFinite.
func (c Curve) Along(values func(Cell) []float64) ([]Spread, error) {
	var spreads []Spread
	for i, cell := range c.Cells {
		summary, err := statistics.Summarize(values(cell))
		switch {
		case errors.Is(err, statistics.ErrEmpty):
			continue
		case err != nil:
			return nil, err
		}
		spreads = append(spreads, Spread{c.At[i], summary})
	}
	return spreads, nil
}
