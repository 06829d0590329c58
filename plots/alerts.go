package plots

import (
	"fmt"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// StandIn marks figures and tables of modes without CHERI's protection.
const StandIn = "stand-in, not CHERI"

// Alerts are what nobody may overlook of a campaign, in figures, tables and report alike: what its numbers do not mean, what was not
// protected, and what it lacks, in the order of their weight.
func Alerts(data *results.Data) []string {
	c := data.Campaign
	all := alertsOf(c, c.Cells)
	if caution := bench.OrderCaution(c.Order); caution != "" {
		all = append(all, caution)
	}
	switch {
	case data.Complete:
	case len(data.Runs) == len(c.Runs):
		all = append(all, "The campaign is not complete: all runs are carried out, but it is not sealed.")
	default:
		all = append(all, fmt.Sprintf("The campaign is not complete: %d of %d runs are carried out.", len(data.Runs), len(c.Runs)))
	}
	return all
}

// alertsOf are those of some cells of a campaign, whatever its order and however much of it is carried out.
func alertsOf(c *results.Campaign, cells []bench.Cell) []string {
	var all []string
	if c.StandIn {
		all = append(all, fmt.Sprintf("Every mode is a %s: platform %s. The numbers say nothing about CHERI.", StandIn, c.Platform))
	}
	if hosts := c.Emulated(); len(hosts) > 0 {
		all = append(all, fmt.Sprintf("Measured under QEMU (host %s): the times are no performance data.", strings.Join(hosts, ", ")))
	}
	all = append(all, c.Import.Alerts()...)
	all = append(all, bench.Insecurities(cells)...)
	if text := c.Placement.LinksText(); text != "" {
		all = append(all, text)
	}
	return all
}
