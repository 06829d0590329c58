package runner

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
)

// done makes runs of the plan such as a record had them when the eaibench before was interrupted.
func done(c *Campaign, status bench.Status, source string, ids ...string) {
	for _, planned := range c.Runs {
		if slices.Contains(ids, planned.ID) {
			c.Done = append(c.Done, bench.Run{PlannedRun: planned, Status: status, SourceSHA256: source})
		}
	}
}

// What is done is not repeated, and counts; each mode with a run left is compiled anew.
func TestCampaignResumes(t *testing.T) {
	s, r := &site{}, &record{}
	c := plan(s, r, "hybrid-0", "purecap-0", "hybrid-1", "hybrid-2")
	done(c, bench.Failed, "5f", "hybrid-0")
	done(c, bench.OK, "5f", "purecap-0", "hybrid-2")
	var began []string
	var told []Progress
	c.Begin = func(run bench.PlannedRun) { began = append(began, run.ID) }
	c.Progress = func(p Progress) { told = append(told, p) }
	outcome, err := c.Run(t.Context())
	if diff := cmp.Diff(Outcome{bench.OK: 3, bench.Failed: 1}, outcome); err != nil || diff != "" {
		t.Errorf("%v, outcome (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"compile hybrid", "reset", "execute hybrid-1"}, s.asked); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(began, []string{"hybrid-1"}) || len(told) != 1 || told[0].Done != 4 || told[0].Planned != 4 {
		t.Errorf("began %v, told %+v", began, told)
	}
	// Its samples have the compilation that happened.
	if first := r.samples["hybrid-1"][0]; first.Metric != "compile" {
		t.Errorf("the first sample is %+v", first)
	}
}

// Runs of two sources are not put into one campaign: it ends before a run of the other is kept.
func TestCampaignOfAnotherSourceIsNotResumed(t *testing.T) {
	s, r := &site{}, &record{}
	c := plan(s, r, "hybrid-0", "hybrid-1")
	done(c, bench.OK, "77", "hybrid-0")
	_, err := c.Run(t.Context())
	if !errors.Is(err, ErrProgramChanged) || !strings.Contains(err.Error(), "SHA-256 5f, theirs 77") {
		t.Errorf("got %v", err)
	}
	if len(r.runs) > 0 || !slices.Equal(s.asked, []string{"compile hybrid"}) {
		t.Errorf("kept %v after %v", r.endings(), s.asked)
	}
}

// Asked to stop, a campaign ends the run under way, keeps it, and begins no other.
func TestCampaignStopsAfterTheRunInHand(t *testing.T) {
	for _, test := range []struct {
		during string
		kept   []string
		want   error
	}{
		{"hybrid-0", []string{"hybrid-0 ok"}, ErrStopped},
		{"hybrid-1", []string{"hybrid-0 ok", "hybrid-1 ok"}, ErrStopped},
		{"hybrid-2", []string{"hybrid-0 ok", "hybrid-1 ok", "hybrid-2 ok"}, nil}, // it was the last: nothing was left out
	} {
		r, stop := &record{}, make(chan struct{})
		c := plan(&site{}, r, "hybrid-0", "hybrid-1", "hybrid-2")
		c.Stop = stop
		c.Begin = func(run bench.PlannedRun) {
			if run.ID == test.during {
				close(stop)
			}
		}
		outcome, err := c.Run(t.Context())
		if !errors.Is(err, test.want) || outcome[bench.OK] != len(test.kept) {
			t.Errorf("during %s: got %v, %v", test.during, outcome, err)
		}
		if diff := cmp.Diff(test.kept, r.endings()); diff != "" {
			t.Errorf("during %s: %s", test.during, diff)
		}
	}
}
