package scenarios_test

import (
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/scenarios"
)

// three cells with two warm-up runs and four others, in the order.
func threeCells(t *testing.T, order string, seed string) scenarios.Plan {
	t.Helper()
	return parse(t, strings.NewReplacer("[hybrid]", "[hybrid, purecap, compartment]", "runs: 1", "runs: 4", "warm_up: 0", "warm_up: 2").Replace(least)+
		"order: "+order+"\nseed: "+seed+"\n").Plan(nil)
}

// In every order each cell has its runs, numbered as they come, those of the warm-up first; positions count, names tell apart.
func TestOrders(t *testing.T) {
	for _, order := range []string{"blocks", "random", "sequential"} {
		plan := threeCells(t, order, "1")
		iterations, ids := map[string]int{}, map[string]bool{}
		for i, run := range plan.Runs {
			if run.Position != i || run.Iteration != iterations[run.Cell] || run.WarmUp != (run.Iteration < 2) || ids[run.ID] {
				t.Errorf("%s: run %d is %+v", order, i, run)
			}
			iterations[run.Cell]++
			ids[run.ID] = true
		}
		for _, cell := range plan.Cells {
			if iterations[cell.ID] != 6 {
				t.Errorf("%s: %s has %d runs", order, cell.ID, iterations[cell.ID])
			}
		}
	}
}

func inTurn(runs []bench.PlannedRun) string {
	var text strings.Builder
	for _, run := range runs {
		text.WriteString(run.Cell[:1])
	}
	return text.String()
}

func TestSequentialOrder(t *testing.T) {
	plan := threeCells(t, "sequential", "1")
	if got := inTurn(plan.Runs); got != "hhhhhhppppppcccccc" {
		t.Errorf("got %s", got)
	}
	for i, run := range plan.Runs {
		if run.Block != i/6 {
			t.Errorf("run %d is in block %d", i, run.Block)
		}
	}
}

// All counted runs are one block, in an order that is drawn from the seed and is not one of blocks; the warm-up is as with blocks.
func TestRandomOrder(t *testing.T) {
	plan, blocks := threeCells(t, "random", "1"), threeCells(t, "blocks", "1")
	if inTurn(plan.Runs[:6]) != inTurn(blocks.Runs[:6]) {
		t.Errorf("warm-up is %s, of blocks %s", inTurn(plan.Runs[:6]), inTurn(blocks.Runs[:6]))
	}
	for i, run := range plan.Runs {
		if run.Block != min(i/3, 2) {
			t.Errorf("run %d is in block %d", i, run.Block)
		}
	}
	if inTurn(threeCells(t, "random", "1").Runs) != inTurn(plan.Runs) {
		t.Error("another order from the same seed")
	}
	orders, interleaved := map[string]bool{}, 0
	for _, seed := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		counted := threeCells(t, "random", seed).Runs[6:]
		orders[inTurn(counted)] = true
		whole := true
		for block := 0; block < len(counted); block += 3 {
			cells := inTurn(counted[block : block+3])
			whole = whole && strings.Contains(cells, "h") && strings.Contains(cells, "p") && strings.Contains(cells, "c")
		}
		if whole {
			interleaved++
		}
	}
	if len(orders) != 8 || interleaved == 8 {
		t.Errorf("%d orders of 8 seeds, %d of them in blocks", len(orders), interleaved)
	}
}
