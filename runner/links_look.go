package runner

import (
	"context"
	"fmt"
	"time"

	"eaibench/links"
	"eaibench/results"
)

// linkPause is after how long links are measured again, between two runs.
const linkPause = 10 * time.Minute

// withLinks is a Site whose links can be measured.
type withLinks interface {
	// MeasureLinks measures every link, while no run is under way.
	MeasureLinks(ctx context.Context, m links.Measurement) []results.LinkLook
}

// linkLooks measures links before the first run of a session, between runs, and after the last.
type linkLooks struct {
	site   withLinks
	halved bool // half of the runs are done, and links were measured since
	last   time.Time
}

// newLinkLooks is nil where nothing can be measured.
func (s *state) newLinkLooks() *linkLooks {
	site, can := s.Site.(withLinks)
	if !can {
		return nil
	}
	return &linkLooks{site: site, halved: 2*len(s.done) >= len(s.Runs)}
}

// measureLinks measures and notes what every link does at this moment of the campaign; before and after its runs, also how far the
// hosts' clocks are apart.
func (s *state) measureLinks(ctx context.Context, when results.Moment) error {
	m := links.Measurement{}
	if when == results.Between {
		m.RoundTrips = 5 // Runs wait meanwhile.
	}
	looks := s.links.site.MeasureLinks(ctx, m)
	if ctx.Err() != nil {
		return fmt.Errorf("measuring the links was not finished: %w", context.Cause(ctx))
	}
	for _, look := range looks {
		look.When, look.Runs = when, s.outcome.total()
		if err := s.note(results.Event{Link: &look}); err != nil {
			return err
		}
	}
	s.links.last = time.Now()
	if when == results.Between {
		return nil
	}
	return s.lookAtClocks(when)
}

// measureLinksBefore measures before a run: the session's first, the one with which the second half begins, and when it was long
// ago.
func (s *state) measureLinksBefore(ctx context.Context) error {
	l := s.links
	if l == nil {
		return nil
	}
	if l.last.IsZero() {
		return s.measureLinks(ctx, results.Before)
	}
	half := !l.halved && 2*s.outcome.total() >= len(s.Runs)
	if !half && time.Since(l.last) < linkPause {
		return nil
	}
	l.halved = l.halved || half
	return s.measureLinks(ctx, results.Between)
}

// measureLinksAfter measures behind the session's last run, if it had one.
func (s *state) measureLinksAfter(ctx context.Context) error {
	if s.links == nil || s.links.last.IsZero() {
		return nil
	}
	return s.measureLinks(ctx, results.After)
}

// total is how many runs ended.
func (o Outcome) total() int {
	total := 0
	for _, n := range o {
		total += n
	}
	return total
}
