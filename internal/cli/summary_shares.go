package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// shareTable says on whom the start and each operation waits, mode by mode, for one group of cells.
type shareTable struct {
	Group string     `json:"group,omitempty"`
	Rows  []shareRow `json:"rows"`
}

type shareRow struct {
	bench.Series
	Mode string `json:"mode"`
	// Link says whether links between launcher and service, of a start between launcher and all of them, are emulated or real;
	// "" where there is none.
	Link string `json:"link,omitempty"`
	bench.Shares
}

// sharesOfGroup has a row for each total and mode.
func sharesOfGroup(data *results.Data, values map[string]bench.Values, group []bench.Cell) (shareTable, error) {
	var t shareTable
	for _, total := range bench.Totals(data.Samples) {
		for _, mode := range data.Campaign.Modes {
			for _, cell := range group {
				if cell.Mode != mode.Name {
					continue
				}
				shares, err := bench.SharesOf(data.Runs, values, cell.ID, total)
				if errors.Is(err, statistics.ErrEmpty) {
					continue
				}
				if err != nil {
					return t, fmt.Errorf("taking %s apart: %w", total.Metric, err)
				}
				t.Rows = append(t.Rows, shareRow{Series: total, Mode: mode.Name, Shares: shares, Link: strings.Join(data.Campaign.Placement.LinkKinds(total.Service), ", ")})
			}
		}
	}
	return t, nil
}

// sharesTable has a block of rows for each total.
func sharesTable(shares shareTable) string {
	header := table.Row{"of", "service", "link", "mode", "total"}
	for _, role := range bench.Roles() {
		header = append(header, string(role))
	}
	t := newTable(header)
	var before bench.Series
	for i, row := range shares.Rows {
		line := table.Row{"", "", "", row.Mode, duration(&row.Total)}
		if i == 0 || row.Series != before {
			before = row.Series
			line[0], line[1], line[2] = row.Operation, row.Service, cmp.Or(row.Link, absent)
		}
		for _, role := range bench.Roles() {
			line = append(line, fmt.Sprintf("%.1f %%", 100*row.Of[role]))
		}
		t.AppendRow(line)
	}
	alignRight(t, 5, len(header))
	return t.Render()
}

// sharesNote says what the columns are.
const sharesNote = "network: what the requester waited for a reply, less what the service timed itself; launcher, service: their own steps; crypto: " +
	"sealing, opening, signing and verifying, by whoever does it (start: keys, evidence, certificates); rest: in no step. Each is a median, relative " +
	"to the sum of all; no clocks of two hosts are subtracted"
