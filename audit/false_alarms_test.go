package audit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// unmeasured is a campaign of six cells of n runs without values.
func unmeasured(n int) *campaign {
	c := &campaign{uniform: map[uniformSamples]*statistics.UniformDips{}}
	for cell := range 6 {
		one := course{series: bench.ExecuteTotal(), cell: bench.Cell{ID: fmt.Sprintf("cell%d", cell)}, values: make([]float64, n)}
		for i := range n {
			one.runs = append(one.runs, bench.Run{PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("r%d", i), Position: 6*i + cell}})
		}
		c.measured = append(c.measured, one)
	}
	return c
}

// draw gives each run a value, by a function of its place in the cell.
func (c *campaign) draw(value func(at int) float64) {
	for _, one := range c.measured {
		for i := range one.values {
			one.values[i] = value(i)
		}
	}
}

// TestFalseAlarms prints in how many campaigns of six cells the checks of values find something, where nothing is the
// matter and where something is, and fails where alarms are more often false than docs/audit.md says, or rarely right.
func TestFalseAlarms(t *testing.T) {
	const campaigns = 300
	bySize := map[int]*campaign{10: unmeasured(10), 30: unmeasured(30), 100: unmeasured(100)}
	random := rand.New(rand.NewPCG(1, 1))
	normal := func(int) float64 { return 100 + random.NormFloat64() }
	lognormal := func(int) float64 { return 100 * math.Exp(0.3*random.NormFloat64()) }
	for _, test := range []struct {
		check   string
		examine func(*campaign, *finding)
		// most is how often the check may find something in values of one distribution.
		most float64
		// has is what the check is to find nearly always.
		has func(at, n int) float64
	}{
		{"trend", checkTrend, 0.01, func(at, n int) float64 { return normal(0) + 4*float64(at)/float64(n) }},
		{"bimodal", checkBimodal, 0.01, func(int, int) float64 { return normal(0) + 8*float64(random.IntN(2)) }},
		{"unsteady", checkUnsteady, 0.01, func(at, n int) float64 { return normal(0) + 6*float64(2*at/n) }},
		{"outliers", checkOutliers, 0.05, func(int, int) float64 { return normal(0) + 50*float64(random.IntN(5)/4) }},
		{"first-run", checkFirstRun, 0.05, func(at, _ int) float64 { return normal(0) + 20*float64(max(0, 1-at)) }},
	} {
		for _, n := range []int{10, 30, 100} {
			rate := func(draw func(at int) float64) float64 {
				found := 0
				for range campaigns {
					var f finding
					bySize[n].draw(draw)
					test.examine(bySize[n], &f)
					if len(f.shown) > 0 {
						found++
					}
				}
				return float64(found) / campaigns
			}
			ofNormal, ofLognormal, right := rate(normal), rate(lognormal), rate(func(at int) float64 { return test.has(at, n) })
			t.Logf("%-10s %3d runs a cell: found in %4.1f %% of campaigns with normal values, %4.1f %% lognormal; in %5.1f %% where it is so", test.check, n, 100*ofNormal, 100*ofLognormal, 100*right)
			limit := test.most + 3*math.Sqrt(test.most*(1-test.most)/campaigns)
			if ofNormal > limit || ofLognormal > limit {
				t.Errorf("%s, %d runs: found in %.3f and %.3f of campaigns with nothing to find; at most %.3f", test.check, n, ofNormal, ofLognormal, limit)
			}
			if n == 100 && right < 0.9 {
				t.Errorf("%s, %d runs: found in only %.3f of campaigns that have it", test.check, n, right)
			}
		}
	}
}
