package audit

import (
	"slices"
	"strings"

	"eaibench/bench"
)

// sequential is the order that runs cell after cell.
const sequential = "sequential"

// checkOrder looks for cells that were not interleaved, by what the campaign says and by when its runs were carried out.
func checkOrder(c *campaign, f *finding) {
	f.saw("the order %q and the places of %s", c.Campaign.Order, several(len(c.Runs), "run"))
	undated := c.Campaign.Import != nil && !c.Dated()
	if undated {
		f.lacks("the files have no times: which mode was measured first is not told")
	}
	if c.Campaign.Order == sequential && len(c.Campaign.Cells) > 1 {
		f.found(Serious, "the campaign's order is %s", sequential)
	}
	for _, group := range c.groups {
		if undated {
			break // places in the campaign are those in the files
		}
		cells := slices.DeleteFunc(c.cellsOf(group), func(cell bench.Cell) bool { return len(c.counted(cell.ID)) < 2 })
		for i, cell := range cells {
			for _, earlier := range cells[:i] {
				c.checkApart(f, earlier, cell)
				c.checkApart(f, cell, earlier)
			}
		}
	}
	c.checkSameOrder(f)
}

// mostBefore is the share of pairs of a run of each cell in which the same cell's run is the earlier one that interleaved cells
// hardly have: of ten runs each in random order, one pair of cells in 660 has as much.
const mostBefore = 0.9

// checkApart tells whether the runs of one cell were before those of another, all or nearly all.
func (c *campaign) checkApart(f *finding, first, second bench.Cell) {
	a, b := c.counted(first.ID), c.counted(second.ID)
	var places []int
	for _, other := range b {
		places = append(places, other.Position)
	}
	slices.Sort(places)
	before := 0
	for _, one := range a {
		earlier, _ := slices.BinarySearch(places, one.Position)
		before += len(places) - earlier
	}
	pairs := len(a) * len(b)
	switch {
	case before == pairs:
		f.found(Serious, "every run of %s was before every run of %s (the last is %s, the first %s)", first.ID, second.ID, a[len(a)-1].ID, b[0].ID)
	case min(len(a), len(b)) >= fewest && float64(before) >= mostBefore*float64(pairs):
		f.found(Serious, "nearly every run of %s was before those of %s: in %.0f %% of the pairs", first.ID, second.ID, 100*float64(before)/float64(pairs))
	}
}

// checkSameOrder looks for blocks that all have the same order, so that each mode always follows the same one.
func (c *campaign) checkSameOrder(f *finding) {
	const enough = 5 // blocks: at random, two cells have one order in that many with a chance of 1/16, three with 1/1296
	var blocks [][]string
	for _, run := range c.Campaign.Runs {
		for len(blocks) <= run.Block {
			blocks = append(blocks, nil)
		}
		blocks[run.Block] = append(blocks[run.Block], run.Cell)
	}
	if len(blocks) < enough || len(blocks[0]) < 2 {
		return
	}
	for _, block := range blocks[1:] {
		if !slices.Equal(block, blocks[0]) {
			return
		}
	}
	f.found(Note, "all %d blocks have the same order: %s", len(blocks), strings.Join(blocks[0], ", "))
}
