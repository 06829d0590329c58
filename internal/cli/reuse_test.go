package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/scenarios"
)

// wholeCampaign puts a whole campaign of a scenario into a folder, as if it had been carried out.
func wholeCampaign(t *testing.T, out, name string, scenario *scenarios.Scenario, seal bool) {
	t.Helper()
	plan := scenario.Plan(nil)
	writer, err := results.Create(filepath.Join(out, name), &results.Campaign{
		Version: results.Version, Name: scenario.Name, Title: scenario.Title, Solution: scenario.Solution, Platform: "linux",
		Scenario: results.Scenario{File: scenario.Sources[0].File, Text: scenario.Sources[0].Text}, Cells: plan.Cells, Runs: plan.Runs,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, planned := range plan.Runs {
		cell := plan.Cells[0]
		run := bench.Run{PlannedRun: planned, Status: bench.OK, Mode: cell.Mode, Path: cell.Path, Crypto: cell.Crypto, Verify: cell.Verify, Processes: cell.Processes}
		if err := writer.Append(run, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if seal {
		if err := writer.Seal(); err != nil {
			t.Fatal(err)
		}
	}
}

const reusedScenario = "version: 1\nname: once\nsolution: retail\nplatform: linux\nmodes: [hybrid]\nruns: 2\n"

// The newest whole campaign is taken that measured the same, whatever is said or drawn of it.
func TestReusable(t *testing.T) {
	of := func(text string) *scenarios.Scenario {
		t.Helper()
		scenario, err := scenarios.Parse("once.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return scenario
	}
	out := t.TempDir()
	asked := of(reusedScenario + "title: Said otherwise\nfigures: [{id: a, kind: box, metric: start_total}]\n")
	find := func() string {
		t.Helper()
		folder, data := reusable(out, asked, asked.Plan(nil))
		if (folder == "") != (data == nil) {
			t.Errorf("%q with %v", folder, data)
		}
		return filepath.Base(folder)
	}
	if got := find(); got != "." {
		t.Errorf("found %s in nothing", got)
	}
	wholeCampaign(t, out, "once-1", of(reusedScenario), true)
	wholeCampaign(t, out, "once-2", of(reusedScenario), true)
	wholeCampaign(t, out, "once-3", of(reusedScenario+"seed: 2\n"), true)
	wholeCampaign(t, out, "once-4", of(reusedScenario+"services: {seed: 2}\n"), true)
	wholeCampaign(t, out, "once-5", of(reusedScenario), false) // not whole
	wholeCampaign(t, out, "once-6", of(strings.Replace(reusedScenario, "name: once", "name: once-more", 1)), true)
	if err := os.MkdirAll(filepath.Join(out, "once-7"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := find(); got != "once-2" {
		t.Errorf("found %s", got)
	}
}
