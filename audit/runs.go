package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

const (
	// fewest runs of a cell: below, an interval of the median is nearly the range, and no test sees a few per cent.
	fewest = 10
	// few is where the mean's interval begins to be what it says (Georges et al. 2007).
	few = 30
	// askedPrecision is what the number of runs is computed for where the campaign asks for nothing itself.
	askedPrecision = 0.02
)

// checkFewRuns looks for cells with few runs, and says how many would do.
func checkFewRuns(c *campaign, f *finding) {
	precision, asked := askedPrecision, ""
	if c.Campaign.Until != nil {
		precision, asked = c.Campaign.Until.Precision, " that the campaign asks for"
	}
	f.saw("the runs of %s", several(len(c.Campaign.Cells), "cell"))
	for _, cell := range c.Campaign.Cells {
		n := len(c.counted(cell.ID))
		if n >= few {
			continue
		}
		severity := Note
		if n < fewest {
			severity = Serious
		}
		need := ""
		if runs := c.needed(cell, precision); runs > n {
			need = fmt.Sprintf("; about %d would show the median of %s to ± %.3g %%%s", runs, c.series[0], 100*precision, asked)
		}
		f.found(severity, "%s: %s%s", cell.ID, several(n, "run"), need)
	}
}

// needed is how many runs show the median of the first series to the precision; 0 where that cannot be told.
func (c *campaign) needed(cell bench.Cell, precision float64) int {
	for _, one := range c.courses(fewest / 2) {
		if one.cell.ID != cell.ID || one.series != c.series[0] {
			continue
		}
		interval, err := statistics.MedianInterval(one.values, statistics.Confidence)
		if err != nil {
			return 0
		}
		median, err := statistics.Median(one.values)
		if err != nil {
			return 0
		}
		runs, err := statistics.RunsFor(precision, interval, median, len(one.values))
		if err != nil {
			return 0
		}
		return runs
	}
	return 0
}

// balanced is the least share of its group's largest number of runs that a cell may have without being serious.
const balanced = 0.8

// checkUnbalanced looks for cells of a group that have different numbers of runs.
func checkUnbalanced(c *campaign, f *finding) {
	f.saw("the numbers of runs in %s", several(len(c.groups), "group"))
	for _, group := range c.groups {
		least, most := -1, 0
		var counts []string
		for _, cell := range c.cellsOf(group) {
			n := len(c.counted(cell.ID))
			most = max(most, n)
			if least < 0 || n < least {
				least = n
			}
			counts = append(counts, fmt.Sprintf("%s %d", cell.ID, n))
		}
		if least == most || !c.Complete && most-least == 1 { // a block is under way
			continue
		}
		severity := Note
		if float64(least) < balanced*float64(most) {
			severity = Serious
		}
		f.found(severity, "runs that count: %s", strings.Join(counts, ", "))
	}
}

const (
	// lostShare of a cell's runs is where what is left may not be like what is lost.
	lostShare = 0.1
	// lostApart is the largest difference of the shares that two modes lose.
	lostApart = 0.05
)

// checkLostRuns looks for runs that are not ok, and for modes that lose more of them than others.
func checkLostRuns(c *campaign, f *finding) {
	if len(c.Runs) == 0 {
		f.lacks("no run was carried out")
		return
	}
	f.saw("how %s ended", several(len(c.Runs), "run"))
	for _, group := range c.groups {
		least, most := 1.0, 0.0
		var lines []string
		for _, cell := range c.cellsOf(group) {
			runs := c.runs[cell.ID]
			if len(runs) == 0 {
				continue
			}
			lost := slices.DeleteFunc(slices.Clone(runs), func(run bench.Run) bool { return run.Status == bench.OK })
			share := float64(len(lost)) / float64(len(runs))
			least, most = min(least, share), max(most, share)
			if len(lost) > 0 {
				lines = append(lines, fmt.Sprintf("%s: %d of %s lost: %s; %s", cell.ID, len(lost), several(len(runs), "run"), ends(lost), first(lost)))
			}
		}
		severity := Note
		if most > lostShare || most-least > lostApart {
			severity = Serious
		}
		for _, line := range lines {
			f.found(severity, "%s", line)
		}
	}
	for _, line := range c.interruptions() {
		f.found(Note, "%s", line)
	}
}

// interruptions says under which runs something was lost, which were carried out anew then or are still to be.
func (c *campaign) interruptions() (lines []string) {
	for _, event := range c.Events {
		if loss := event.Lost; loss != nil && loss.Run != "" {
			lines = append(lines, fmt.Sprintf("%s was begun and lost (%s failed), %s: %s", loss.Run, loss.Failed, cmp.Or(loss.Where(), "host unknown"), loss.Text))
		}
	}
	return lines
}

