package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/internal/strictyaml"
	"eaibench/results"
)

func summaryCommand() *cli.Command {
	return &cli.Command{
		Name:      "summary",
		Usage:     "compare the modes of a campaign in a table",
		UsageText: "eaibench summary DIR [--metric METRIC]... [--steps] [--json]",
		Description: `DIR is a campaign's folder, complete or not. Prints, for each mode, the number of runs that
count, median, quartiles, mean and standard deviation, with and without outliers, the ratio of
medians to the previous mode of the chain and to the first, and the most memory the integration
process had. Runs, not requests, are counted: a run's requests are first reduced to their
median. Below, the 95 % intervals of median and mean, how the values scatter, and their course:
flat, warm-up, slowdown or no steady state, and from which run on they are steady; which runs
are left out. Then whether each ratio is more than noise: its interval, the p-value adjusted for
all comparisons of the table, the effect's size, a verdict, and the runs that would give an
interval of ± 2 %.

A campaign's report/summary.json is what --json printed at its end. In JSON there are
percentiles and a test of normality too.

Ends with 1 when no run counts.

EXAMPLES:
   eaibench summary out/smoke-20260131T120000Z
   eaibench summary out/smoke-20260131T120000Z --steps
   eaibench summary out/smoke-20260131T120000Z --metric request_total --metric read.encrypt
   eaibench summary out/smoke-20260131T120000Z --json`,
		Flags: []cli.Flag{
			metricFlag(),
			&cli.BoolFlag{Name: "steps", Usage: "print the median of every step too, and on whom operations wait: network, launcher, crypto, service"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON, times in ns and memory in B"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR"); err != nil {
				return err
			}
			data, err := results.Read(c.Args().First())
			if err != nil {
				return badInput("%w", err)
			}
			series, err := chosenSeries(c, data)
			if err != nil {
				return err
			}
			summary, err := summarize(data, series, c.Bool("steps"))
			if err != nil {
				return failed("%w", err)
			}
			if err := summary.audited(data, c.Args().First()); err != nil {
				return failed("%w", err)
			}
			if c.Bool("json") {
				err = writeJSON(c.App.Writer, summary)
			} else {
				err = writeSummary(c.App.Writer, summary)
			}
			if err != nil {
				return failed("printing the summary: %w", err)
			}
			if summary.Runs.Counted == 0 {
				return failed("no run of %s counts: there is nothing to compare", c.Args().First())
			}
			return nil
		},
	}
}

func metricFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name: "metric", Value: cli.NewStringSlice(bench.ExecuteTotal().Metric),
		Usage: "compare `METRIC`, a step's or a reading's name, or OPERATION.METRIC; may be given more than once",
	}
}

// summary is what `eaibench summary` says of a campaign.
type summary struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Solution string `json:"solution"`
	Platform string `json:"platform"`
	// Target is the host that it ran on, with the kind that was asked of it: "local", "ssh:board".
	Target string `json:"target"`
	// StandIn is true where no mode has CHERI's protection.
	StandIn bool `json:"stand_in"`
	// Insecure says what cells leave out of the protection, to measure its cost.
	Insecure []string `json:"insecure,omitempty"`
	// Order of the runs; Caution says why comparisons of it cannot be trusted as others can.
	Order    string `json:"order"`
	Caution  string `json:"caution,omitempty"`
	Complete bool   `json:"complete"`
	// Until is true where there is a rule when to stop: the planned runs are then the most there may be.
	Until bool `json:"until,omitempty"`
	// Ended is why no more runs were carried out, where that is noted.
	Ended    *ending   `json:"ended,omitempty"`
	Runs     runCounts `json:"runs"`
	Failures []failure `json:"failures,omitempty"`
	// Losses are what was lost under runs, which were carried out anew then or are still to be.
	Losses      []results.Loss `json:"losses,omitempty"`
	Comparisons []comparison   `json:"comparisons"`
	Steps       []stepTable    `json:"steps,omitempty"`
	// Shares say on whom the start and each operation waits.
	Shares []shareTable `json:"shares,omitempty"`
	// Running are the services that already ran, and were not started for the campaign.
	Running []results.PlacedService `json:"running_services,omitempty"`
	// References are given where a session's policy had reference values made before; else they were built at its start.
	References string `json:"references,omitempty"`
	// Import says of which published files the campaign was made, nil where eaibench carried it out.
	Import *results.Import `json:"import,omitempty"`
	// Links between hosts, and what was measured of them.
	Links []shownLink `json:"links,omitempty"`
	// Clocks of the hosts against that of eaibench's own: for ordering logs.
	Clocks []results.ClockLook `json:"clocks,omitempty"`
	// Threats to its validity: how many an audit finds of each severity.
	Threats map[audit.Severity]int `json:"threats"`
	// threatsText says it in words, and how to see them.
	threatsText string
}

