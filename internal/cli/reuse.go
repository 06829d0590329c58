package cli

import (
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

// reusable finds the newest whole campaign in a folder that measured what the scenario does, by this plan; nil for none. Campaigns
// that cannot be read are none.
func reusable(out string, scenario *scenarios.Scenario, plan scenarios.Plan) (folder string, data *results.Data) {
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
		if err != nil || !data.Complete || !reflect.DeepEqual(data.Campaign.Cells, plan.Cells) || !reflect.DeepEqual(data.Campaign.Runs, plan.Runs) {
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
