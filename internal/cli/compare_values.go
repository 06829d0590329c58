package cli

import (
	"cmp"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// compared is what `eaibench compare` says.
type compared struct {
	// Campaigns are one, or several of which each is compared with the first.
	Campaigns []comparedCampaign `json:"campaigns"`
	StandIn   bool               `json:"stand_in"`
	Insecure  []string           `json:"insecure,omitempty"`
	// Caution says that a campaign's order makes comparisons worse.
	Caution string `json:"caution,omitempty"`
	// Alerts say of imported campaigns what is known of their files and makes their comparison invalid.
	Alerts []string `json:"alerts,omitempty"`
	// Baseline is the mode that was asked for, "" for the previous of the chain and the first, or that of the same name.
	Baseline string `json:"baseline,omitempty"`
	// FailAbove is the limit: 0.05 is 5 %.
	FailAbove *float64 `json:"fail_above,omitempty"`
	// Differences between the campaigns, besides their values.
	Differences []string        `json:"differences,omitempty"`
	Tables      []comparedTable `json:"tables"`
	// Unpaired say which cells of one campaign the other does not have, and which have no value of what another cell of their mode
	// was timed for: no fault of either, unless there is a limit to hold against.
	Unpaired []string `json:"unpaired,omitempty"`
	// Faults say which cells have no data, or cannot be held against the limit, and why.
	Faults []string `json:"faults,omitempty"`
}

type comparedCampaign struct {
	Folder string `json:"folder"`
	// Target is the host of launcher and process, with the kind that was asked of it: ssh:board.
	Target   string `json:"target"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Solution string `json:"solution"`
	Platform string `json:"platform"`
	Complete bool   `json:"complete"`
	// Links says whether links between launcher and services are emulated or real; "" where there are none.
	Links string `json:"links,omitempty"`
}

// comparedTable is a family of comparisons: those of one series over one group of cells.
type comparedTable struct {
	Group       string         `json:"group,omitempty"`
	Series      bench.Series   `json:"series"`
	Unit        bench.Unit     `json:"unit"`
	Comparisons []comparedCell `json:"comparisons"`
	// AllModes tests all modes of one campaign at once.
	AllModes *statistics.GroupTest `json:"all_modes,omitempty"`
	// Notes say what was not compared, where that is as it should be.
	Notes []string `json:"notes,omitempty"`
}

type comparedCell struct {
	bench.Comparison
	// Campaign is the index of the cell's own; 0 where there is one.
	Campaign int `json:"campaign,omitempty"`
	// Skips are the modes of the chain between the two, from the cell's on: a comparison that skips one changes two things at
	// once.
	Skips []string `json:"skips,omitempty"`
	// Above: the whole interval of the ratio is above the limit.
	Above bool `json:"above_limit"`
}

func (t comparedTable) heading() string { return heading(comparison{Series: t.Series, Group: t.Group}) }

// all are the table's comparisons, without what is said of them besides.
func (t comparedTable) all() []bench.Comparison {
	var all []bench.Comparison
	for _, one := range t.Comparisons {
		all = append(all, one.Comparison)
	}
	return all
}

func newCompared(folders []string, campaigns []*results.Data, baseline string, limit *float64) *compared {
	c := &compared{Baseline: baseline, FailAbove: limit}
	var cells []bench.Cell
	for i, data := range campaigns {
		one := data.Campaign
		c.Campaigns = append(c.Campaigns, comparedCampaign{folders[i], one.Placement.TargetText(), one.Name, one.Title, one.Solution, one.Platform, data.Complete, one.Placement.LinksText()})
		c.StandIn = c.StandIn || one.StandIn
		c.Caution = cmp.Or(c.Caution, bench.OrderCaution(one.Order))
		c.Alerts = append(c.Alerts, one.Import.Alerts()...)
		cells = append(cells, one.Cells...)
	}
	c.Insecure = bench.Insecurities(cells)
	for i, later := range campaigns[1:] {
		for _, difference := range campaigns[0].Differences(later, folders[0], folders[i+1]) {
			if len(campaigns) > 2 {
				difference = c.label(i+1) + ": " + difference
			}
			c.Differences = append(c.Differences, difference)
		}
	}
	return c
}

// side is a campaign that is compared.
type side struct {
	*results.Data
	values map[string]bench.Values
	folder string
}

func newSide(data *results.Data, folder string) (side, error) {
	values, err := bench.Reduce(data.Samples)
	return side{data, values, folder}, err
}

func (s side) runs(cell bench.Cell, series bench.Series) bench.CellRuns {
	return bench.RunsOf(s.Runs, s.values, cell, series)
}

// compareGroup fills a table: along the chain, with one mode, or with the same cells of the other campaign. The precision and
// the confidence of judging are those of the whole table.
func (c *compared) compareGroup(table *comparedTable, base, now side, group []bench.Cell, judging bench.Options) error {
	chain, options := now.Campaign.Chain(), now.Campaign.ComparisonOptions()
	options.Precision, options.Confidence = judging.Precision, judging.Confidence
	options.Interleaved = options.Interleaved && base.Data == now.Data
	var comparisons []bench.Comparison
	if len(c.Campaigns) == 1 && c.Baseline == "" {
		var cells []bench.CellRuns
		for _, cell := range group {
			cells = append(cells, now.runs(cell, table.Series))
			c.require(now, cell, table.Series)
		}
		compared, err := bench.CompareChain(cells, chain, table.Unit, options)
		if err != nil {
			return err
		}
		for _, link := range compared.Links {
			if why := whyNoRatio(chain, compared.Links, link, table.Series); why != "" {
				table.Notes = append(table.Notes, link.Cell.Mode+": "+why)
			}
		}
		comparisons, table.AllModes = compared.Comparisons, compared.AllModes
	} else {
		var err error
		if comparisons, err = c.compareEach(table, base, now, group, options); err != nil {
			return err
		}
	}
	for _, one := range comparisons {
		table.Comparisons = append(table.Comparisons, comparedCell{Comparison: one, Skips: between(chain, one.Cell.Mode, one.Baseline.Mode)})
	}
	return nil
}

// compareEach compares every cell of the group with its counterpart, in the order of the chain.
func (c *compared) compareEach(table *comparedTable, base, now side, group []bench.Cell, options bench.Options) ([]bench.Comparison, error) {
	var comparisons []bench.Comparison
	for _, mode := range now.Campaign.Modes {
		at := slices.IndexFunc(group, func(cell bench.Cell) bool { return cell.Mode == mode.Name })
		if at < 0 {
			continue
		}
		cell := group[at]
		counterpart, found := c.counterpart(base, cell)
		switch {
		case found && base.Data == now.Data && counterpart.ID == cell.ID:
			c.require(now, cell, table.Series)
			continue // the baseline itself
		case !found:
			c.Unpaired = append(c.Unpaired, fmt.Sprintf("cell %s of %s has nothing to be compared with in %s", cell.ID, now.folder, base.folder))
			continue
		}
		if !c.require(now, cell, table.Series) || !c.require(base, counterpart, table.Series) {
			continue
		}
		one, err := bench.CompareCells(now.runs(cell, table.Series), base.runs(counterpart, table.Series), table.Unit, options)
		if err != nil {
			return nil, err
		}
		comparisons = append(comparisons, one)
	}
	return comparisons, nil
}

// counterpart is the cell of a campaign that is as another one, whatever its ID, but for the mode where one was asked for.
func (c *compared) counterpart(base side, cell bench.Cell) (bench.Cell, bool) {
	if c.Baseline != "" {
		cell.Mode = c.Baseline
	}
	at := slices.IndexFunc(base.Campaign.Cells, func(other bench.Cell) bool { return cell.Alike(other) })
	if at < 0 {
		return bench.Cell{}, false
	}
	return base.Campaign.Cells[at], true
}

// require notes that a cell has no data, and why: no fault where another cell of the mode has what is timed once.
func (c *compared) require(s side, cell bench.Cell, series bench.Series) bool {
	if len(s.runs(cell, series).Values) > 0 {
		return true
	}
	if step, _ := bench.StepOf(series); step.OncePerMode && slices.ContainsFunc(s.Campaign.Cells, func(other bench.Cell) bool {
		return other.Mode == cell.Mode && len(s.runs(other, series).Values) > 0
	}) {
		c.Unpaired = append(c.Unpaired, fmt.Sprintf("cell %s of %s has no value of %s, which is timed once a mode", cell.ID, s.folder, series))
		return false
	}
	why := cmp.Or(s.runs(cell, series).LeftOut.String(), "none was carried out")
	c.Faults = append(c.Faults, fmt.Sprintf("cell %s of %s has no run that counts with a value of %s: %s", cell.ID, s.folder, series, why))
	return false
}

// vanished notes a series that a whole group of the second campaign does not have, though the cells that it is compared with do.
func (c *compared) vanished(base, now side, group []bench.Cell, series bench.Series) {
	for _, cell := range group {
		counterpart, found := c.counterpart(base, cell)
		if found && base.Data != now.Data && len(base.runs(counterpart, series).Values) > 0 {
			c.require(now, cell, series)
		}
	}
}

// lost notes the cells of the first campaign that the second does not have; where all are compared with one mode, those that it
// has in no mode.
func (c *compared) lost(base, now side) {
	for _, cell := range base.Campaign.Cells {
		if !slices.ContainsFunc(now.Campaign.Cells, func(other bench.Cell) bool {
			if c.Baseline != "" {
				other.Mode = cell.Mode
			}
			return cell.Alike(other)
		}) {
			c.Unpaired = append(c.Unpaired, fmt.Sprintf("cell %s of %s has no counterpart in %s", cell.ID, base.folder, now.folder))
		}
	}
}

// between lists the modes of the chain on the way from one to another, none for neighbours.
func between(chain []bench.Mode, mode, baseline string) []string {
	toRoot := func(name string) []string {
		way := []string{name}
		for range chain {
			at := slices.IndexFunc(chain, func(m bench.Mode) bool { return m.Name == name })
			if at < 0 || chain[at].Baseline == "" {
				break
			}
			name = chain[at].Baseline
			way = append(way, name)
		}
		return way
	}
	up, down := toRoot(mode), toRoot(baseline)
	for i, name := range up {
		if at := slices.Index(down, name); at >= 0 {
			way := append(slices.Clone(up[:i+1]), down[:at]...)
			return slices.DeleteFunc(way, func(name string) bool { return name == mode || name == baseline })
		}
	}
	return nil
}
