package scenarios

import "math/rand/v2"

// turn is whose run is next: the number of a cell, and the block that the run is of.
type turn struct{ cell, block int }

// inOrder gives the runs of so many cells, warm-up runs among them, in the scenario's order. What a block is depends on that:
// with blocks each has every cell once; random has all counted runs in one block behind those of the warm-up; with sequential
// each cell's runs are a block.
func (s *Scenario) inOrder(cells int) []turn {
	var turns []turn
	each := s.WarmUp + s.MostRuns() // runs of a cell
	switch s.Order {
	case Sequential:
		for cell := range cells {
			for range each {
				turns = append(turns, turn{cell, cell})
			}
		}
	case Random:
		turns = s.blocks(cells, 0, s.WarmUp)
		for _, at := range s.shuffled(cells*s.MostRuns(), s.WarmUp) {
			turns = append(turns, turn{at % cells, s.WarmUp})
		}
	default:
		turns = s.blocks(cells, 0, each)
	}
	return turns
}

// blocks are blocks from the first to before the end.
func (s *Scenario) blocks(cells, first, end int) []turn {
	var turns []turn
	for block := first; block < end; block++ {
		for _, cell := range s.shuffled(cells, block) {
			turns = append(turns, turn{cell, block})
		}
	}
	return turns
}

// shuffled is an order of n things, drawn for a block. Each block has a generator of its own: its order does not depend on how
// many cells the blocks before it had.
func (s *Scenario) shuffled(n, block int) []int {
	return rand.New(rand.NewPCG(s.Seed, uint64(block))).Perm(n)
}
