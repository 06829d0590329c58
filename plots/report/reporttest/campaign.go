package reporttest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/results"
)

// Size of a campaign that is made up.
type Size struct {
	// Groups of cells, each with every mode of a chain of five; Runs that count of each cell, besides one warm-up run.
	Groups, Runs int
	// Metrics of a run, one sample each; at most as many as there are series of a relayed run: else all.
	Metrics int
}

// Cells is how many there are.
func (s Size) Cells() int { return s.Groups * len(modes()) }

func modes() []results.Mode {
	return []results.Mode{
		{Mode: bench.Mode{Name: "hybrid"}, StandsFor: "a plain build"},
		{Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}},
		{Mode: bench.Mode{Name: "purecap-benchmark", Baseline: "purecap"}},
		{Mode: bench.Mode{Name: "compartment", Baseline: "purecap"}},
		{Mode: bench.Mode{Name: "benchmark-compartment", Baseline: "compartment"}},
	}
}

// factors are how many times as much as hybrid a mode takes, without noise.
var factors = []float64{1, 1.3, 1.25, 1.301, 1.5}

// MadeUp is a complete campaign of numbers that nobody measured, the same each time.
func MadeUp(size Size) *results.Data {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	data := &results.Data{Complete: true, Campaign: &results.Campaign{
		Version: results.Version, Name: "made-up", Title: "Numbers that nobody measured", Solution: "shop", Platform: "linux", StandIn: true, Seed: 7, DataSeed: 1,
		Order: bench.OrderBlocks, Started: began, Versions: map[string]string{"eaibench": "1.2.3", "gcc": "14.2.0"}, Modes: modes(),
		Scenario: results.Scenario{File: "made-up.yaml", Text: "version: 1\nname: made-up\n"},
		Hosts: []results.Host{{Name: "local", Environment: environment.Environment{
			System: "debian", SystemVersion: "13", Kernel: "6.12.9", Architecture: "amd64", CPU: "AMD EPYC 9B14", CPUs: 2, Usable: 2, Memory: 8 << 30,
		}}},
	}}
	c := data.Campaign
	for group := range size.Groups {
		for _, mode := range c.Modes {
			limit := int64(100 * (group + 1))
			c.Cells = append(c.Cells, bench.Cell{
				ID: fmt.Sprintf("%s-relayed-hpke-limit-%d.00", mode.Name, group+1), Mode: mode.Name, Path: bench.Relayed, Crypto: "hpke", Verify: bench.Full, Processes: 1,
				Parameters: bench.Parameters{Requests: 1, Arguments: bench.Arguments{"limit_cents": limit}},
			})
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	measured := seriesOfRun(size.Metrics)
	for block := range size.Runs + 1 {
		for _, place := range random.Perm(len(c.Cells)) {
			run := madeUpRun(c, c.Cells[place], block, len(data.Runs), len(measured))
			c.Runs = append(c.Runs, run.PlannedRun)
			data.Runs = append(data.Runs, run)
			factor := factors[place%len(factors)] * math.Exp(0.02*random.NormFloat64())
			for _, sample := range measured {
				sample.Run, sample.Time = run.ID, run.Ended
				sample.Value = math.Round(sample.Value * factor * math.Exp(0.01*random.NormFloat64()))
				data.Samples = append(data.Samples, sample)
			}
		}
	}
	data.Events = []results.Event{{Time: began.Add(time.Hour), Ended: &results.Ending{Reason: results.EndComplete, Text: "every planned run was carried out"}}}
	return data
}

func madeUpRun(c *results.Campaign, cell bench.Cell, block, position, samples int) bench.Run {
	started := c.Started.Add(time.Duration(position) * time.Second)
	return bench.Run{
		PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("r%05d-%s", position, cell.Mode), Cell: cell.ID, Block: block, Position: position, Iteration: block, WarmUp: block == 0},
		Status:     bench.OK, Mode: cell.Mode, Path: cell.Path, Crypto: cell.Crypto, Verify: cell.Verify, Processes: 1, Samples: samples,
		Started: started, Ended: started.Add(800 * time.Millisecond),
	}
}

// seriesOfRun gives a sample of each of so many series of a relayed run, those that pages begin with among them; 0: of all.
func seriesOfRun(most int) []bench.Sample {
	var all []bench.Sample
	add := func(operation bench.Operation, component bench.Component, metric, service string, value float64, unit bench.Unit) {
		all = append(all, bench.Sample{
			Request: bench.NoRequest, Component: component, Operation: operation, Metric: metric, Service: service, Value: value, Unit: unit, Program: "shop",
		})
	}
	add(bench.Execute, bench.IntegrationProcess, "execute_total", "", 6e6, bench.Nanoseconds)
	add(bench.Start, bench.Launcher, "start_total", "", 4e7, bench.Nanoseconds)
	for place, reading := range bench.Readings() {
		if reading.Component == bench.IntegrationProcess {
			add(reading.Operation, reading.Component, reading.Metric, "", float64((1+place)<<16), reading.Unit)
		}
	}
	for place, step := range bench.Steps() {
		known := slices.ContainsFunc(all, func(s bench.Sample) bool { return s.Metric == step.Metric && s.Operation == step.Operation })
		if known || step.OncePerMode || len(step.Paths) > 0 && !slices.Contains(step.Paths, bench.Relayed) {
			continue
		}
		service := map[bench.Operation]string{bench.Read: "reader", bench.Write: "writer"}[step.Operation]
		add(step.Operation, step.Component, step.Metric, service, 1e4*float64(1+place*place%17), bench.Nanoseconds)
	}
	if most > 0 && most < len(all) {
		all = all[:most]
	}
	return all
}
