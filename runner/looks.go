package runner

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"eaibench/bench"
	"eaibench/results"
)

// looks is the rule when to stop, at work.
type looks struct {
	until     results.Until
	comparing bench.Options
	// at are the positions in the plan after whose run there is a look, with the number of runs that each cell has then.
	at map[int]int
	// last is the newest look, nil before the first.
	last *results.Look
	// runs are what was carried out, and values what counts of it.
	runs   []bench.Run
	values map[string]bench.Values
	// took is what the runs took, all sessions together.
	took time.Duration
}

// newLooks takes up a rule: what was done and noted before counts. nil without a rule.
func (s *state) newLooks() (*looks, error) {
	if s.Until == nil {
		return nil, nil
	}
	l := &looks{until: *s.Until, comparing: s.Comparing, at: lookPositions(s.Runs, s.Until.Looks), values: map[string]bench.Values{}}
	samples := map[string][]bench.Sample{}
	for _, sample := range s.DoneSamples {
		samples[sample.Run] = append(samples[sample.Run], sample)
	}
	for _, run := range s.Done {
		if err := l.add(run, samples[run.ID], run.Ended.Sub(run.Started)); err != nil {
			return nil, err
		}
	}
	for _, event := range s.Events {
		if event.Looked != nil {
			l.last = event.Looked
		}
	}
	return l, nil
}

// lookPositions gives the positions after whose run each cell has so many counted runs for the first time, and how many.
func lookPositions(planned []bench.PlannedRun, numbers []int) map[int]int {
	complete := map[int]int{} // by number of counted runs, the position of the last cell's
	counted := map[string]int{}
	for i, run := range planned {
		if !run.WarmUp {
			counted[run.Cell]++
			complete[counted[run.Cell]] = i
		}
	}
	at := map[int]int{}
	for _, n := range numbers {
		if position, there := complete[n]; there {
			at[position] = n
		}
	}
	return at
}

// add takes a run that is kept. Of its samples only what is compared is remembered.
func (l *looks) add(run bench.Run, samples []bench.Sample, took time.Duration) error {
	l.took += max(0, took)
	l.runs = append(l.runs, run)
	var compared []bench.Sample
	for _, sample := range samples {
		if l.compares(sample.Series()) {
			compared = append(compared, sample)
		}
	}
	values, err := bench.Reduce(compared)
	if err != nil {
		return fmt.Errorf("looking at run %s: %w", run.ID, err)
	}
	l.values[run.ID] = values[run.ID]
	return nil
}

// compares tells whether a series is one of those that are to be known precisely.
func (l *looks) compares(series bench.Series) bool {
	for _, metric := range l.until.Metrics {
		if series.Named(metric) {
			return true
		}
	}
	return false
}

// look looks, if that is due after the run at this place in the plan and was not noted already.
func (s *state) look(place int) error {
	if s.looks == nil {
		return nil
	}
	n, due := s.looks.at[place]
	if !due || (s.looks.last != nil && s.looks.last.Runs >= n) {
		return nil
	}
	widths, err := widthsOf(s.Cells, s.Chain, s.looks)
	if err != nil {
		return fmt.Errorf("looking at %d runs of each cell: %w", n, err)
	}
	look := &results.Look{Runs: n, Widths: widths, Inside: inside(widths, s.looks.until.Precision)}
	if err := s.note(results.Event{Looked: look}); err != nil {
		return err
	}
	s.looks.last = look
	if s.Looked != nil {
		s.Looked(*look)
	}
	return nil
}

// precise tells whether the newest look found everything as precise as asked.
func (l *looks) precise() bool { return l != nil && l.last != nil && l.last.Inside }

// inside tells whether everything is as precise as asked. Where there is nothing to be known, nothing is.
func inside(widths []results.Width, precision float64) bool {
	for _, width := range widths {
		if width.HalfWidth == nil || *width.HalfWidth > precision {
			return false
		}
	}
	return len(widths) > 0
}

// over tells whether the campaign's time is over.
func (l *looks) over() bool { return l != nil && l.until.Time > 0 && l.took >= l.until.Time }

// finalEnding says why no run is left to carry out, or is not carried out.
func (s *state) finalEnding(reason results.EndReason) results.Ending {
	ending := results.Ending{Reason: reason, Text: "every planned run was carried out"}
	if s.looks == nil {
		return ending
	}
	until, last := s.looks.until, s.looks.last
	precision := Percent(until.Precision)
	widest := "no look came yet"
	if last != nil {
		widest = fmt.Sprintf("at the look at %d runs of each cell, %s", last.Runs, WidestText(*last))
	}
	switch reason {
	case results.EndPrecise:
		ending.Text = fmt.Sprintf("the precision of ± %s is reached: %s", precision, widest)
	case results.EndTime:
		ending.Text = fmt.Sprintf("the time of %s is over before the precision of ± %s was reached: %s", until.Time, precision, widest)
	case results.EndComplete:
		ending.Text = fmt.Sprintf("the most runs, %d of each cell, did not reach the precision of ± %s: %s", until.Max, precision, widest)
	}
	return ending
}

// WidestText says of a look which interval is the widest.
func WidestText(look results.Look) string {
	var widest *results.Width
	for i, width := range look.Widths {
		if width.HalfWidth == nil {
			return "too few runs for an interval of " + nameOf(width)
		}
		if widest == nil || *width.HalfWidth > *widest.HalfWidth {
			widest = &look.Widths[i]
		}
	}
	if widest == nil {
		return "there is nothing to compare"
	}
	return fmt.Sprintf("the widest interval is ± %s, of %s", Percent(*widest.HalfWidth), nameOf(*widest))
}

// nameOf says what a width is of.
func nameOf(width results.Width) string {
	if width.Baseline == "" {
		return width.Series.String() + " in " + width.Cell
	}
	return fmt.Sprintf("%s in %s against %s", width.Series, width.Cell, width.Baseline)
}

// Percent writes a ratio for people: 0.03112 is 3.12 %. It is rounded up, so that what is above a precision is never shown as equal to it.
func Percent(ratio float64) string {
	const rounding = 1e-9 // of computing
	return strconv.FormatFloat(max(0, math.Ceil(ratio*1e4-rounding)/100), 'f', -1, 64) + " %"
}
