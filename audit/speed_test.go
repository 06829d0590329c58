package audit_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"eaibench/audit"
	"eaibench/bench"
	"eaibench/results"
)

// large is a campaign of 100 cells, each with 200 runs of 10 metrics.
func large() *results.Data {
	const cells, runs, metrics = 100, 200, 10
	random := rand.New(rand.NewPCG(1, 1))
	campaign := &results.Campaign{Name: "large", Platform: "linux", StandIn: true, Order: "blocks", Hosts: []results.Host{{Name: "local", Environment: results.Environment{CPUs: 2}}}}
	for _, mode := range []bench.Mode{{Name: "hybrid"}, {Name: "purecap", Baseline: "hybrid"}} {
		campaign.Modes = append(campaign.Modes, results.Mode{Mode: mode})
	}
	for i := range cells {
		mode := campaign.Modes[i%2].Name
		campaign.Cells = append(campaign.Cells, bench.Cell{ID: fmt.Sprintf("%s-group%d", mode, i/2), Mode: mode, Crypto: "hpke", Verify: "full", Processes: 1})
	}
	data := &results.Data{Campaign: campaign, Complete: true}
	now := moment
	for block := range runs {
		for i, cell := range campaign.Cells {
			planned := bench.PlannedRun{ID: fmt.Sprintf("r%d", len(campaign.Runs)), Cell: cell.ID, Block: block, Position: len(campaign.Runs), Iteration: block}
			campaign.Runs = append(campaign.Runs, planned)
			run := bench.Run{PlannedRun: planned, Mode: cell.Mode, Crypto: "hpke", Verify: "full", Status: bench.OK, Started: now, Ended: now.Add(time.Second), ABI: "amd64", Samples: metrics}
			now = run.Ended
			data.Runs = append(data.Runs, run)
			for m := range metrics {
				series := bench.Series{Component: bench.Launcher, Operation: bench.Read, Metric: fmt.Sprintf("metric%d", m)}
				switch m {
				case 0:
					series = bench.ExecuteTotal()
				case 1:
					series = bench.StartTotal()
				}
				data.Samples = append(data.Samples, bench.Sample{
					Time: run.Ended, Run: run.ID, Request: bench.NoRequest, Component: series.Component, Operation: series.Operation,
					Metric: series.Metric, Value: 1e7 + float64(i) + 1e5*random.NormFloat64(), Unit: bench.Nanoseconds,
				})
			}
		}
	}
	return data
}

// uneven has the n-th cell lose n runs, so that no two have the same number.
func uneven() *results.Data {
	data := large()
	place, lost := map[string]int{}, map[string]int{}
	for i, cell := range data.Campaign.Cells {
		place[cell.ID] = i
	}
	for i := range data.Runs {
		run := &data.Runs[i]
		if lost[run.Cell] < place[run.Cell] {
			lost[run.Cell]++
			run.Status, run.Reason = bench.Failed, "lost"
		}
	}
	return data
}

// processorTime is for how long this process has had processors: others may have them for as long as they like.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestLargeCampaign: an audit takes seconds of a processor, however many runs there are, and as many in each cell or not.
func TestLargeCampaign(t *testing.T) {
	for name, data := range map[string]*results.Data{"even": large(), "uneven": uneven()} {
		began := processorTime(t)
		if _, err := audit.Examine(data); err != nil {
			t.Fatal(err)
		}
		took := processorTime(t) - began
		t.Logf("100 cells of 200 runs with 10 metrics, %s: %s", name, took.Round(time.Millisecond))
		if took > time.Minute {
			t.Errorf("%s: it took %s", name, took)
		}
	}
}

func BenchmarkExamine(b *testing.B) {
	data := large()
	for b.Loop() {
		if _, err := audit.Examine(data); err != nil {
			b.Fatal(err)
		}
	}
}
