package runner

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts"
	"eaibench/links"
	"eaibench/results"
)

// peer is a stage whose steward is a function of this process, which ends with the test.
func peer(t *testing.T, play func(in io.Reader, out io.Writer) error) *stage {
	t.Helper()
	questions, ask := io.Pipe()
	said, answers := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := play(questions, answers)
		answers.Close()
		questions.Close()
		ended <- err
	}()
	t.Cleanup(func() {
		ask.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &stage{Place: Place{Name: "board"}, ask: json.NewEncoder(ask), answers: json.NewDecoder(said)}
}

// A clock that is set wrong is found to be so, whichever way and however far.
func TestStewardTellsTheTime(t *testing.T) {
	for _, ahead := range []time.Duration{0, 3 * time.Second, -3 * time.Second, 24 * time.Hour} {
		s := peer(t, func(in io.Reader, out io.Writer) error {
			return steward(t.TempDir(), in, out, func() time.Time { return time.Now().Add(ahead) })
		})
		if said, err := s.answer(t.Context(), "make a folder"); err != nil || said.Folder == "" {
			t.Fatalf("%+v, %v", said, err)
		}
		began := time.Now()
		got, err := s.clock(clockExchanges)
		took := time.Since(began)
		if err != nil || got.Exchanges != clockExchanges {
			t.Fatalf("%+v, %v", got, err)
		}
		if missed := (got.Offset - ahead).Abs(); missed > got.Uncertainty || got.Uncertainty > took/(2*clockExchanges)+1 { // half of the shortest exchange
			t.Errorf("a clock that is %v ahead is said to be by %v ± %v, by exchanges that took %v", ahead, got.Offset, got.Uncertainty, took)
		}
	}
}

// What is no answer says nothing of a clock, and is the host's failure.
func TestClockIsNotTold(t *testing.T) {
	answering := func(answer string) func(io.Reader, io.Writer) error {
		return func(in io.Reader, out io.Writer) error {
			questions := json.NewDecoder(in)
			for {
				var question stewardQuestion
				if err := questions.Decode(&question); err != nil {
					return nil // the test is over
				}
				if !question.Clock {
					return errors.New("it was asked something else than the time")
				}
				if _, err := io.WriteString(out, answer); err != nil {
					return nil
				}
			}
		}
	}
	for name, test := range map[string]struct {
		play func(io.Reader, io.Writer) error
		want string
	}{
		"it has ended":           {func(io.Reader, io.Writer) error { return nil }, "board"},
		"another answer":         {answering(`{"observed":{}}` + "\n"), "did not answer what it was asked"},
		"an error":               {answering(`{"error":"no clock"}` + "\n"), "no clock"},
		"held for a year":        {answering(`{"clock":{"received":"2026-01-01T00:00:00Z","answered":"2027-01-01T00:00:00Z"}}` + "\n"), links.ErrNoExchange.Error()},
		"answered before it was": {answering(`{"clock":{"received":"2027-01-01T00:00:00Z","answered":"2026-01-01T00:00:00Z"}}` + "\n"), links.ErrNoExchange.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := peer(t, test.play).clock(3)
			if target := new(hosts.TargetError); !errors.As(err, &target) || target.Host != "board" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// clockedSite is a scripted place with links and the clock of a host, which it cannot tell the second time.
type clockedSite struct {
	*linkedSite
	told int
}

func (s *clockedSite) LookAtClocks() []results.ClockLook {
	s.told++
	if s.told == 2 {
		return []results.ClockLook{{Host: "board", Failure: "no answer"}}
	}
	return []results.ClockLook{{Host: "board", Estimated: &links.ClockOffset{Offset: time.Second}}}
}

// Clocks are looked at before the first run and after the last, not between; a clock that nobody tells is no end of the campaign.
func TestClocksAreLookedAt(t *testing.T) {
	s, r := &clockedSite{linkedSite: &linkedSite{site: &site{}}}, &record{}
	c := plan(s.site, r, "hybrid-0", "hybrid-1", "hybrid-2", "hybrid-3")
	c.Site = s
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var looks []results.ClockLook
	for _, event := range r.events {
		if event.Clock != nil {
			looks = append(looks, *event.Clock)
		}
	}
	if diff := cmp.Diff([]results.ClockLook{
		{Host: "board", When: results.Before, Estimated: &links.ClockOffset{Offset: time.Second}},
		{Host: "board", When: results.After, Runs: 4, Failure: "no answer"},
	}, looks); diff != "" {
		t.Error(diff)
	}
	if ended := r.ended(t); ended.Reason != results.EndComplete {
		t.Errorf("%+v", ended)
	}
}
