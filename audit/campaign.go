package audit

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/platform"
	"eaibench/results"
)

// campaign is what checks look at: the folder's content, arranged once for all of them.
type campaign struct {
	*results.Data
	// profile of the platform, nil if it is none that eaibench has.
	profile *platform.Profile
	cells   map[string]bench.Cell
	// groups of cells that are compared.
	groups [][]bench.Cell
	// runs of each cell, in the order in which they were carried out.
	runs map[string][]bench.Run
	// builds of each cell, oldest first.
	builds map[string][]results.Build
	values map[string]bench.Values
	series []bench.Series
	// measured are the courses of every series in every cell that has values of it.
	measured []course
	// uniform are the dips of uniform samples, drawn when they are needed.
	uniform map[uniformSamples]*statistics.UniformDips
}

func newCampaign(data *results.Data, series []bench.Series) (*campaign, error) {
	c := &campaign{
		Data: data, cells: map[string]bench.Cell{}, groups: bench.Groups(data.Campaign.Cells),
		runs: map[string][]bench.Run{}, builds: map[string][]results.Build{}, series: series,
		uniform: map[uniformSamples]*statistics.UniformDips{},
	}
	for _, cell := range data.Campaign.Cells {
		c.cells[cell.ID] = cell
	}
	for _, run := range data.Runs {
		c.runs[run.Cell] = append(c.runs[run.Cell], run)
	}
	for _, event := range data.Events {
		if build := event.Built; build != nil {
			c.builds[build.Cell] = append(c.builds[build.Cell], *build)
		}
	}
	// A name alone: a path would have this look at whatever file a campaign names.
	if slices.Contains(platform.Names(), data.Campaign.Platform) {
		profile, err := platform.Load(data.Campaign.Platform)
		if err != nil {
			return nil, fmt.Errorf("reading the profile of platform %s: %w", data.Campaign.Platform, err)
		}
		// What is malformed was written by no scenario.
		if err := profile.SetControls(c.controls(), nil); err != nil {
			return nil, fmt.Errorf("reading what was asked to be alike in every mode: %w", err)
		}
		c.profile = profile
	}
	var err error
	if c.values, err = bench.Reduce(data.Samples); err != nil {
		return nil, err
	}
	c.measure()
	return c, nil
}

// controls are what the scenario asked to be alike in every mode.
func (c *campaign) controls() platform.Controls {
	asked := c.Campaign.Controls
	if asked == nil {
		return platform.Controls{}
	}
	return platform.Controls{Revocation: platform.Revoke(asked.Revocation), BindNow: asked.BindNow, CPUs: asked.CPUs, OpenSSL: asked.OpenSSL}
}

// counted are the runs of a cell whose values are compared.
func (c *campaign) counted(cell string) []bench.Run {
	return slices.DeleteFunc(slices.Clone(c.runs[cell]), func(run bench.Run) bool { return !run.Counts() })
}

// course is a series of one cell in the order in which it was measured.
type course struct {
	cell   bench.Cell
	series bench.Series
	unit   bench.Unit
	values []float64
	// runs have these values.
	runs []bench.Run
}

// String names the course for people.
func (c course) String() string { return fmt.Sprintf("%s of %s", c.series, c.cell.ID) }

// measure collects the courses, series by series.
func (c *campaign) measure() {
	for _, series := range c.series {
		unit := bench.UnitIn(c.Samples, series)
		for _, cell := range c.Campaign.Cells {
			one := course{cell: cell, series: series, unit: unit}
			for _, run := range c.counted(cell.ID) {
				if value, ok := c.values[run.ID][series]; ok {
					one.values, one.runs = append(one.values, value), append(one.runs, run)
				}
			}
			if len(one.values) > 0 {
				c.measured = append(c.measured, one)
			}
		}
	}
}

// courses with at least so many values.
func (c *campaign) courses(atLeast int) []course {
	return slices.DeleteFunc(slices.Clone(c.measured), func(one course) bool { return len(one.values) < atLeast })
}

