package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/scenarios"
)

// sampleCampaign is the shipped smoke scenario with made-up numbers: a step takes ten microseconds
// times its place in the table, times 1, 2 and 3 in the three modes.
func sampleCampaign(t *testing.T, change func(*bench.Run)) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "smoke")
	if err := makeSampleCampaign(folder, 1, false, change); err != nil {
		t.Fatal(err)
	}
	return folder
}

// makeSampleCampaign makes it in a folder, all but the first mode slower by a factor, and complete or not.
func makeSampleCampaign(folder string, slower float64, complete bool, change func(*bench.Run), changes ...func(*results.Campaign)) (err error) {
	scenario, err := scenarios.Load("smoke")
	if err != nil {
		return err
	}
	plan := scenario.Plan(nil)
	campaign := &results.Campaign{
		Version: results.Version, Name: scenario.Name, Title: scenario.Title, Solution: scenario.Solution, Platform: "linux",
		StandIn: true, Order: string(scenarios.Blocks), Cells: plan.Cells, Runs: plan.Runs,
		Modes: []results.Mode{
			{Mode: bench.Mode{Name: "hybrid"}},
			{Mode: bench.Mode{Name: "purecap", Baseline: "hybrid"}},
			{Mode: bench.Mode{Name: "compartment", Baseline: "purecap"}},
		},
	}
	for _, change := range changes {
		change(campaign)
	}
	writer, err := results.Create(folder, campaign)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	cells, compiled := map[string]bench.Cell{}, map[string]bool{} // the second by mode
	for _, cell := range plan.Cells {
		cells[cell.ID] = cell
	}
	for _, planned := range plan.Runs {
		run := bench.Run{PlannedRun: planned, Status: bench.OK}
		change(&run)
		mode := cells[run.Cell].Mode
		samples := sampleRun(run, cells[run.Cell], !compiled[mode])
		compiled[mode] = true
		for i := range samples {
			if mode != "hybrid" {
				samples[i].Value *= slower
			}
		}
		if err := writer.Append(run, samples, nil); err != nil {
			return err
		}
	}
	if !complete {
		return nil
	}
	return writer.Seal()
}

// relayedSteps are those that exist on the path of the cells here.
func relayedSteps() []bench.Step {
	return slices.DeleteFunc(bench.Steps(), func(s bench.Step) bool {
		return len(s.Paths) > 0 && !slices.Contains(s.Paths, bench.Relayed)
	})
}

// sampleRun makes a run's samples up, with those of compiling or without.
func sampleRun(run bench.Run, cell bench.Cell, compiled bool) []bench.Sample {
	factor := map[string]float64{"hybrid": 1, "purecap": 2, "compartment": 3}[cell.Mode]
	var samples []bench.Sample
	add := func(step bench.Step, request int, service string, value float64, unit bench.Unit) {
		samples = append(samples, bench.Sample{
			Time: time.Unix(0, 0), Run: run.ID, Request: request, Component: step.Component, Operation: step.Operation,
			Metric: step.Metric, Value: value * factor, Unit: unit, Program: "retail", Service: service,
		})
	}
	for place, step := range relayedSteps() {
		value := float64(place+1)*10_000 + float64(run.Iteration)*100
		switch {
		case step.OncePerMode && !compiled:
		case step.Operation == bench.Read:
			add(step, 0, "store", value, bench.Nanoseconds)
		case step.Operation == bench.Write && cell.Parameters.Arguments["threshold_cents"] == int64(15_000):
			add(step, 0, "taxi", value, bench.Nanoseconds)
			add(step, 0, "whatsapp", value, bench.Nanoseconds)
		case step.Operation == bench.Write:
		case step.OncePerRequest:
			add(step, 0, "", value, bench.Nanoseconds)
		default:
			add(step, bench.NoRequest, "", value, bench.Nanoseconds)
		}
	}
	for place, r := range bench.Readings() {
		step := bench.Step{Operation: r.Operation, Component: r.Component, Metric: r.Metric}
		service := ""
		if r.Component == bench.DigitalService {
			service = "store"
		}
		add(step, bench.NoRequest, service, map[bench.Unit]float64{bench.Bytes: 8 << 20, bench.Count: 500, bench.Nanoseconds: 1e6}[r.Unit]*float64(place+1), r.Unit)
	}
	return samples
}

func allOK(*bench.Run) {}