// checkNotReset looks for services whose data were not taken back before each run.
func checkNotReset(c *campaign, f *finding) {
	if c.Campaign.Placement == nil {
		f.idle("every service was started for the campaign")
		return
	}
	f.saw("whether the data of %s were reset", several(len(c.Campaign.Placement.Services), "service"))
	for _, service := range c.Campaign.Placement.Services {
		if service.NotReset {
			f.found(Serious, "service %s at %s", service.Service, service.URL)
		}
	}
}

// ends counts how runs ended: "2 failed, 1 invalid (library)".
func ends(runs []bench.Run) string {
	counts := map[string]int{}
	for _, run := range runs {
		end := string(run.Status)
		if run.Check != "" {
			end += " (" + run.Check + ")"
		}
		counts[end]++
	}
	var parts []string
	for _, end := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[end], end))
	}
	return strings.Join(parts, ", ")
}

func first(runs []bench.Run) string {
	reason := []rune(runs[0].Reason)
	if len(reason) > 120 {
		reason = append(reason[:120], '…')
	}
	return runs[0].ID + ": " + string(reason)
}

// sequential is the order that runs cell after cell.
const sequential = "sequential"

// checkOrder looks for cells that were not interleaved, by what the campaign says and by when its runs were carried out.
func checkOrder(c *campaign, f *finding) {
	f.saw("the order %q and the places of %s", c.Campaign.Order, several(len(c.Runs), "run"))
	undated := c.Campaign.Import != nil && !c.Dated()
	if undated {
		f.lacks("the files have no times: which mode was measured first is not told")
	}
	if c.Campaign.Order == sequential && len(c.Campaign.Cells) > 1 {
		f.found(Serious, "the campaign's order is %s", sequential)
	}
	for _, group := range c.groups {
		if undated {
			break // places in the campaign are those in the files
		}
		cells := slices.DeleteFunc(c.cellsOf(group), func(cell bench.Cell) bool { return len(c.counted(cell.ID)) < 2 })
		for i, cell := range cells {
			for _, earlier := range cells[:i] {
				c.checkApart(f, earlier, cell)
				c.checkApart(f, cell, earlier)
			}
		}
	}
	c.checkSameOrder(f)
}

// mostBefore is the share of pairs of a run of each cell in which the same cell's run is the earlier one that interleaved cells
// hardly have: of ten runs each in random order, one pair of cells in 660 has as much.
const mostBefore = 0.9

// checkApart tells whether the runs of one cell were before those of another, all or nearly all.
func (c *campaign) checkApart(f *finding, first, second bench.Cell) {
	a, b := c.counted(first.ID), c.counted(second.ID)
	var places []int
	for _, other := range b {
		places = append(places, other.Position)
	}
	slices.Sort(places)
	before := 0
	for _, one := range a {
		earlier, _ := slices.BinarySearch(places, one.Position)
		before += len(places) - earlier
	}
	pairs := len(a) * len(b)
	switch {
	case before == pairs:
		f.found(Serious, "every run of %s was before every run of %s (the last is %s, the first %s)", first.ID, second.ID, a[len(a)-1].ID, b[0].ID)
	case min(len(a), len(b)) >= fewest && float64(before) >= mostBefore*float64(pairs):
		f.found(Serious, "nearly every run of %s was before those of %s: in %.0f %% of the pairs", first.ID, second.ID, 100*float64(before)/float64(pairs))
	}
}

// checkSameOrder looks for blocks that all have the same order, so that each mode always follows the same one.
func (c *campaign) checkSameOrder(f *finding) {
	const enough = 5 // blocks: at random, two cells have one order in that many with a chance of 1/16, three with 1/1296
	var blocks [][]string
	for _, run := range c.Campaign.Runs {
		for len(blocks) <= run.Block {
			blocks = append(blocks, nil)
		}
		blocks[run.Block] = append(blocks[run.Block], run.Cell)
	}
	if len(blocks) < enough || len(blocks[0]) < 2 {
		return
	}
	for _, block := range blocks[1:] {
		if !slices.Equal(block, blocks[0]) {
			return
		}
	}
	f.found(Note, "all %d blocks have the same order: %s", len(blocks), strings.Join(blocks[0], ", "))
}

