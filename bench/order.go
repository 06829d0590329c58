package bench

// Orders of a campaign's runs.
const (
	// OrderBlocks: each block has every cell once, in an order drawn from the seed.
	OrderBlocks = "blocks"
	// OrderRandom: all counted runs in one order drawn from the seed.
	OrderRandom = "random"
	// OrderSequential: cell after cell.
	OrderSequential = "sequential"
)

// OrderCaution says of an order, in a sentence, why its comparisons cannot be trusted as others can; "" where they can. Whoever
// shows the values shows this too.
func OrderCaution(order string) string {
	if order != OrderSequential {
		return ""
	}
	return "SEQUENTIAL: cell after cell; a machine that changes meanwhile looks like a difference of modes."
}
