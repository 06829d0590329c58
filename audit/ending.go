package audit

import (
	"fmt"
	"slices"

	"eaibench/results"
)

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
