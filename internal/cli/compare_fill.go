package cli

import (
	"fmt"
	"path/filepath"
	"slices"

	"eaibench/bench"
	"eaibench/results"
)

// label tells a campaign from the others: by its target where that does, else by its folder.
func (c *compared) label(at int) string {
	targets := map[string]bool{}
	for _, campaign := range c.Campaigns {
		targets[campaign.Target] = true
	}
	if len(targets) == len(c.Campaigns) {
		return c.Campaigns[at].Target
	}
	folders := map[string]bool{}
	for _, campaign := range c.Campaigns {
		folders[filepath.Base(campaign.Folder)] = true
	}
	if len(folders) == len(c.Campaigns) {
		return filepath.Base(c.Campaigns[at].Folder)
	}
	return c.Campaigns[at].Folder // of one name in several places
}

// named is a comparison's cell, with the campaign that it is of where there are several that it may be of.
func (c *compared) named(one comparedCell) string {
	if len(c.Campaigns) <= 2 {
		return one.Cell.ID
	}
	return one.Cell.ID + " of " + c.label(one.Campaign)
}

// groupsOf gives each campaign's groups of cells, and in words what sets each apart from the groups of all: a group that stands
// alone in its campaign may be one of several in another's.
func groupsOf(campaigns []side) (groups [][][]bench.Cell, labels [][]string) {
	var all [][]bench.Cell
	for _, one := range campaigns {
		groups = append(groups, bench.Groups(one.Campaign.Cells))
		all = append(all, groups[len(groups)-1]...)
	}
	distinctions := bench.Distinctions(all)
	for _, one := range groups {
		labels, distinctions = append(labels, distinctions[:len(one)]), distinctions[len(one):]
	}
	return groups, labels
}

// fill compares one campaign's cells with each other, or those of each later campaign with the first one's.
func (c *compared) fill(campaigns []*results.Data, series []bench.Series) error {
	base, err := newSide(campaigns[0], c.Campaigns[0].Folder)
	if err != nil {
		return err
	}
	later := []side{base}
	for i, data := range campaigns[1:] {
		one, err := newSide(data, c.Campaigns[i+1].Folder)
		if err != nil {
			return err
		}
		later = append(later[:i], one)
	}
	for _, one := range series {
		if err := c.fillSeries(base, later, one); err != nil {
			return err
		}
	}
	if len(campaigns) > 1 {
		for _, now := range later {
			c.lost(base, now)
		}
	}
	for _, said := range []*[]string{&c.Unpaired, &c.Faults} {
		slices.Sort(*said)
		*said = slices.Compact(*said)
	}
	return nil
}

// fillSeries makes a series' tables, one a group of cells: what is in one is one family.
func (c *compared) fillSeries(base side, later []side, series bench.Series) error {
	var tables []comparedTable
	all := later
	if len(c.Campaigns) > 1 {
		all = append(slices.Clone(later), base)
	}
	groupsOfAll, labels := groupsOf(all)
	options := later[0].Campaign.ComparisonOptions()
	for n, now := range later {
		measured := false
		groups := groupsOfAll[n]
		for i, label := range labels[n] {
			part := comparedTable{Group: label, Series: series, Unit: bench.UnitIn(now.Samples, series)}
			if c.absent(&part, now, groups[i]) {
				c.vanished(base, now, groups[i], series)
				continue
			}
			measured = true
			if err := c.compareGroup(&part, base, now, groups[i], options); err != nil {
				return err
			}
			c.missing(&part, now, groups[i])
			if len(c.Campaigns) > 1 {
				for k := range part.Comparisons {
					part.Comparisons[k].Campaign = n + 1
				}
			}
			at := slices.IndexFunc(tables, func(t comparedTable) bool { return t.Group == label })
			if at < 0 {
				tables = append(tables, part)
				continue
			}
			tables[at].Comparisons = append(tables[at].Comparisons, part.Comparisons...)
			tables[at].Notes = append(tables[at].Notes, part.Notes...)
		}
		if !measured {
			c.Faults = append(c.Faults, fmt.Sprintf("no cell of %s has a value of %s", now.folder, series))
		}
	}
	for i := range tables {
		if err := c.judge(&tables[i], options); err != nil {
			return err
		}
	}
	c.Tables = append(c.Tables, tables...)
	return nil
}

// judge adjusts the comparisons of a table for all of them, and holds them against the limit.
func (c *compared) judge(table *comparedTable, options bench.Options) error {
	if len(c.Campaigns) > 1 || c.Baseline != "" { // along a chain they are judged already
		family := table.all()
		if err := bench.Family(family, options); err != nil {
			return err
		}
		for i := range family {
			table.Comparisons[i].Comparison = family[i]
		}
	}
	c.hold(table)
	return nil
}

// absent tells that a whole group, whose runs count, does not have the series: a write that no request makes, a step of the other
// path.
func (c *compared) absent(table *comparedTable, now side, group []bench.Cell) bool {
	return !slices.ContainsFunc(group, func(cell bench.Cell) bool {
		return len(now.runs(cell, table.Series).Values) > 0 || len(now.runs(cell, bench.ExecuteTotal()).Values) == 0
	})
}
