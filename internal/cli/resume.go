package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"eaibench/platform"
	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

// newCampaignFlags are for a campaign that begins; one that goes on has its plan and its folder.
func newCampaignFlags() []string { return []string{"out", "only"} }

// resumeCampaign goes on with an interrupted campaign. Scenario and plan are the campaign's own.
func resumeCampaign(c *cli.Context) (err error) {
	if err := noMoreArguments(c, "[SCENARIO]"); err != nil {
		return err
	}
	folder := c.String("resume")
	for _, flag := range newCampaignFlags() {
		if c.IsSet(flag) {
			return badInput("--%s is for a new campaign; --resume goes on with that in %s as it was planned", flag, folder)
		}
	}
	key, err := signingKey(c)
	if err != nil {
		return err
	}
	writer, err := results.Resume(folder)
	if errors.Is(err, results.ErrComplete) {
		return badInput("%w; `eaibench summary %s` shows it", err, shellWord(folder))
	}
	if err != nil {
		return badInput("%w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	campaign := writer.Campaign()
	scenario, profile, err := scenarioOf(campaign, c.Args().First())
	if err != nil {
		return err
	}
	done := writer.Done()
	if len(done) == len(campaign.Runs) { // it was killed when nothing was left but the manifest
		ran := ranScenario{Folder: folder, Runs: len(done), Outcome: runner.Outcome{}}
		for _, run := range done {
			ran.Outcome[run.Status]++
		}
		if err := runner.RemoveAbandoned(); err != nil {
			return failed("%w", err)
		}
		return complete(c, writer, ran, key)
	}
	restore, err := tuned(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	show := newDisplay(c.App.ErrWriter, c.Bool("quiet"), campaign, done)
	differences, err := differencesNow(c.Context, campaign)
	if c.Context.Err() != nil {
		return interrupted("%w", context.Cause(c.Context))
	}
	if err != nil {
		return err
	}
	for _, difference := range differences {
		show.say("differs from when the campaign began: %s", difference)
	}
	show.note("%s: %d of %d runs are left; starting root CA, attester, services and launcher", scenario.Name, len(campaign.Runs)-len(done), len(campaign.Runs))
	return carryOut(c, carriedOut{
		scenario: scenario, profile: profile, campaign: campaign, done: done, show: show, key: key,
		open: func() (*results.Writer, error) { return writer, nil },
	})
}

// scenarioOf reads the campaign's scenario, as it was, and the platform. The scenario given, if any, must be the same.
func scenarioOf(campaign *results.Campaign, given string) (*scenarios.Scenario, *platform.Profile, error) {
	sources := []scenarios.Source{{File: campaign.Scenario.File, Text: campaign.Scenario.Text}}
	for _, extended := range campaign.Scenario.Extends {
		sources = append(sources, scenarios.Source(extended))
	}
	scenario, err := scenarios.Restore(sources)
	if err != nil {
		return nil, nil, badInput("the campaign's scenario: %w", err)
	}
	if given != "" {
		other, err := scenarios.Load(given)
		if err != nil {
			return nil, nil, badInput("%w", err)
		}
		if difference := differentText(sources, other.Sources); difference != "" {
			return nil, nil, badInput("%s is not what the campaign was planned from; leave it out, or begin a new campaign:\n%s", given, difference)
		}
	}
	profile, err := platform.Load(scenario.Platform)
	if err != nil {
		return nil, nil, badInput("%w", err)
	}
	if profile.Platform != campaign.Platform || !slices.Equal(modesOf(profile), campaign.Modes) {
		return nil, nil, badInput("platform %s is not the one that the campaign began on: its modes are others", scenario.Platform)
	}
	return scenario, profile, nil
}

// differentText says where a scenario's text and what it extends are not the campaign's; "" if they are, whatever the files' names.
func differentText(campaign, given []scenarios.Source) string {
	var text strings.Builder
	for i := range max(len(campaign), len(given)) {
		var was, is scenarios.Source
		if i < len(campaign) {
			was = campaign[i]
		}
		if i < len(given) {
			is = given[i]
		}
		text.Write(diff.Diff(was.File+" of the campaign", []byte(was.Text), is.File, []byte(is.Text)))
	}
	return strings.TrimRight(text.String(), "\n")
}

// differencesNow says in what this host and the programs on it differ from those that the campaign began with.
func differencesNow(ctx context.Context, campaign *results.Campaign) ([]string, error) {
	versions, environment, err := observed(ctx)
	if err != nil {
		return nil, err
	}
	differences := results.VersionDifferences(campaign.Versions, versions)
	for _, host := range campaign.Hosts {
		differences = append(differences, host.Environment.Differences(environment)...)
	}
	return differences, nil
}
