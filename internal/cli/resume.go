package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/scenarios"
)

// newCampaignFlags are for a campaign that begins; one that goes on has its plan and its folder.
func newCampaignFlags() []string { return []string{"out", "only", "target", "reuse"} }

// resumeAsked goes on with the campaign that --resume names. A scenario given with it must be the campaign's own.
func resumeAsked(c *cli.Context) error {
	if err := noMoreArguments(c, "[SCENARIO]"); err != nil {
		return err
	}
	folder := c.String("resume")
	for _, flag := range newCampaignFlags() {
		if c.IsSet(flag) {
			return badInput("--%s is for a new campaign; --resume goes on with that in %s as it was planned", flag, folder)
		}
	}
	return resumeCampaign(c, folder, c.Args().First())
}

// resumeCampaign goes on with an interrupted campaign. Scenario and plan are the campaign's own; given, if it is not "", names a
// scenario that must be the same.
func resumeCampaign(c *cli.Context, folder, given string) (err error) {
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
	scenario, places, profile, err := scenarioOf(c, campaign, given)
	if err != nil {
		return err
	}
	it := carriedOut{
		scenario: scenario, places: places, profile: profile, campaign: campaign, done: writer.Done(), events: writer.Events(), key: key,
		show: newDisplay(c.App.ErrWriter, c.Bool("quiet"), campaign, writer.Done()),
		open: func() (*results.Writer, error) { return writer, nil },
	}
	if err := it.readSamples(folder); err != nil {
		return badInput("%w", err)
	}
	if writer.Stopped() || it.nothingLeft() { // it was killed before the manifest was made
		return it.finish(c, writer)
	}
	if c.Bool("tune") && !places.targetHere() {
		return badInput("--tune sets this host, and the target is %s", scenario.Target)
	}
	if it.references, err = givenFiles(c); err != nil {
		return err
	}
	if err := places.checkHere(c.Context); err != nil {
		return failedUnlessInterrupted(c.Context, "looking at this host", err)
	}
	restore, err := tuned(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	defer func() { err = errors.Join(err, closed(places)) }()
	is, err := reached(c, places)
	if err != nil {
		return err
	}
	if it.running, err = findRunning(c, places); err != nil {
		return err
	}
	if it.session, err = sessionNow(campaign, is, it.events); err != nil {
		return err
	}
	what := "a host is"
	if changed := campaign.Placement.Changes(placedRunning(nil, it.running)); len(changed) > 0 {
		what, it.session.Differences = "what takes part is", append(it.session.Differences, changed...)
	}
	if len(it.session.Differences) > 0 && !c.Bool("despite-changes") {
		return badInput("%s not as it was when the campaign began; %s--despite-changes goes on nonetheless, and records it:\n%s",
			what, hintOfTuned(campaign, c.Bool("tune")), strings.Join(it.session.Differences, "\n"))
	}
	for _, difference := range it.session.Differences {
		it.show.say("differs from when the campaign began: %s", difference)
	}
	it.show.note("%s: %s of %d runs are left; starting root CA, attester, services and launcher", scenario.Name, leftText(campaign, it.done), len(campaign.Runs))
	return carryOut(c, it)
}

// hintOfTuned says how the settings that the campaign began with are made again, where they are not.
func hintOfTuned(campaign *results.Campaign, tune bool) string {
	began := slices.ContainsFunc(campaign.Hosts, func(host results.Host) bool { return len(host.Environment.Tuned) > 0 })
	if began && !tune {
		return "with --tune it goes on as it began; "
	}
	return ""
}

// leftText says how many runs are left.
func leftText(campaign *results.Campaign, done []bench.Run) string {
	left := len(campaign.Runs) - len(done)
	if campaign.Until != nil {
		return fmt.Sprintf("at most %d", left)
	}
	return strconv.Itoa(left)
}

// scenarioSources are the files that a campaign was planned from, as they were.
func scenarioSources(campaign *results.Campaign) []scenarios.Source {
	sources := []scenarios.Source{{File: campaign.Scenario.File, Text: campaign.Scenario.Text}}
	for _, extended := range campaign.Scenario.Extends {
		sources = append(sources, scenarios.Source(extended))
	}
	return sources
}

// restoredScenario is the campaign's, where it was carried out.
func restoredScenario(campaign *results.Campaign) (*scenarios.Scenario, error) {
	scenario, err := scenarios.Restore(scenarioSources(campaign))
	if err != nil {
		return nil, fmt.Errorf("the campaign's scenario: %w", err)
	}
	if campaign.Placement != nil { // --target may have put it elsewhere than its text does
		target, err := scenarios.ParseTarget(campaign.Placement.Target)
		if err == nil {
			err = scenario.SetTarget(target)
		}
		if err != nil {
			return nil, fmt.Errorf("the campaign's target: %w", err)
		}
	}
	return scenario, nil
}

// scenarioOf reads the campaign's scenario, as it was, and the platform. The scenario given, if any, must be the same.
func scenarioOf(c *cli.Context, campaign *results.Campaign, given string) (*scenarios.Scenario, *places, *platform.Profile, error) {
	sources := scenarioSources(campaign)
	scenario, err := restoredScenario(campaign)
	if err != nil {
		return nil, nil, nil, badInput("%w", err)
	}
	if given != "" {
		other, err := scenarios.Load(given)
		if err != nil {
			return nil, nil, nil, badInput("%w", err)
		}
		if difference := differentText(sources, other.Sources); difference != "" {
			return nil, nil, nil, badInput("%s is not what the campaign was planned from; leave it out, or begin a new campaign:\n%s", given, difference)
		}
	}
	if err := needsOperator(c, scenario); err != nil {
		return nil, nil, nil, err
	}
	places, err := findPlaces(c, scenario)
	if err != nil {
		return nil, nil, nil, err
	}
	profile, err := places.profile()
	if err != nil {
		return nil, nil, nil, err
	}
	if profile.Platform != campaign.Platform || !slices.Equal(modesOf(profile), campaign.Modes) {
		return nil, nil, nil, badInput("platform %s is not the one that the campaign began on: its modes are others", scenario.Platform)
	}
	return scenario, places, profile, nil
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

// sessionNow describes what goes on with a campaign, and in what its hosts are not as they were. The error refuses programs that
// are not those that the campaign began with: it says which.
func sessionNow(campaign *results.Campaign, is described, events []results.Event) (session results.Session, err error) {
	session = results.Session{Versions: is.Versions, Hosts: is.Hosts}
	if session.EaibenchSHA256, err = ownSHA256(); err != nil {
		return session, failed("%w", err)
	}
	if changed := changedPrograms(campaign, events, session); len(changed) > 0 {
		return session, badInput("the campaign began with other programs; runs of both do not belong together, so begin a new campaign:\n%s", strings.Join(changed, "\n"))
	}
	for _, host := range campaign.Hosts {
		for _, now := range is.Hosts {
			if now.Name == host.Name {
				session.Differences = append(session.Differences, host.Environment.Differences(now.Environment)...)
			}
		}
	}
	return session, nil
}

// changedPrograms says, a line each, which programs are not those that the campaign began with.
func changedPrograms(campaign *results.Campaign, events []results.Event, now results.Session) []string {
	var changed []string
	for _, event := range events {
		if began := event.Began; began != nil {
			if began.EaibenchSHA256 != now.EaibenchSHA256 {
				changed = append(changed, fmt.Sprintf("eaibench's file had SHA-256 %s, has %s", began.EaibenchSHA256, now.EaibenchSHA256))
			}
			break
		}
	}
	return append(changed, results.VersionDifferences(campaign.Versions, now.Versions)...)
}

// ownSHA256 is the hash of the file that this program was started from.
func ownSHA256() (string, error) {
	file, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program: %w", err)
	}
	program, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("reading this program: %w", err)
	}
	defer program.Close() // only read
	hash := sha256.New()
	if _, err := io.Copy(hash, program); err != nil {
		return "", fmt.Errorf("reading this program: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
