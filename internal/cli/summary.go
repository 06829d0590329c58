package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/results"
)

func summaryCommand() *cli.Command {
	return &cli.Command{
		Name:      "summary",
		Usage:     "compare the modes of a campaign in a table",
		UsageText: "eaibench summary DIR [--metric METRIC] [--steps] [--json]",
		Description: `DIR is a campaign's folder, complete or not. Prints, for each mode, the number of runs that count, median,
quartiles, mean and standard deviation, the ratio of medians to the previous mode of the chain and to the
first, and the most memory the integration process had. Runs, not requests, are counted: a run's requests
are first reduced to their median.

Ends with 1 when no run counts.

EXAMPLES:
   eaibench summary out/smoke-20260131T120000Z
   eaibench summary out/smoke-20260131T120000Z --steps
   eaibench summary out/smoke-20260131T120000Z --metric read.encrypt
   eaibench summary out/smoke-20260131T120000Z --json`,
		Flags: []cli.Flag{
			metricFlag(),
			&cli.BoolFlag{Name: "steps", Usage: "print the median of every step too"},
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
			series, err := findSeries(data, c.String("metric"))
			if err != nil {
				return err
			}
			summary, err := summarize(data, series, c.Bool("steps"))
			if err != nil {
				return failed("%w", err)
			}
			if c.Bool("json") {
				encoder := json.NewEncoder(c.App.Writer)
				encoder.SetIndent("", "  ")
				err = encoder.Encode(summary)
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
	return &cli.StringFlag{
		Name: "metric", Value: bench.ExecuteTotal().Metric,
		Usage: "compare `METRIC`, a step's or a memory's name, or OPERATION.METRIC",
	}
}

// summary is what `eaibench summary` says of a campaign.
type summary struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Solution string `json:"solution"`
	Platform string `json:"platform"`
	// StandIn is true where no mode has CHERI's protection.
	StandIn bool `json:"stand_in"`
	// Insecure is true where crypto none is among the cells.
	Insecure    bool         `json:"insecure"`
	Complete    bool         `json:"complete"`
	Runs        runCounts    `json:"runs"`
	Failures    []failure    `json:"failures,omitempty"`
	Comparisons []comparison `json:"comparisons"`
	Steps       []stepTable  `json:"steps,omitempty"`
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
}

type modeValues struct {
	bench.Link
	// PeakMemory is the median over runs of the integration process's peak, B.
	PeakMemory *float64 `json:"peak_memory_bytes,omitempty"`
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
	// Medians by mode, ns; null where the mode has no value.
	Medians []*float64 `json:"medians_ns"`
}

// summarize computes what is printed: the comparison of each series, and every step if asked for.
func summarize(data *results.Data, series []bench.Series, steps bool) (summary, error) {
	c := data.Campaign
	s := summary{
		Name: c.Name, Title: c.Title, Solution: c.Solution, Platform: c.Platform, StandIn: c.StandIn, Complete: data.Complete,
		Insecure: slices.ContainsFunc(c.Cells, func(cell bench.Cell) bool { return cell.Crypto == "none" }),
	}
	s.count(data)
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		return s, fmt.Errorf("summarising %s: %w", c.Name, err)
	}
	groups := bench.Groups(c.Cells)
	labels := bench.Distinctions(groups)
	for _, one := range series {
		for i, group := range groups {
			compared, err := compareGroup(data, values, group, one)
			if err != nil {
				return s, fmt.Errorf("summarising %s: %w", one.Metric, err)
			}
			compared.Group = labels[i]
			s.Comparisons = append(s.Comparisons, compared)
		}
	}
	if !steps {
		return s, nil
	}
	for i, group := range groups {
		table, err := stepsOfGroup(data, values, group)
		if err != nil {
			return s, err
		}
		table.Group = labels[i]
		s.Steps = append(s.Steps, table)
	}
	return s, nil
}

func (s *summary) count(data *results.Data) {
	s.Runs.Planned, s.Runs.Done = len(data.Campaign.Runs), len(data.Runs)
	for _, run := range data.Runs {
		switch {
		case run.Counts():
			s.Runs.Counted++
		case run.Status == bench.OK:
			s.Runs.WarmUp++
		case run.Status == bench.Failed:
			s.Runs.Failed++
		case run.Status == bench.Invalid:
			s.Runs.Invalid++
		case run.Status == bench.Aborted:
			s.Runs.Aborted++
		}
		if run.Status != bench.OK {
			s.Failures = append(s.Failures, failure{Run: run.ID, Status: run.Status, Check: run.Check, Reason: run.Reason})
		}
	}
}

func compareGroup(data *results.Data, values map[string]bench.Values, group []bench.Cell, series bench.Series) (comparison, error) {
	compared := comparison{Series: series, Unit: unitOf(series)}
	byCell := map[string][]float64{}
	for _, cell := range group {
		byCell[cell.ID] = bench.CellValues(data.Runs, values, cell.ID, series)
	}
	links, err := bench.Compare(group, data.Campaign.Chain(), byCell)
	if err != nil {
		return compared, err
	}
	for _, link := range links {
		one := modeValues{Link: link}
		peak, err := bench.Median(bench.CellValues(data.Runs, values, link.Cell.ID, bench.PeakMemory()))
		switch {
		case err == nil:
			one.PeakMemory = &peak
		case !errors.Is(err, bench.ErrEmpty):
			return compared, err
		}
		compared.Modes = append(compared.Modes, one)
	}
	return compared, nil
}

// stepsOfGroup has a row for each step and service that any of the cells timed.
func stepsOfGroup(data *results.Data, values map[string]bench.Values, group []bench.Cell) (stepTable, error) {
	var table stepTable
	var cells []string
	for _, mode := range data.Campaign.Modes {
		for _, cell := range group {
			if cell.Mode == mode.Name {
				table.Modes, cells = append(table.Modes, mode.Name), append(cells, cell.ID)
			}
		}
	}
	timed := seriesOf(data)
	for _, step := range bench.Steps() {
		for _, one := range timed {
			if one.Component != step.Component || one.Operation != step.Operation || one.Metric != step.Metric {
				continue
			}
			row := stepRow{Series: one, Within: step.Within}
			known := false
			for _, cell := range cells {
				median, err := bench.Median(bench.CellValues(data.Runs, values, cell, one))
				switch {
				case err == nil:
					row.Medians, known = append(row.Medians, &median), true
				case errors.Is(err, bench.ErrEmpty):
					row.Medians = append(row.Medians, nil)
				default:
					return table, fmt.Errorf("summarising %s: %w", one.Metric, err)
				}
			}
			if known {
				table.Rows = append(table.Rows, row)
			}
		}
	}
	// What is done with one service stays together; the table has the operations in order.
	operations := map[bench.Operation]int{}
	for i, step := range slices.Backward(bench.Steps()) {
		operations[step.Operation] = i
	}
	slices.SortStableFunc(table.Rows, func(a, b stepRow) int {
		return cmp.Or(cmp.Compare(operations[a.Operation], operations[b.Operation]), cmp.Compare(a.Service, b.Service))
	})
	return table, nil
}

// seriesOf lists the series that the campaign's samples have, sorted.
func seriesOf(data *results.Data) []bench.Series {
	seen := map[bench.Series]bool{}
	for _, sample := range data.Samples {
		seen[sample.Series()] = true
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b bench.Series) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Component, b.Component), cmp.Compare(a.Service, b.Service))
	})
}

