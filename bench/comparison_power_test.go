package bench_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"eaibench/bench"
)

// machine makes runs take longer now and then, several in a row, as one that others
// use does.
type machine struct {
	random *rand.Rand
	// starts is the probability that a burst begins before a run, lasts how many runs
	// it takes on average, slower by which factor they take longer.
	starts, lasts, slower float64
	busy                  bool
}

// run takes about so long, within one percent.
func (m *machine) run(length float64) float64 {
	switch {
	case m.busy:
		m.busy = m.random.Float64() >= 1/m.lasts
	default:
		m.busy = m.random.Float64() < m.starts
	}
	if m.busy {
		length *= m.slower
	}
	return length * math.Exp(0.01*m.random.NormFloat64())
}

// sequential carries out all runs of one cell, then all of the other.
func (m *machine) sequential(n int, cell, baseline float64) (bench.CellRuns, bench.CellRuns) {
	var x, y []float64
	for range n {
		y = append(y, m.run(baseline))
	}
	for range n {
		x = append(x, m.run(cell))
	}
	return runsOf("purecap", x...), runsOf("hybrid", y...)
}

// blocks carries out both cells in each block, in random order.
func (m *machine) blocks(n int, cell, baseline float64) (bench.CellRuns, bench.CellRuns) {
	var x, y []float64
	for range n {
		if m.random.IntN(2) == 0 {
			x = append(x, m.run(cell))
			y = append(y, m.run(baseline))
		} else {
			y = append(y, m.run(baseline))
			x = append(x, m.run(cell))
		}
	}
	return runsOf("purecap", x...), runsOf("hybrid", y...)
}

// outcome is what many campaigns said.
type outcome struct {
	slower, faster float64 // shares of verdicts
	halfWidth      float64 // median of the ratio's interval, of blocks that of the ratio of pairs
	medians        float64 // median of the interval of the ratio of medians
	shiftHalfWidth float64 // median of the shift's interval, in percent of the baseline
}

func (m *machine) outcome(t *testing.T, campaigns int, inBlocks bool, n int, difference float64) outcome {
	t.Helper()
	var o outcome
	var ratios, medians, shifts []float64
	for i := range campaigns {
		order := m.sequential
		if inBlocks {
			order = m.blocks
		}
		cell, baseline := order(n, 100*difference, 100)
		c, err := bench.CompareCells(cell, baseline, bench.Nanoseconds, bench.Options{Interleaved: inBlocks, Resamples: 499, Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		switch c.Verdict {
		case bench.Slower:
			o.slower += 1 / float64(campaigns)
		case bench.Faster:
			o.faster += 1 / float64(campaigns)
		}
		medians = append(medians, c.Ratio.Interval.HalfWidth())
		ratio := c.Ratio
		if c.PairRatio != nil {
			ratio = c.PairRatio
		}
		ratios = append(ratios, ratio.Interval.HalfWidth())
		shifts = append(shifts, c.Shift.Interval.HalfWidth())
	}
	slices.Sort(ratios)
	slices.Sort(medians)
	slices.Sort(shifts)
	o.halfWidth, o.medians, o.shiftHalfWidth = 100*ratios[campaigns/2], 100*medians[campaigns/2], shifts[campaigns/2]
	return o
}

// TestPower prints how often +2 % is seen, how often its opposite, and how often a
// difference where there is none, on a machine with bursts of noise, by the order of runs: with blocks
// more of the first, and no more than 5 % of the last.
func TestPower(t *testing.T) {
	const campaigns = 300
	t.Logf("%-28s %2s %-10s  %7s %7s  %12s  %9s  %9s  %9s   (medians)", "bursts", "n", "order", "+2 %", "wrong", "+0 %", "ratio ±", "medians ±", "shift ±")
	for _, bursts := range []struct {
		name                  string
		starts, lasts, slower float64
	}{
		{"none", 0, 1, 1},
		{"a third of the time, +30 %", 0.025, 20, 1.3},
		{"half of the time, +10 %", 0.05, 20, 1.1},
		{"long and rare, ×2", 0.01, 40, 2},
	} {
		for _, n := range []int{10, 30} {
			var by, same [2]outcome
			for i, order := range []string{"sequential", "blocks"} {
				m := &machine{random: rand.New(rand.NewPCG(uint64(n), 3)), starts: bursts.starts, lasts: bursts.lasts, slower: bursts.slower}
				by[i] = m.outcome(t, campaigns, order == "blocks", n, 1.02)
				same[i] = m.outcome(t, campaigns, order == "blocks", n, 1)
				t.Logf("%-28s %2d %-10s  %6.1f%% %6.1f%%  %11.1f%%  %8.2f%%  %8.2f%%  %8.2f%%", bursts.name, n, order,
					100*by[i].slower, 100*by[i].faster, 100*same[i].shown(), by[i].halfWidth, by[i].medians, by[i].shiftHalfWidth)
			}
			sequential, blocks := 0, 1
			if most := 0.05 + 3*math.Sqrt(0.05*0.95/float64(campaigns)); same[blocks].shown() > most || by[blocks].faster > 0.01 {
				t.Errorf("%s, %d blocks: %.3f of campaigns show a difference where there is none, want %.3f; %.3f the wrong one", bursts.name, n, same[blocks].shown(), most, by[blocks].faster)
			}
			if n < 30 || bursts.starts == 0 {
				continue
			}
			if by[blocks].slower <= by[sequential].slower || same[blocks].shown() >= same[sequential].shown() {
				t.Errorf("%s: blocks see %.3f, and %.3f where there is nothing; sequential %.3f and %.3f", bursts.name, by[blocks].slower, same[blocks].shown(), by[sequential].slower, same[sequential].shown())
			}
			if by[blocks].medians > 1.02*by[sequential].medians || by[blocks].halfWidth >= by[sequential].halfWidth {
				t.Errorf("%s: in blocks, the interval of the ratio of medians is ± %.2f %%, of pairs ± %.2f %%; sequentially ± %.2f %%", bursts.name, by[blocks].medians, by[blocks].halfWidth, by[sequential].halfWidth)
			}
		}
	}
}

// shown is the share of campaigns that show a difference, of whatever direction.
func (o outcome) shown() float64 { return o.slower + o.faster }
