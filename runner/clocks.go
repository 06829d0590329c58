package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eaibench/hosts"
	"eaibench/links"
	"eaibench/results"
)

const (
	// clockExchanges is how often a clock is asked: as many as NTP's clock filter keeps (RFC 5905, section 10).
	clockExchanges = 8
	// clockLimit is how long all of them may take.
	clockLimit = 30 * time.Second
)

// errNoSteward: the launcher is beside the runner (launcher.place: control).
var errNoSteward = errors.New("nothing of eaibench is there that could tell it")

// withClocks is a Site that can tell how far the clocks of its hosts are from the one here.
type withClocks interface {
	// LookAtClocks estimates the offset of the clock of every host but this one, while no run is under way.
	LookAtClocks() []results.ClockLook
}

// lookAtClocks notes how far the hosts' clocks are from the one here, where the site can tell.
func (s *state) lookAtClocks(when results.Moment) error {
	site, can := s.Site.(withClocks)
	if !can {
		return nil
	}
	for _, look := range site.LookAtClocks() {
		look.When, look.Runs = when, s.outcome.total()
		if err := s.note(results.Event{Clock: &look}); err != nil {
			return err
		}
	}
	return nil
}

// LookAtClocks estimates the offset of the clock of every host but this one. One that could not be estimated says why.
func (d *Deployment) LookAtClocks() []results.ClockLook {
	var looks []results.ClockLook
	for _, on := range d.others {
		look := results.ClockLook{Host: on.Name}
		if offset, err := on.clock(clockExchanges); err != nil {
			look.Failure = err.Error()
		} else {
			look.Estimated = &offset
		}
		looks = append(looks, look)
	}
	return looks
}

// clock estimates how far the host's clock is ahead of the one here, by asking its steward so often. The answers go the way of all
// that the steward says: over the connection that this host has to it.
func (s *stage) clock(exchanges int) (links.ClockOffset, error) {
	const op = "estimate the offset of the clock"
	if s.held != nil {
		return links.ClockOffset{}, errNoSteward
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Not the campaign's context: a steward that is given up is killed, and here it answers in a moment or is lost.
	ctx, cancel := context.WithTimeoutCause(context.Background(), clockLimit, fmt.Errorf("the steward did not answer within %s", clockLimit))
	defer cancel()
	var all []links.ClockExchange
	for range exchanges {
		asked := time.Now()
		if err := s.ask.Encode(stewardQuestion{Clock: true}); err != nil {
			return links.ClockOffset{}, s.notAsked(op, err)
		}
		said, err := s.answer(ctx, op)
		heard := time.Now()
		if err == nil && said.Clock == nil {
			err = &hosts.TargetError{Host: s.Name, Op: op, Err: errors.New("the steward did not answer what it was asked")}
		}
		if err != nil {
			return links.ClockOffset{}, err
		}
		all = append(all, links.ClockExchange{Asked: asked, Received: said.Clock.Received, Answered: said.Clock.Answered, Heard: heard})
	}
	offset, err := links.EstimateOffset(all)
	if err != nil {
		return links.ClockOffset{}, &hosts.TargetError{Host: s.Name, Op: op, Err: err}
	}
	return offset, nil
}

// notAsked is the error for a question that the steward could not be given.
func (s *stage) notAsked(op string, err error) error {
	if target := new(hosts.TargetError); errors.As(err, &target) {
		return err
	}
	return &hosts.TargetError{Host: s.Name, Op: op, Err: fmt.Errorf("asking the steward: %w", err)}
}
