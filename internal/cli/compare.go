package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
	"eaibench/results"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say what a difference between modes or campaigns is worth; fail above a limit",
		UsageText: "eaibench compare DIR [DIR2...] [--baseline MODE] [--metric METRIC]... [--fail-above PERCENT] [--json]",
		Description: `Compares each mode of the campaign DIR with the previous mode of the chain and with the first;
with --baseline, each with MODE. With DIR2, its cells are compared with the same cells of DIR,
mode by mode, or all with MODE of DIR; and what else differs between the campaigns is listed:
hosts, versions, programs. So are those of each further campaign, in the same table.

For each comparison: the ratio of medians and the shift (Hodges and Lehmann) with 95 %
intervals, the p-value (Wilcoxon for runs that were interleaved, else Mann and Whitney) after
Holm over the comparisons of a table, Cliff's δ, and a verdict. Runs are compared, never
requests. A comparison that changes two things at once, since it skips a mode of the chain, says
so.

--fail-above 5% ends with 3 where the whole interval of a ratio is above 1.05. The table is
printed in every case.

A cell that only one of the campaigns has is named, and all others are compared. With
--fail-above, which is a gate, it is a failure.

Ends with 1 where a cell has no data, where no cell of DIR2, or of a further one, is one of DIR,
or, with --fail-above, where one is compared with nothing or has fewer than 5 runs; with 2 on bad
input; with 3 above the limit.

EXAMPLES:
   eaibench compare out/smoke-20260131T120000Z
   eaibench compare out/smoke-20260131T120000Z --baseline hybrid --metric start_total --metric peak_resident
   eaibench compare out/smoke-20260131T120000Z out/smoke-20260201T120000Z --fail-above 5%
   eaibench compare out/smoke-20260131T120000Z out/smoke-20260201T120000Z out/smoke-20260202T120000Z
   eaibench compare out/smoke-20260131T120000Z --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "baseline", Usage: "compare with `MODE` (default: the previous mode of the chain, and the first)"},
			metricFlag(),
			&cli.StringFlag{Name: "fail-above", Usage: "end with 3 where a ratio's whole interval is more than `PERCENT`, such as 5%, above 1"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON, times in ns and memory in B"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR", "[DIR2...]"); err != nil {
				return err
			}
			limit, err := percent(c, "fail-above")
			if err != nil {
				return err
			}
			var campaigns []*results.Data
			for _, folder := range c.Args().Slice() {
				data, err := results.Read(folder)
				if err != nil {
					return badInput("%w", err)
				}
				campaigns = append(campaigns, data)
			}
			return compareCampaigns(c, campaigns, limit)
		},
	}
}

// percent reads a flag such as 5%, as a share; nil if it is not given.
func percent(c *cli.Context, flag string) (*float64, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	text := c.String(flag)
	number, hasSign := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || !hasSign || !(value >= 0) || math.IsInf(value, 0) {
		return nil, misuse("--%s is %q, want a percentage, not negative, such as 5%%", flag, text)
	}
	value /= 100
	return &value, nil
}

// compareCampaigns prints the comparison of one or more campaigns, and ends with an error where a limit or data are not kept to.
func compareCampaigns(c *cli.Context, campaigns []*results.Data, limit *float64) error {
	newest := campaigns[len(campaigns)-1]
	var series []bench.Series
	for _, data := range campaigns {
		found, err := chosenSeries(c, data)
		if err != nil {
			return err
		}
		for _, one := range found {
			if !slices.Contains(series, one) {
				series = append(series, one)
			}
		}
	}
	baseline := c.String("baseline")
	if err := checkBaseline(campaigns[0], baseline); err != nil {
		return err
	}
	compared := newCompared(c.Args().Slice(), campaigns, baseline, limit)
	if err := compared.fill(campaigns, series); err != nil {
		return failed("comparing %s: %w", newest.Campaign.Name, err)
	}
	var err error
	if c.Bool("json") {
		err = writeJSON(c.App.Writer, compared)
	} else {
		err = writeCompared(c.App.Writer, compared)
	}
	if err != nil {
		return failed("printing the comparison: %w", err)
	}
	return compared.verdict()
}

// checkBaseline refuses a mode that no cell has.
func checkBaseline(data *results.Data, baseline string) error {
	var modes []string
	for _, cell := range data.Campaign.Cells {
		if !slices.Contains(modes, cell.Mode) {
			modes = append(modes, cell.Mode)
		}
	}
	if baseline == "" || slices.Contains(modes, baseline) {
		return nil
	}
	if nearest := strictyaml.Nearest(baseline, modes); nearest != "" {
		return badInput("no cell of %s has the mode %q, did you mean %s?", data.Campaign.Name, baseline, nearest)
	}
	return badInput("no cell of %s has the mode %q; there are %s", data.Campaign.Name, baseline, strings.Join(modes, ", "))
}

// verdict is the error that the comparison ends with: a limit that was passed is certain whatever data are missing besides.
func (c *compared) verdict() error {
	var reasons []error
	for _, table := range c.Tables {
		for _, one := range table.Comparisons {
			if one.Above {
				reasons = append(reasons, fmt.Errorf("%s: %s is %.1f %% or more above %s, the limit is %s",
					table.heading(), c.named(one), 100*(one.Ratio.Interval.Low-1), one.Baseline.ID, percentText(*c.FailAbove)))
			}
		}
	}
	above := len(reasons)
	faults := c.Faults
	if c.FailAbove != nil || !c.comparesAll() {
		faults = slices.Concat(c.Faults, c.Unpaired)
	}
	for _, fault := range faults {
		reasons = append(reasons, errors.New(fault))
	}
	switch {
	case above > 0:
		return gateTripped("%w", errors.Join(reasons...))
	case len(reasons) > 0:
		return failed("%w", errors.Join(reasons...))
	}
	return nil
}

// comparesAll tells whether of every later campaign something is compared; where there is one campaign, of that.
func (c *compared) comparesAll() bool {
	with := map[int]bool{}
	for _, table := range c.Tables {
		for _, one := range table.Comparisons {
			with[one.Campaign] = true
		}
	}
	return len(with) >= max(1, len(c.Campaigns)-1)
}

// percentText writes a share as people gave it: 0.05 is 5 %.
func percentText(share float64) string { return fmt.Sprintf("%.6g %%", 100*share) }