// findSeries gives the series that --metric means; without samples, the one that every run would have.
func findSeries(data *results.Data, metric string) ([]bench.Series, error) {
	var found []bench.Series
	var known []string
	all := append(seriesOf(data), bench.ExecuteTotal())
	for _, one := range all {
		full := string(one.Operation) + "." + one.Metric
		if (metric == one.Metric || metric == full) && !slices.Contains(found, one) {
			found = append(found, one)
		}
		known = append(known, one.Metric, full)
	}
	if len(found) > 0 {
		return found, nil
	}
	if nearest := strictyaml.Nearest(metric, known); nearest != "" {
		return nil, badInput("no metric %q in this campaign, did you mean %s?", metric, nearest)
	}
	slices.Sort(known)
	return nil, badInput("no metric %q in this campaign; there are %s", metric, strings.Join(slices.Compact(known), ", "))
}

func unitOf(series bench.Series) bench.Unit {
	if series.Operation == bench.Memory {
		return bench.Bytes
	}
	return bench.Nanoseconds
}

// writeCampaignSummary prints what a person wants to know after a campaign: the comparison of execute_total.
func writeCampaignSummary(w io.Writer, data *results.Data) error {
	s, err := summarize(data, []bench.Series{bench.ExecuteTotal()}, false)
	if err != nil {
		return err
	}
	return writeSummary(w, s)
}
