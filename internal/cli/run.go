package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "carry a scenario out on this host: table and figure",
		UsageText: "eaibench run SCENARIO [--only KEY=VALUE,...] [--out DIR] [--keep] [--json]",
		Description: `SCENARIO is a file, or the name of one that comes with eaibench, such as smoke.

Starts root CA, attester, digital services and launcher as processes of their own, with keys made for this campaign;
compiles the program once a cell, carries the runs out in the plan's order, and leaves nothing running. The campaign's
folder, DIR/SCENARIO-TIME, has every raw sample; its report folder the figure. A run that fails is recorded, and the
next one begins.

Ends with 0 when every run is ok, 1 when one is not, 2 when the scenario is wrong, 4 when interrupted (Ctrl-C); the
runs that were done are kept.

EXAMPLES:
   eaibench run scenarios/smoke.yaml --out out
   eaibench run bench --only mode=hybrid
   eaibench run bench --keep`,
		Flags: []cli.Flag{
			onlyFlag(),
			&cli.StringFlag{Name: "out", Value: "out", Usage: "folder `DIR` in which the campaign's folder is made"},
			&cli.BoolFlag{Name: "keep", Usage: "keep the components' folder: their logs, the services' databases, certificates, policy"},
			&cli.BoolFlag{Name: "json", Usage: "print how it went as JSON instead of the table"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "SCENARIO"); err != nil {
				return err
			}
			scenario, err := scenarios.Load(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			profile, err := platform.Load(scenario.Platform)
			if err != nil {
				return badInput("%w", err)
			}
			plan, err := planOf(c, scenario)
			if err != nil {
				return err
			}
			return runScenario(c, scenario, plan, profile)
		},
	}
}

// ranScenario is what a script learns about a campaign.
type ranScenario struct {
	Folder     string         `json:"folder"`
	Runs       int            `json:"runs"`     // planned
	Outcome    runner.Outcome `json:"outcome"`  // how many ended how
	Complete   bool           `json:"complete"` // every planned run is in it
	Figures    []string       `json:"figures,omitempty"`
	Components string         `json:"components,omitempty"` // the folder kept with --keep
}

func runScenario(c *cli.Context, scenario *scenarios.Scenario, plan scenarios.Plan, profile *platform.Profile) (err error) {
	if err := checkOut(c.String("out")); err != nil {
		return badInput("%w", err)
	}
	started := time.Now()
	campaign, err := planned(c.Context, scenario, plan, profile, started)
	if c.Context.Err() != nil {
		return interrupted("%w", context.Cause(c.Context))
	}
	if err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return failed("finding this program, to start the components: %w", err)
	}
	say := c.App.ErrWriter
	fmt.Fprintf(say, "%s: %d runs of %d cells; starting root CA, attester, services and launcher\n", scenario.Name, len(campaign.Runs), len(campaign.Cells))
	site, err := runner.StartLocal(c.Context, localOptions(scenario, plan, executable, c.Bool("keep")))
	if err != nil {
		return failedUnlessInterrupted(c.Context, "starting the components", err)
	}
	defer func() {
		if closing := site.Close(); closing != nil {
			err = errors.Join(err, failed("ending the components: %w", closing))
		}
	}()
	// Only now: what could not be started leaves no empty campaign behind.
	writer, err := results.Create(filepath.Join(c.String("out"), results.FolderName(scenario.Name, started)), campaign)
	if err != nil {
		return failed("%w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()

	ran := ranScenario{Folder: writer.Folder(), Runs: len(campaign.Runs)}
	if c.Bool("keep") {
		ran.Components = site.Folder()
	}
	watched, unwatch := site.Watch(c.Context)
	ran.Outcome, err = (&runner.Campaign{
		Platform: profile.Platform, Cells: campaign.Cells, Runs: campaign.Runs, Site: site, Record: writer,
		Progress: func(p runner.Progress) { printProgress(say, p) },
	}).Run(watched)
	unwatch()
	if err != nil {
		fmt.Fprintf(say, "runs so far are in %s\n", ran.Folder)
		return failedUnlessInterrupted(c.Context, "carrying the runs out", err)
	}
	if err := writer.Seal(); err != nil {
		return failed("%w", err)
	}
	ran.Complete = true
	return report(c, ran)
}

// checkOut makes the folder for campaigns and tries to write into it, before anything is started.
func checkOut(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making the folder that --out names: %w", err)
	}
	trial, err := os.MkdirTemp(folder, ".trial-")
	if err != nil {
		return fmt.Errorf("writing into the folder that --out names: %w", err)
	}
	if err := os.Remove(trial); err != nil {
		return fmt.Errorf("removing from the folder that --out names: %w", err)
	}
	return nil
}

// failedUnlessInterrupted tells a person's Ctrl-C from a failure.
func failedUnlessInterrupted(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return interrupted("%w", context.Cause(ctx))
	}
	return failed("%s: %w", doing, err)
}

// report prints what came out and draws the first figure. Runs that are not ok end the command with 1, after
// everything was printed.
func report(c *cli.Context, ran ranScenario) error {
	data, err := results.Read(ran.Folder)
	if err != nil {
		return failed("%w", err)
	}
	if slices.ContainsFunc(data.Runs, bench.Run.Counts) {
		if ran.Figures, err = drawBox(ran.Folder, data); err != nil {
			return failed("%w", err)
		}
	}
	if err := printReport(c, ran, data); err != nil {
		return failed("printing how it went: %w", err)
	}
	if !ran.Outcome.AllOK() {
		return failed("%s: see %s", notOK(ran.Outcome), filepath.Join(ran.Folder, "runs.csv"))
	}
	return nil
}

