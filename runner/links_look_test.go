package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/links"
	"eaibench/results"
)

// linkedSite is a scripted place with one link, which it cannot measure the second time.
type linkedSite struct {
	*site
	looked int
	meddle func()
}

func (s *linkedSite) MeasureLinks(_ context.Context, m links.Measurement) []results.LinkLook {
	s.looked++
	s.asked = append(s.asked, fmt.Sprintf("measure %d", m.RoundTrips))
	if s.meddle != nil {
		s.meddle()
	}
	look := results.LinkLook{Between: [2]string{"toronto", "ijui"}, Emulated: true}
	if s.looked == 2 {
		look.Failure = "no answer"
	} else {
		look.Measured = &links.Measured{Emulated: true}
	}
	return []results.LinkLook{look}
}

// Links are measured before the first run, when half of the runs are done, and after the last; a link that cannot be measured is
// no end of the campaign.
func TestLinksAreMeasuredBetweenRuns(t *testing.T) {
	s, r := &linkedSite{site: &site{}}, &record{}
	c := plan(s.site, r, "hybrid-0", "hybrid-1", "hybrid-2", "hybrid-3")
	c.Site = s
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	measured := slices.DeleteFunc(slices.Clone(s.asked), func(asked string) bool { return asked == "reset" })
	want := []string{
		"measure 0", "compile hybrid", "execute hybrid-0", "execute hybrid-1", "measure 5", "execute hybrid-2", "execute hybrid-3", "measure 0",
	}
	if diff := cmp.Diff(want, measured); diff != "" {
		t.Error(diff)
	}
	var looks []results.LinkLook
	for _, event := range r.events {
		if event.Link != nil {
			looks = append(looks, *event.Link)
		}
	}
	between := [2]string{"toronto", "ijui"}
	if diff := cmp.Diff([]results.LinkLook{
		{Between: between, When: results.Before, Emulated: true, Measured: &links.Measured{Emulated: true}},
		{Between: between, When: results.Between, Runs: 2, Emulated: true, Failure: "no answer"},
		{Between: between, When: results.After, Runs: 4, Emulated: true, Measured: &links.Measured{Emulated: true}},
	}, looks); diff != "" {
		t.Error(diff)
	}
	if ended := r.ended(t); ended.Reason != results.EndComplete {
		t.Errorf("%+v", ended)
	}
}

// A campaign that is given up while its links are measured notes nothing of them, and can be resumed.
func TestMeasuringLinksIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the launcher is gone")
	s, r := &linkedSite{site: &site{}, meddle: func() { cancel(gone) }}, &record{}
	c := plan(s.site, r, "hybrid-0")
	c.Site = s
	if _, err := c.Run(ctx); !errors.Is(err, gone) {
		t.Fatalf("got %v", err)
	}
	if slices.ContainsFunc(r.events, func(e results.Event) bool { return e.Link != nil }) || len(r.runs) > 0 {
		t.Errorf("noted are %+v", r.events)
	}
	if ended := r.ended(t); ended.Reason.Final() {
		t.Errorf("%+v", ended)
	}
}

// A run whose requests were sent again does not count: what it timed has the waiting in it.
func TestRunWithABrokenLink(t *testing.T) {
	broken := launcher.Repeated{Request: 1, Operation: "write", Service: "taxi", Times: 2, Reason: "EOF"}
	for _, test := range []struct {
		repeated []launcher.Repeated
		besides  int64 // that are not listed
		more     string
	}{
		{[]launcher.Repeated{broken}, 0, ""},
		{[]launcher.Repeated{broken, broken}, 0, "; and 1 more"},
		{[]launcher.Repeated{broken}, 3, "; and 3 more"},
		{[]launcher.Repeated{broken, broken}, 3, "; and 4 more"},
	} {
		s, r := &site{}, &record{}
		s.execute = func(_ string, result *launcher.RunResult) error {
			result.Repeated, result.RepeatedMore = test.repeated, test.besides
			return nil
		}
		outcome, err := plan(s, r, "hybrid-0").Run(t.Context())
		want := "hybrid-0 invalid link: request 1, write to service taxi: sent 2 times more, since the connection broke: EOF" + test.more
		if err != nil || outcome[bench.Invalid] != 1 || r.endings()[0] != want {
			t.Errorf("%v, %v: %q", outcome, err, r.endings())
		}
	}
}