// place is a host at a moment at which it was described.
type place struct {
	when string
	// ended is true for one after runs of the campaign.
	ended bool
	results.Host
}

// String names it for people.
func (p place) String() string { return fmt.Sprintf("host %s %s", p.Name, p.when) }

// places lists every description of a host, oldest first.
func (c *campaign) places() []place {
	var all []place
	add := func(when string, ended bool, hosts []results.Host) {
		for _, host := range hosts {
			all = append(all, place{when, ended, host})
		}
	}
	add("when the campaign was made", false, c.Campaign.Hosts)
	session := 0
	for _, event := range c.Events {
		switch {
		case event.Began != nil:
			session++
			add(fmt.Sprintf("when session %d began", session), false, event.Began.Hosts)
		case event.Ended != nil:
			add(fmt.Sprintf("when session %d ended", session), true, event.Ended.Hosts)
		}
	}
	return all
}

// session is an eaibench that carried runs out, and how it ended; nil if that is not noted.
type session struct {
	results.Session
	event results.Event
	ended *results.Event
}

func (c *campaign) sessions() []session {
	var all []session
	for i, event := range c.Events {
		switch {
		case event.Began != nil:
			all = append(all, session{Session: *event.Began, event: event})
		case event.Ended != nil && len(all) > 0:
			all[len(all)-1].ended = &c.Events[i]
		}
	}
	return all
}

// cheribsd tells whether the campaign's programs ran on CheriBSD.
func (c *campaign) cheribsd() bool {
	return strings.HasPrefix(c.Campaign.Platform, "cheribsd") || slices.ContainsFunc(c.places(), func(p place) bool {
		return p.Environment.CheriBSD != nil
	})
}

// lacksOf says in which cells something is not recorded that is in others: what is not there was not compared.
func (c *campaign) lacksOf(f *finding, what string, recorded func(cell string) bool) {
	var silent []string
	for _, cell := range c.Campaign.Cells {
		if !recorded(cell.ID) {
			silent = append(silent, cell.ID)
		}
	}
	if len(silent) > 0 {
		f.lacks("%s is not recorded for %s", what, strings.Join(silent, ", "))
	}
}

// built tells whether a build of the cell says something.
func (c *campaign) built(cell string, says func(results.Build) bool) bool {
	return slices.ContainsFunc(c.builds[cell], says)
}

// ran tells whether a run of the cell that counts says something.
func (c *campaign) ran(cell string, says func(bench.Run) bool) bool {
	return slices.ContainsFunc(c.runs[cell], func(run bench.Run) bool { return run.Counts() && says(run) })
}

// modesIn lists the modes of a group of cells, in the order of the chain.
func (c *campaign) modesIn(group []bench.Cell) []bench.Mode {
	return slices.DeleteFunc(c.Campaign.Chain(), func(mode bench.Mode) bool {
		return !slices.ContainsFunc(group, func(cell bench.Cell) bool { return cell.Mode == mode.Name })
	})
}

// cellsOf lists the cells of a group, in the order of the chain.
func (c *campaign) cellsOf(group []bench.Cell) []bench.Cell {
	ordered := slices.Clone(group)
	place := func(cell bench.Cell) int {
		return slices.IndexFunc(c.Campaign.Modes, func(m results.Mode) bool { return m.Name == cell.Mode })
	}
	slices.SortStableFunc(ordered, func(a, b bench.Cell) int { return place(a) - place(b) })
	return ordered
}

// names lists runs for evidence: some of them, and how many more there are.
func names(runs []bench.Run) string {
	const some = 3
	var text []string
	for i, run := range runs {
		if i == some {
			text = append(text, fmt.Sprintf("%d more", len(runs)-some))
			break
		}
		text = append(text, run.ID)
	}
	return strings.Join(text, ", ")
}

// several writes a number and what it counts.
func several(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// short is the beginning of a hash, enough to tell some from others.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}