func printReport(c *cli.Context, ran ranScenario, data *results.Data) error {
	if c.Bool("json") {
		encoder := json.NewEncoder(c.App.Writer)
		encoder.SetIndent("", "  ")
		return encoder.Encode(ran)
	}
	if err := writeCampaignSummary(c.App.Writer, data); err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\ncampaign  %s\n", ran.Folder)
	for _, figure := range ran.Figures {
		fmt.Fprintf(&text, "figure    %s\n", figure)
	}
	if ran.Components != "" {
		fmt.Fprintf(&text, "components, with their logs and databases  %s\n", ran.Components)
	}
	_, err := io.WriteString(c.App.Writer, text.String())
	return err
}

// notOK says how many runs ended how, besides those that are ok.
func notOK(outcome runner.Outcome) string {
	var parts []string
	for _, status := range []bench.Status{bench.Failed, bench.Invalid, bench.Aborted} {
		if n := outcome[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return "runs that are not ok: " + strings.Join(parts, ", ")
}

// planned is campaign.json: the scenario's plan, and where and with what it will be carried out.
func planned(ctx context.Context, scenario *scenarios.Scenario, plan scenarios.Plan, profile *platform.Profile, started time.Time) (*results.Campaign, error) {
	versions := map[string]string{"eaibench": currentBuild().String()}
	compiler, err := trial(ctx, "gcc", "--version")
	if err != nil {
		return nil, badInput("%w; `eaibench doctor` says what this host lacks", err)
	}
	versions["gcc"], _, _ = strings.Cut(compiler, "\n")
	if versions["libraries"], err = compileAndRun(ctx); err != nil {
		return nil, badInput("%w; `eaibench doctor` says what this host lacks", err)
	}
	environment, err := results.Observe(ctx)
	if err != nil {
		return nil, failed("describing this host: %w", err)
	}
	campaign := &results.Campaign{
		Version: results.Version, Name: scenario.Name, Title: scenario.Title, Description: scenario.Description,
		Solution: scenario.Solution, Platform: profile.Platform, StandIn: profile.StandIn,
		Scenario: results.Scenario{File: scenario.Sources[0].File, Text: scenario.Sources[0].Text},
		Seed:     scenario.Seed, DataSeed: scenario.Services.Seed, Order: string(scenario.Order), Cells: plan.Cells, Runs: plan.Runs,
		Started: started, Versions: versions, Hosts: []results.Host{{Name: "local", Environment: environment}},
	}
	for _, extended := range scenario.Sources[1:] {
		campaign.Scenario.Extends = append(campaign.Scenario.Extends, results.Source{File: extended.File, Text: extended.Text})
	}
	for _, mode := range profile.Modes {
		campaign.Modes = append(campaign.Modes, results.Mode{Mode: bench.Mode{Name: mode.Name, Baseline: mode.Baseline}, StandsFor: mode.StandsFor})
	}
	return campaign, nil
}

func localOptions(scenario *scenarios.Scenario, plan scenarios.Plan, executable string, keep bool) runner.LocalOptions {
	options := runner.LocalOptions{
		Executable: executable, Keep: keep, Solution: scenario.Solution, Platform: scenario.Platform,
		Modes: plan.Modes(), Cryptos: plan.Cryptos(),
		Verifies: plan.Verifies(), Paths: plan.Paths(),
		DataSeed: scenario.Services.Seed, Outcome: scenario.Services.Outcome, SilenceLimit: scenario.Services.SilenceLimit,
		Limits: runner.Limits{
			Time: scenario.Limits.Time, Memory: int64(scenario.Limits.Memory),
			Processes: int64(scenario.Limits.Processes), Output: int64(scenario.Limits.Output),
		},
	}
	for _, cell := range plan.Cells {
		waits := time.Duration(cell.Parameters.Requests) * time.Duration(cell.Parameters.IntervalMS) * time.Millisecond
		options.LongestPauses = max(options.LongestPauses, waits)
	}
	return options
}

// printProgress writes one plain line a run, fit for a terminal and a log.
func printProgress(w io.Writer, p runner.Progress) {
	width := len(fmt.Sprint(p.Planned))
	line := fmt.Sprintf("[%*d/%d] %-24s %-8s", width, p.Done, p.Planned, p.Run.ID, p.Run.Status)
	if p.Run.Status == bench.OK {
		line += fmt.Sprintf(" start %8s  execute %8s", took(p.Samples, bench.StartTotal()), took(p.Samples, bench.ExecuteTotal()))
	} else if p.Run.Check != "" {
		line += " " + p.Run.Check + ": " + p.Run.Reason
	} else {
		line += " " + p.Run.Reason
	}
	if p.Run.WarmUp {
		line += "  (warm-up)"
	}
	if p.Run.Crypto == "none" {
		line += "  (INSECURE: not sealed)"
	}
	if p.Run.Verify == bench.Cached {
		line += "  (INSECURE: certificates verified once)"
	}
	fmt.Fprintln(w, line)
}

// took is the value of a series that a run has once.
func took(samples []bench.Sample, series bench.Series) string {
	for _, sample := range samples {
		if sample.Series() == series {
			return fmt.Sprintf("%.2f ms", sample.Value/float64(time.Millisecond))
		}
	}
	return "-"
}
