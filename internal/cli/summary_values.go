package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// summarize computes what is printed: the comparison of each series, and every step if asked for.
func summarize(data *results.Data, series []bench.Series, steps bool) (summary, error) {
	c := data.Campaign
	s := summary{
		Name: c.Name, Title: c.Title, Solution: c.Solution, Platform: c.Platform, Target: c.Placement.TargetText(), StandIn: c.StandIn, Complete: data.Complete,
		Insecure: bench.Insecurities(c.Cells), Order: c.Order, Caution: bench.OrderCaution(c.Order), Until: c.Until != nil, Ended: endingOf(data.Events),
		Links: linksOf(data), Clocks: clocksOf(data), Running: runningOf(c.Placement), Import: c.Import,
	}
	s.count(data)
	for _, event := range data.Events {
		if event.Began != nil && s.References != results.ReferencesGiven {
			s.References = event.Began.References
		}
		if event.Lost != nil {
			s.Losses = append(s.Losses, *event.Lost)
		}
	}
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
		shares, err := sharesOfGroup(data, values, group)
		if err != nil {
			return s, err
		}
		shares.Group = labels[i]
		s.Shares = append(s.Shares, shares)
	}
	return s, nil
}

func (s *summary) count(data *results.Data) {
	s.Runs.Planned, s.Runs.Done = len(data.Campaign.Runs), len(data.Runs)
	if s.Ended != nil && s.Ended.Reason.Final() {
		s.Runs.LeftOut = s.Runs.Planned - s.Runs.Done
	}
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
			if strings.HasPrefix(run.Check, bench.LimitPrefix) {
				if s.Runs.Limits == nil {
					s.Runs.Limits = map[string]int{}
				}
				s.Runs.Limits[run.Check]++
			}
		}
		if run.Status != bench.OK {
			s.Failures = append(s.Failures, failure{Run: run.ID, Status: run.Status, Check: run.Check, Reason: run.Reason})
		}
	}
}

func compareGroup(data *results.Data, values map[string]bench.Values, group []bench.Cell, series bench.Series) (comparison, error) {
	compared := comparison{Series: series, Unit: bench.UnitIn(data.Samples, series)}
	var cells []bench.CellRuns
	for _, cell := range group {
		cells = append(cells, bench.RunsOf(data.Runs, values, cell, series))
	}
	chain := data.Campaign.Chain()
	table, err := bench.CompareChain(cells, chain, compared.Unit, data.Campaign.ComparisonOptions())
	if err != nil {
		return compared, err
	}
	compared.Comparisons, compared.AllModes = table.Comparisons, table.AllModes
	for _, link := range table.Links {
		one := modeValues{Link: link}
		peak, err := statistics.Median(bench.CellValues(data.Runs, values, link.Cell.ID, bench.PeakMemory()))
		switch {
		case err == nil:
			one.PeakMemory = &peak
		case !errors.Is(err, statistics.ErrEmpty):
			return compared, err
		}
		one.Note = whyNoRatio(chain, table.Links, link, series)
		compared.Modes = append(compared.Modes, one)
	}
	return compared, nil
}

// whyNoRatio explains the missing ratio of a link to its baseline, "" where there is a ratio or none can be.
func whyNoRatio(chain []bench.Mode, links []bench.Link, link bench.Link, series bench.Series) string {
	at := slices.IndexFunc(chain, func(mode bench.Mode) bool { return mode.Name == link.Cell.Mode })
	if link.ToPrevious != nil || link.Summary == nil || at < 0 || chain[at].Baseline == "" {
		return ""
	}
	baseline := chain[at].Baseline
	measured := slices.IndexFunc(links, func(other bench.Link) bool { return other.Cell.Mode == baseline })
	switch {
	case measured < 0:
		return fmt.Sprintf("no × previous, since %s was not measured: a step over it would change two things at once", baseline)
	case links[measured].Summary == nil:
		return "no × previous, since " + bench.WhyNoValue(baseline, series)
	default:
		return fmt.Sprintf("no × previous, since the median of %s is 0", baseline)
	}
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
	for _, one := range bench.TimedSteps(data.Samples) {
		step, _ := bench.StepOf(one)
		row := stepRow{Series: one, Within: step.Within, Once: step.OncePerMode}
		known := false
		for _, cell := range cells {
			median, err := statistics.Median(bench.CellValues(data.Runs, values, cell, one))
			switch {
			case err == nil:
				row.Medians, known = append(row.Medians, &median), true
			case errors.Is(err, statistics.ErrEmpty):
				row.Medians = append(row.Medians, nil)
			default:
				return table, fmt.Errorf("summarising %s: %w", one.Metric, err)
			}
		}
		if known {
			table.Rows = append(table.Rows, row)
		}
	}
	return table, nil
}