// checkIncomplete looks for campaigns that are under way, or were given up.
func checkIncomplete(c *campaign, f *finding) {
	f.saw("whether the campaign is complete")
	left := len(c.Campaign.Runs) - len(c.Runs)
	if c.Complete {
		if why := c.stoppedWithoutRule(); left > 0 && why != "" {
			f.found(Serious, "it was sealed with %d of %s, and %s", len(c.Runs), several(len(c.Campaign.Runs), "planned run"), why)
		}
		return
	}
	if left == 0 {
		f.found(Note, "every run is there, and the campaign is not sealed: it may still be changed")
		return
	}
	f.found(Serious, "%d of %s were carried out", len(c.Runs), several(len(c.Campaign.Runs), "planned run"))
	if sessions := c.sessions(); len(sessions) > 0 && sessions[len(sessions)-1].ended != nil {
		ended := sessions[len(sessions)-1].ended.Ended
		f.found(Serious, "the last session ended as %s: %s", ended.Reason, ended.Text)
	}
}

func checkNotAsSealed(c *campaign, f *finding) {
	if !c.Complete && len(c.NotAsSealed) == 0 {
		f.idle("the campaign is not sealed")
		return
	}
	f.saw("whether files are as they were sealed")
	for _, one := range c.NotAsSealed {
		f.found(Critical, "%s: %s", one.File, one.Fault)
	}
}

// stoppedWithoutRule says why the rule when to stop does not explain that runs are missing; "" where it does.
func (c *campaign) stoppedWithoutRule() string {
	until, ended := c.Campaign.Until, results.EndOf(c.Events)
	switch {
	case until == nil:
		return "it declares no rule when to stop"
	case ended == nil:
		return "nothing says why it ended"
	case ended.Reason == results.EndPrecise:
		if at := c.lastLook(); at == nil || !within(at, until.Precision) {
			return "no last look found the precision that it asks for"
		}
	case ended.Reason == results.EndTime:
		// Runs take no longer than what is between the first and the last.
		if until.Time <= 0 || len(c.Runs) == 0 || c.Runs[len(c.Runs)-1].Ended.Sub(c.Runs[0].Started) < until.Time {
			return "its time was not over"
		}
	default:
		return fmt.Sprintf("it ended as %s", ended.Reason)
	}
	return ""
}

// lastLook is the newest look, nil without one.
func (c *campaign) lastLook() *results.Look {
	for _, event := range slices.Backward(c.Events) {
		if event.Looked != nil {
			return event.Looked
		}
	}
	return nil
}

// within tells whether every width of a look is at most the precision, as the rule when to stop has it.
func within(look *results.Look, precision float64) bool {
	return len(look.Widths) > 0 && !slices.ContainsFunc(look.Widths, func(width results.Width) bool {
		return width.HalfWidth == nil || *width.HalfWidth > precision
	})
}

// checkLooks looks for looks at the results that were not declared before the start.
func checkLooks(c *campaign, f *finding) {
	until := c.Campaign.Until
	looks, before := 0, 0
	for _, event := range c.Events {
		if event.Looked == nil {
			continue
		}
		looks++
		if until == nil {
			f.found(Serious, "a look at %d runs of each cell, and the campaign declares none", event.Looked.Runs)
		} else if !slices.Contains(until.Looks, event.Looked.Runs) {
			f.found(Serious, "a look at %d runs of each cell; declared are %v", event.Looked.Runs, until.Looks)
		}
		if looks > 1 && event.Looked.Runs <= before {
			f.found(Serious, "a look at %d runs of each cell, after one at %d", event.Looked.Runs, before)
		}
		if until != nil && event.Looked.Inside && !within(event.Looked, until.Precision) {
			f.found(Serious, "the look at %d runs of each cell says that the precision was there, and its widths do not", event.Looked.Runs)
		}
		before = event.Looked.Runs
	}
	if until == nil && looks == 0 {
		f.idle("the campaign's length was fixed before its start")
		return
	}
	f.saw("%s", several(looks, "look"))
}

// checkPrecision looks for campaigns that ended before the precision that they ask for was there.
func checkPrecision(c *campaign, f *finding) {
	until := c.Campaign.Until
	if until == nil {
		f.idle("the campaign asks for no precision")
		return
	}
	look := c.lastLook()
	if look == nil {
		f.lacks("no look is recorded")
		return
	}
	f.saw("the look at %d runs of each cell", look.Runs)
	if look.Inside {
		return
	}
	for _, width := range look.Widths {
		what := width.Cell
		if width.Baseline != "" {
			what += " against " + width.Baseline
		}
		switch {
		case width.HalfWidth == nil:
			f.found(Note, "%s of %s: too few runs for an interval", width.Series, what)
		case *width.HalfWidth > until.Precision:
			f.found(Note, "%s of %s: ± %.3g %% after %d runs; asked are ± %.3g %%", width.Series, what, 100**width.HalfWidth, look.Runs, 100*until.Precision)
		}
	}
	if len(f.shown) == 0 {
		f.found(Note, "the last look, at %d runs of each cell, found the asked ± %.3g %% not reached", look.Runs, 100*until.Precision)
	}
}