// runCounts says what became of the planned runs.
type runCounts struct {
	Planned int `json:"planned"`
	Done    int `json:"done"`
	Counted int `json:"counted"`
	WarmUp  int `json:"warm_up"` // ok, but not counted
	Failed  int `json:"failed"`
	Invalid int `json:"invalid"`
	Aborted int `json:"aborted"`
	// Limits counts the aborted runs that a limit ended, by check.
	Limits map[string]int `json:"limits,omitempty"`
	// LeftOut is how many planned runs are not carried out since the rule when to stop was met.
	LeftOut int `json:"left_out,omitempty"`
}

type failure struct {
	Run    string       `json:"run"`
	Status bench.Status `json:"status"`
	Check  string       `json:"check,omitempty"`
	Reason string       `json:"reason"`
}

// comparison is one series over the modes of one group of cells.
type comparison struct {
	Group  string       `json:"group,omitempty"`
	Series bench.Series `json:"series"`
	Unit   bench.Unit   `json:"unit"`
	Modes  []modeValues `json:"modes"`
	// Comparisons are what is said of each mode against the previous one and the first.
	Comparisons []bench.Comparison `json:"comparisons,omitempty"`
	// AllModes is Kruskal and Wallis's test over all modes that have values.
	AllModes *statistics.GroupTest `json:"all_modes,omitempty"`
}

type modeValues struct {
	bench.Link
	// PeakMemory is the median over runs of the integration process's peak, B.
	PeakMemory *float64 `json:"peak_memory_bytes,omitempty"`
	// Note says why there is no ratio to the mode's baseline, where it has one.
	Note string `json:"note,omitempty"`
}

// stepTable is the median of every step, mode by mode, for one group of cells.
type stepTable struct {
	Group string    `json:"group,omitempty"`
	Modes []string  `json:"modes"`
	Rows  []stepRow `json:"rows"`
}

type stepRow struct {
	bench.Series
	Within string `json:"within,omitempty"`
	// Once is true for a step that is timed once a mode: its value is no median.
	Once bool `json:"once_a_mode,omitempty"`
	// Medians by mode, ns; null where the mode has no value.
	Medians []*float64 `json:"medians_ns"`
}

// chosenSeries gives what --metric means, and without it what the campaign is compared by.
func chosenSeries(c *cli.Context, data *results.Data) ([]bench.Series, error) {
	if !c.IsSet("metric") {
		return data.Campaign.Series(), nil
	}
	return findAllSeries(data, c.StringSlice("metric"))
}

// findAllSeries gives the series that several --metric mean, each once, in the order in which they are named.
func findAllSeries(data *results.Data, metrics []string) ([]bench.Series, error) {
	var all []bench.Series
	for _, metric := range metrics {
		found, err := findSeries(data, metric)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// findSeries gives the series that --metric means; without samples, the one that every run would have.
func findSeries(data *results.Data, metric string) ([]bench.Series, error) {
	var found []bench.Series
	var names, known []string
	all := append(bench.SeriesOf(data.Samples), bench.ExecuteTotal())
	for _, one := range all {
		if one.Named(metric) && !slices.Contains(found, one) {
			found = append(found, one)
		}
		names = append(names, one.Metric)
		known = append(known, one.Metric, string(one.Operation)+"."+one.Metric)
	}
	if len(found) > 0 {
		return found, nil
	}
	if nearest := strictyaml.Nearest(metric, known); nearest != "" {
		return nil, badInput("no metric %q in this campaign, did you mean %s?", metric, nearest)
	}
	slices.Sort(names)
	return nil, badInput("no metric %q in this campaign; there are %s", metric, strings.Join(slices.Compact(names), ", "))
}

// summarizeCampaign is what a person wants to know after a campaign: the comparison of execute_total.
func summarizeCampaign(data *results.Data, folder string) (summary, error) {
	s, err := summarize(data, []bench.Series{bench.ExecuteTotal()}, false)
	if err != nil {
		return s, err
	}
	return s, s.audited(data, folder)
}

// writeSummaryFile keeps a summary as JSON in the campaign's report folder, and gives the file's name.
func writeSummaryFile(folder string, s summary) (string, error) {
	report := results.ReportFolder(folder)
	if err := os.MkdirAll(report, 0o755); err != nil {
		return "", fmt.Errorf("keeping the summary: %w", err)
	}
	file := filepath.Join(report, "summary.json")
	return file, writeFile(file, func(w io.Writer) error { return writeJSON(w, s) })
}
