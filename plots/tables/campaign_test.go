package tables

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/environment"
	"eaibench/results"
)

// hostile is text that means something in each of the formats, and must stay text.
const hostile = `50 % of <b>R&D</b> | $x_1^2$ [#1] {~} \input{x} *"'` + "`--`"

// madeUp is a campaign with every step of runs in two groups of three modes, from numbers like those of a real one.
func madeUp(runs int) *results.Data {
	swap, smt := uint64(0), true
	data := &results.Data{Complete: true, Campaign: &results.Campaign{
		Version: 1, Name: "made-up", Title: "Numbers that nobody measured", Solution: "retail", Platform: "linux", StandIn: true, Seed: 7,
		Order: bench.OrderBlocks, Started: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Versions: map[string]string{"eaibench": "v1.2.3", "cc": "14.2.0"},
		Modes: []results.Mode{
			{Mode: bench.Mode{Name: "hybrid"}}, {Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}}, {Mode: bench.Mode{Name: "compartment", Baseline: "purecap"}},
		},
		Hosts: []results.Host{
			{Name: "local", Environment: environment.Environment{
				System: "debian", SystemVersion: "13", Kernel: "6.12.9", Architecture: "amd64", CPU: "AMD EPYC 9B14", CPUs: 2, Usable: 2, SMT: &smt,
				Memory: 8_246_251_520, Swap: &swap, ClockSource: "tsc", Load1: 0.128, Compilers: map[string]string{"cc": "gcc 14.2.0"},
			}},
			{Name: "board_1", Environment: environment.Environment{
				System: "freebsd", SystemVersion: "15.0-CURRENT", Kernel: "15.0-CURRENT", Architecture: "arm64", CPU: "ARM Morello " + hostile, CPUs: 4, Usable: 4,
				Memory: 17_179_869_184, Load1: 0, CheriBSD: &environment.CheriBSD{Configuration: "GENERIC-MORELLO-PURECAP", Product: "Morello SDP"},
			}},
		},
	}}
	random := rand.New(rand.NewPCG(1, 2))
	for _, threshold := range []int64{15_000, 10_000_000} {
		for _, mode := range data.Campaign.Modes {
			cell := bench.Cell{
				ID: fmt.Sprintf("%s-%d", mode.Name, threshold), Mode: mode.Name, Path: bench.Relayed, Crypto: "hpke", Verify: bench.Full, Processes: 1,
				Parameters: bench.Parameters{Requests: 1, Arguments: bench.Arguments{"threshold_cents": threshold}},
			}
			data.Campaign.Cells = append(data.Campaign.Cells, cell)
			for n := range runs + 1 {
				addRun(data, cell, n, random)
			}
		}
	}
	compiled := map[string]bool{} // cells of a mode share what it was compiled to
	data.Samples = slices.DeleteFunc(data.Samples, func(s bench.Sample) bool {
		step, _ := bench.StepOf(s.Series())
		mode, _, _ := strings.Cut(s.Run, "-")
		again := step.OncePerMode && compiled[mode]
		compiled[mode] = compiled[mode] || step.OncePerMode
		return again
	})
	return data
}

// addRun makes one run up; the first of a cell is its warm-up.
func addRun(data *results.Data, cell bench.Cell, iteration int, random *rand.Rand) {
	run := bench.Run{
		PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("%s-%d", cell.ID, iteration), Cell: cell.ID, Block: iteration, Iteration: iteration, WarmUp: iteration == 0},
		Status:     bench.OK, Mode: cell.Mode,
	}
	data.Campaign.Runs, data.Runs = append(data.Campaign.Runs, run.PlannedRun), append(data.Runs, run)
	factor := map[string]float64{"hybrid": 1, "purecap": 1.3, "compartment": 1.301}[cell.Mode]
	add := func(component bench.Component, operation bench.Operation, metric, service string, value float64, unit bench.Unit) {
		data.Samples = append(data.Samples, bench.Sample{
			Run: run.ID, Request: bench.NoRequest, Component: component, Operation: operation, Metric: metric, Service: service,
			Value: math.Round(value * factor * math.Exp(0.02*random.NormFloat64())), Unit: unit,
		})
	}
	for place, step := range bench.Steps() {
		service := map[bench.Operation]string{bench.Read: "store", bench.Write: "taxi"}[step.Operation]
		switch {
		case len(step.Paths) > 0 && step.Paths[0] != cell.Path:
		case step.OncePerMode && iteration > 0:
		case step.Metric == "execute_total":
			add(step.Component, step.Operation, step.Metric, "", 6e6, bench.Nanoseconds)
		default:
			add(step.Component, step.Operation, step.Metric, service, 1e4*float64(1+place*place%17), bench.Nanoseconds)
		}
	}
	for place, reading := range bench.Readings() {
		if reading.Operation == bench.Memory {
			service := map[bench.Component]string{bench.DigitalService: "store"}[reading.Component]
			add(reading.Component, reading.Operation, reading.Metric, service, float64((1+place)<<20), bench.Bytes)
		}
	}
}

// found is an audit made up.
func found() Audit {
	return Audit{
		Threats: []Threat{
			{"critical", "stand-in", "no mode has CHERI's protection", []string{"platform linux"}, "measure on CheriBSD", "docs/morello.md"},
			{"note", "hostile", hostile, []string{"one: " + hostile, "two", "three", "four"}, "escape it", ""},
		},
		InOrder:     []string{"order", "warm_up"},
		NotExamined: []NotExamined{{"revocation", "no host tells it"}},
	}
}

// made makes all tables of a campaign.
func made(t *testing.T, data *results.Data, series ...bench.Series) []*Table {
	t.Helper()
	source, err := NewSource(data, series, found())
	if err != nil {
		t.Fatal(err)
	}
	var all []*Table
	for _, kind := range Kinds() {
		tables, err := kind.Tables(source)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tables...)
	}
	return all
}

// written is a table in a format.
func written(t *testing.T, table *Table, format Format) string {
	t.Helper()
	var page strings.Builder
	if err := table.Write(&page, format); err != nil {
		t.Fatal(err)
	}
	return page.String()
}
