package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

// reuse gives a campaign of the same scenario in place of a new one: a whole one as it is, else one that was interrupted, which is
// carried on. done is false where a new one is to begin: there is none, or it cannot be gone on with, which is said.
func reuse(c *cli.Context, scenario *scenarios.Scenario, plan scenarios.Plan) (done bool, err error) {
	folder, data := reusable(c.String("out"), scenario, plan, true)
	if data != nil {
		return true, reportReused(c, folder, data)
	}
	if folder, data = reusable(c.String("out"), scenario, plan, false); data == nil {
		return false, nil
	}
	fmt.Fprintf(c.App.ErrWriter, "%s: going on with %s, of which %d of %d runs are kept\n", scenario.Name, folder, len(data.Runs), len(plan.Runs))
	err = resumeCampaign(c, folder, "")
	if exit := new(exitError); errors.As(err, &exit) && exit.code == exitBadInput && !errors.Is(err, results.ErrInUse) {
		fmt.Fprintf(c.App.ErrWriter, "%s is left as it is, and a new campaign begins: %v\n", folder, err)
		return false, nil
	}
	return true, err
}

// reusable finds the newest campaign in a folder that measured what the scenario does, by this plan, whole or not yet; nil for none.
// Campaigns that cannot be read are none.
func reusable(out string, scenario *scenarios.Scenario, plan scenarios.Plan, whole bool) (folder string, data *results.Data) {
	entries, err := os.ReadDir(out)
	if err != nil {
		return "", nil // there is no folder yet
	}
	for _, entry := range slices.Backward(entries) { // names end in times
		if !strings.HasPrefix(entry.Name(), scenario.Name+"-") {
			continue
		}
		folder = filepath.Join(out, entry.Name())
		data, err := results.Read(folder)
		if err != nil || data.Complete != whole || !reflect.DeepEqual(data.Campaign.Cells, plan.Cells) || !reflect.DeepEqual(data.Campaign.Runs, plan.Runs) {
			continue
		}
		if measured, err := restoredScenario(data.Campaign); err == nil && measured.Measures(scenario) {
			return folder, data
		}
	}
	return "", nil
}

// reportReused says of a campaign what its end said, and draws nothing.
func reportReused(c *cli.Context, folder string, data *results.Data) error {
	ran := ranScenario{Folder: folder, Runs: len(data.Campaign.Runs), Complete: true, Reused: true, Outcome: runner.Outcome{}, Ended: endingOf(data.Events)}
	for _, run := range data.Runs {
		ran.Outcome[run.Status]++
	}
	return reportOn(c, ran, data)
}
