package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
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
