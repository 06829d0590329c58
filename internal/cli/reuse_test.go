package cli

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

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
	find := func(whole bool) string {
		t.Helper()
		folder, data := reusable(out, asked, asked.Plan(nil), whole)
		if (folder == "") != (data == nil) {
			t.Errorf("%q with %v", folder, data)
		}
		return filepath.Base(folder)
	}
	if got := find(true) + find(false); got != ".." {
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
	if whole, begun := find(true), find(false); whole != "once-2" || begun != "once-5" {
		t.Errorf("found %s, and %s that is not whole", whole, begun)
	}
}

// begunOnce is the campaign of small.yaml in out, as an interrupted run left it.
func begunOnce(t *testing.T, change func(*results.Campaign)) (folder string) {
	t.Helper()
	at, campaign := begun(t, change)
	t.Chdir(at)
	if err := os.Mkdir("out", 0o755); err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join("out", "small-20260131T120000Z")
	if err := os.Rename(campaign, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Where no campaign is whole, one that was interrupted is gone on with: its runs are not carried out again.
func TestReuseGoesOn(t *testing.T) {
	folder := begunOnce(t, func(*results.Campaign) {})
	commitAll(t, folder, bench.OK, false)
	stdout, stderr, code := command(t, "run", "small.yaml", "--reuse", "--json")
	if code != exitFine || !strings.Contains(stdout, `"folder": "`+folder+`"`) || !strings.Contains(stdout, `"complete": true`) {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if want := "small: going on with " + folder + ", of which 2 of 2 runs are kept\n"; stderr != want {
		t.Errorf("said %q, want %q", stderr, want)
	}
	if stdout, _, code := command(t, "run", "small.yaml", "--reuse", "--json"); code != exitFine || !strings.Contains(stdout, `"reused": true`) {
		t.Errorf("exit %d, once it is whole: %s", code, stdout)
	}
}

// What cannot be gone on with is left as it is, and another begins; what another eaibench carries out at the moment is not begun a
// second time beside it.
func TestReuseLeavesWhatItCannotGoOnWith(t *testing.T) {
	context := func(said *strings.Builder) *cli.Context {
		set := flag.NewFlagSet("run", flag.ContinueOnError)
		set.String("out", "out", "")
		app := newApp(strings.NewReader(""), said, said)
		return cli.NewContext(app, set, nil)
	}
	folder := begunOnce(t, func(c *results.Campaign) { c.Versions["gcc"] = "gcc 1.0" })
	scenario, err := scenarios.Load("small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if done, err := reuse(context(&said), scenario, scenario.Plan(nil)); done || err != nil {
		t.Errorf("done %v, %v", done, err)
	}
	for _, want := range []string{folder + " is left as it is, and a new campaign begins: ", `gcc was "gcc 1.0", is "`} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not said in %q", want, said.String())
		}
	}
	writer, err := results.Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if done, err := reuse(context(&said), scenario, scenario.Plan(nil)); !done || !errors.Is(err, results.ErrInUse) {
		t.Errorf("done %v beside another eaibench, %v", done, err)
	}
}
