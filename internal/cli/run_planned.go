package cli

import (
	"context"
	"runtime"
	"time"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/environment"
	"eaibench/platform"
	"eaibench/results"
	"eaibench/runner"
	"eaibench/scenarios"
)

// planned is campaign.json: the scenario's plan, and where and with what it will be carried out.
func planned(scenario *scenarios.Scenario, plan scenarios.Plan, profile *platform.Profile, is described, started time.Time) *results.Campaign {
	campaign := &results.Campaign{
		Version: results.Version, Name: scenario.Name, Title: scenario.Title, Description: scenario.Description,
		Solution: scenario.Solution, Platform: profile.Platform, StandIn: profile.StandIn, Modes: modesOf(profile),
		Scenario: results.Scenario{File: scenario.Sources[0].File, Text: scenario.Sources[0].Text},
		Seed:     scenario.Seed, DataSeed: scenario.Services.Seed, Order: string(scenario.Order), Cells: plan.Cells, Runs: plan.Runs,
		Controls: controlsOf(scenario), Until: untilOf(scenario.Until), Started: started, Versions: is.Versions, Hosts: is.Hosts,
		Placement: placementOf(scenario),
	}
	for _, extended := range scenario.Sources[1:] {
		campaign.Scenario.Extends = append(campaign.Scenario.Extends, results.Source{File: extended.File, Text: extended.Text})
	}
	return campaign
}

// untilOf is the rule when to stop as a campaign keeps it, its looks among it; nil where the scenario has none.
func untilOf(until *scenarios.Until) *results.Until {
	if until == nil {
		return nil
	}
	return &results.Until{
		Precision: until.Precision.Ratio(), Confidence: statistics.Confidence, Min: until.Min, Max: until.Max, Time: until.Time,
		Metrics: until.Metrics, Looks: until.Looks(),
	}
}

// describeThisHost finds out the versions of what takes part, by name, and what this host is. profile names the platform's.
func describeThisHost(ctx context.Context, profile string, brief bool) (hostDescription, error) {
	host, err := environment.Observe(ctx, thisHost())
	if err != nil {
		return hostDescription{}, failed("describing this host: %w", err)
	}
	if brief {
		return hostDescription{Environment: host}, nil
	}
	versions, err := commonVersions(profile, nil, func(compiler string) (string, error) { return trial(ctx, compiler, "--version") })
	if err != nil {
		return hostDescription{}, err
	}
	if runtime.GOOS != "linux" {
		// gcc is not there, and what programs are linked with differs between the ABIs: each run's evidence has it.
		return hostDescription{Versions: versions, Environment: host}, nil
	}
	libraries, err := compileAndRun(ctx)
	if err != nil {
		return hostDescription{}, badInput("%w; `eaibench doctor` says what this host lacks", err)
	}
	versions["libraries"] = libraries.String()
	host.OpenSSL = &environment.OpenSSL{Version: libraries.OpenSSL, CPU: libraries.CPU}
	return hostDescription{Versions: versions, Environment: host}, nil
}

// modesOf are the platform's, as a campaign keeps them.
func modesOf(profile *platform.Profile) []results.Mode {
	var modes []results.Mode
	for _, mode := range profile.Modes {
		modes = append(modes, results.Mode{Mode: bench.Mode{Name: mode.Name, Baseline: mode.Baseline}, StandsFor: mode.StandsFor})
	}
	return modes
}

func deploymentOptions(scenario *scenarios.Scenario, plan scenarios.Plan, executable string, keep bool) runner.DeploymentOptions {
	options := runner.DeploymentOptions{
		Executable: executable, Keep: keep, Solution: scenario.Solution, Platform: scenario.Platform,
		Modes: plan.Modes(), Cryptos: plan.Cryptos(),
		Verifies: plan.Verifies(), Paths: plan.Paths(), Controls: scenario.Controls(),
		Placement: placementOf(scenario),
		DataSeed:  scenario.Services.Seed, Outcome: scenario.Services.Outcome, SilenceLimit: scenario.Services.SilenceLimit,
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
