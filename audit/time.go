package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

const (
	// clockSlack is by how much the clocks may part without a step, and clockRate how much more for each second: what
	// adjtime(2) and NTP's discipline do at most is 500 parts in a million (RFC 5905, 11.3).
	clockSlack = 100 * time.Millisecond
	clockRate  = 500e-6
)

// checkClock looks for steps of the wall clock, and for runs that were at the same time or went back in it.
func checkClock(c *campaign, f *finding) {
	ended := 0
	for i, session := range c.sessions() {
		if session.ended == nil {
			continue
		}
		ended++
		step := time.Duration(session.ended.Ended.ClockStep)
		lasted := session.ended.Time.Sub(session.event.Time)
		if step.Abs() > clockSlack+time.Duration(clockRate*float64(lasted.Abs())) {
			f.found(Note, "session %d: the wall clock advanced by %s more than the monotonic one in %s", i+1, step.Round(time.Millisecond), lasted.Round(time.Second))
		}
	}
	timed := 0
	var before bench.Run
	for _, run := range c.Runs {
		if run.Started.IsZero() || run.Ended.IsZero() {
			continue
		}
		timed++
		if run.Ended.Before(run.Started) {
			f.found(Serious, "run %s ended %s before it started", run.ID, run.Started.Sub(run.Ended))
		}
		if timed > 1 && run.Started.Before(before.Ended) {
			f.found(Serious, "run %s started %s before run %s had ended", run.ID, before.Ended.Sub(run.Started), before.ID)
		}
		before = run
	}
	if timed > 0 {
		f.saw("when %s began and ended", several(timed, "run"))
	}
	if ended == 0 {
		f.lacks("no session says how its clocks went")
	}
}

// Readings of the host that a run was on: what everything but the campaign's own processes used, and what the hypervisor
// gave to others.
var (
	otherCPU = bench.Series{Component: bench.Host, Operation: bench.Process, Metric: "other_cpu_time"}
	steal    = bench.Series{Component: bench.Host, Operation: bench.Process, Metric: "steal_time"}
)

const (
	// busyNote and busySerious are shares of a host's processors that others use during runs, in the median of a cell.
	busyNote    = 0.02
	busySerious = 0.1
	// busyRun is the share at which a single run counts as disturbed, and busyRuns the share of such runs.
	busyRun  = 0.25
	busyRuns = 0.05
)

// checkBusy looks for hosts that did other work than the campaign's.
func checkBusy(c *campaign, f *finding) {
	c.disturbed(f, c.beginnings(), worstSerious, "load", "pressure")
	if len(c.Campaign.Hosts) > 0 {
		f.saw("the load of %s", several(len(c.Campaign.Hosts), "host"))
	}
	processors := 0
	if len(c.Campaign.Hosts) > 0 { // the first is the target, where runs are
		processors = c.Campaign.Hosts[0].Environment.CPUs
	}
	if processors < 1 {
		f.lacks("how many processors the runs' host has is not told")
		return
	}
	read := c.busyCells(f, otherCPU, "other processes", processors) + c.busyCells(f, steal, "other guests", processors)
	if read == 0 {
		f.lacks("no run has a reading of what else its host did")
		return
	}
	f.saw("the load of the host, and what else it did during the runs of %s", several(len(c.Campaign.Cells), "cell"))
}

// busyCells holds a reading against the time of the processors, and gives how many runs have it.
func (c *campaign) busyCells(f *finding, series bench.Series, whose string, processors int) int {
	read := 0
	for _, cell := range c.Campaign.Cells {
		var shares []float64
		var disturbed []bench.Run
		for _, run := range c.counted(cell.ID) {
			value, ok := c.values[run.ID][series]
			lasted := run.Ended.Sub(run.Started)
			if !ok || lasted <= 0 {
				continue
			}
			share := value / float64(lasted) / float64(processors)
			shares = append(shares, share)
			if share > busyRun {
				disturbed = append(disturbed, run)
			}
		}
		read += len(shares)
		median, err := statistics.Median(shares)
		if err != nil {
			continue
		}
		if median > busyNote {
			severity, limit := Note, busyNote
			if median > busySerious {
				severity, limit = Serious, busySerious
			}
			f.found(severity, "%s: %s used %s of the processors' time in the median run; at most %s is wanted", cell.ID, whose, percent(median), percent(limit))
		}
		if float64(len(disturbed)) > busyRuns*float64(len(shares)) {
			f.found(Serious, "%s: in %s, %s used more than %s of the processors' time (%s)", cell.ID, several(len(disturbed), "run"), whose, percent(busyRun), names(disturbed))
		}
	}
	return read
}

// checkEaibench looks for runs that different builds of eaibench carried out.
func checkEaibench(c *campaign, f *finding) {
	sessions := c.sessions()
	if len(sessions) == 0 {
		f.lacks("no session is recorded")
		return
	}
	f.saw("the executable of eaibench in %s", several(len(sessions), "session"))
	for i, session := range sessions[1:] {
		if session.EaibenchSHA256 != sessions[0].EaibenchSHA256 {
			f.found(Serious, "session 1 was of eaibench %s, session %d of %s", short(sessions[0].EaibenchSHA256), i+2, short(session.EaibenchSHA256))
		}
	}
}

// checkSessions looks for campaigns that were interrupted and went on.
func checkSessions(c *campaign, f *finding) {
	sessions := c.sessions()
	if len(sessions) == 0 {
		f.lacks("no session is recorded")
		return
	}
	f.saw("%s", several(len(sessions), "session"))
	if len(sessions) < 2 {
		return
	}
	for i, session := range sessions {
		runs := slices.DeleteFunc(slices.Clone(c.Runs), func(run bench.Run) bool {
			return run.Started.Before(session.event.Time) || i+1 < len(sessions) && !run.Started.Before(sessions[i+1].event.Time)
		})
		end := "without a word of its end"
		if session.ended != nil {
			end = strings.TrimSpace(fmt.Sprintf("ended as %s", session.ended.Ended.Reason))
		}
		after := ""
		if i > 0 && sessions[i-1].ended != nil {
			after = fmt.Sprintf(", %s after the one before", time.Duration(math.Max(0, float64(session.event.Time.Sub(sessions[i-1].ended.Time)))).Round(time.Second))
		}
		f.found(Note, "session %d: %s, began %s%s, %s", i+1, several(len(runs), "run"), session.event.Time.UTC().Format(time.DateTime), after, end)
	}
}
