package links

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// exchange takes so long there, is held and takes so long back; the other clock is ahead by offset.
func exchange(asked time.Time, offset, there, held, back time.Duration) ClockExchange {
	received := asked.Add(there + offset)
	return ClockExchange{Asked: asked, Received: received, Answered: received.Add(held), Heard: asked.Add(there + held + back)}
}

func TestEstimateOffset(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		exchanges []ClockExchange
		want      ClockOffset
	}{
		{"alike", []ClockExchange{exchange(noon, 0, ms, 0, ms)}, ClockOffset{noon, 0, ms, 2 * ms, 1}},
		{"ahead", []ClockExchange{exchange(noon, 3*time.Second, ms, 5*ms, ms)}, ClockOffset{noon, 3 * time.Second, ms, 2 * ms, 1}},
		{"behind", []ClockExchange{exchange(noon, -time.Hour, ms, 0, ms)}, ClockOffset{noon, -time.Hour, ms, 2 * ms, 1}},
		{"all of the delay there", []ClockExchange{exchange(noon, 0, 10*ms, 0, 0)}, ClockOffset{noon, 5 * ms, 5 * ms, 10 * ms, 1}},
		{"all of the delay back", []ClockExchange{exchange(noon, 0, 0, 0, 10*ms)}, ClockOffset{noon, -5 * ms, 5 * ms, 10 * ms, 1}},
		{
			"the shortest of several counts",
			[]ClockExchange{exchange(noon, 0, 50*ms, 0, ms), exchange(noon.Add(time.Second), 0, ms, 0, 2*ms), exchange(noon.Add(2*time.Second), 0, ms, 0, 9*ms)},
			ClockOffset{noon.Add(time.Second), -ms / 2, 3 * ms / 2, 3 * ms, 3},
		},
		{"an uncertainty is rounded up", []ClockExchange{exchange(noon, 0, 3, 0, 0)}, ClockOffset{noon, 1, 2, 3, 1}},
		{
			"what cannot be is left out",
			[]ClockExchange{
				{Asked: noon, Received: noon, Answered: noon.Add(time.Second), Heard: noon.Add(ms)},       // held for longer than it took
				{Asked: noon, Received: noon, Answered: noon.Add(-time.Second), Heard: noon.Add(ms)},      // that clock was set back
				{Asked: noon, Received: noon, Answered: noon.Add(-2 * time.Second), Heard: noon.Add(-ms)}, // both were
				exchange(noon, time.Second, 20*ms, 0, 20*ms),
			},
			ClockOffset{noon, time.Second, 20 * ms, 40 * ms, 1},
		},
	} {
		got, err := EstimateOffset(test.exchanges)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
	for name, exchanges := range map[string][]ClockExchange{
		"none": nil, "none that can be": {{Asked: noon, Received: noon, Answered: noon, Heard: noon.Add(-time.Second)}},
	} {
		if got, err := EstimateOffset(exchanges); !errors.Is(err, ErrNoExchange) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Whatever the ways were, the true offset is within the uncertainty of the estimate, and that is no larger than half of any round trip.
func TestEstimatedOffsetHolds(t *testing.T) {
	span := func(t *rapid.T, most time.Duration, what string) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, what))
	}
	rapid.Check(t, func(t *rapid.T) {
		offset := span(t, 100*time.Hour, "offset") - 50*time.Hour
		var exchanges []ClockExchange
		least := time.Hour
		for range rapid.IntRange(1, 8).Draw(t, "exchanges") {
			there, held, back := span(t, time.Second, "there"), span(t, time.Second, "held"), span(t, time.Second, "back")
			exchanges = append(exchanges, exchange(noon, offset, there, held, back))
			least = min(least, there+back)
		}
		got, err := EstimateOffset(exchanges)
		if err != nil || got.RoundTrip != least || got.Exchanges != len(exchanges) {
			t.Fatalf("%+v, %v; the least round trip is %v", got, err, least)
		}
		if missed := (got.Offset - offset).Abs(); missed > got.Uncertainty || got.Uncertainty > least/2+1 {
			t.Fatalf("%+v misses %v by %v", got, offset, missed)
		}
	})
}

// Times as time.Now gives them: how long an answer took is of the monotonic clock, and the other end's times have none.
func TestOffsetOfMonotonicTimes(t *testing.T) {
	asked := time.Now()
	received := asked.Round(0).Add(2 * time.Second)
	heard := time.Now()
	// The two clocks are read one after the other: what comes between makes them differ.
	apart := (heard.Sub(asked) - heard.Round(0).Sub(asked.Round(0))).Abs()
	got, err := EstimateOffset([]ClockExchange{{Asked: asked, Received: received, Answered: received, Heard: heard}})
	if err != nil || got.RoundTrip != heard.Sub(asked) || (got.Offset-2*time.Second).Abs() > got.Uncertainty+apart {
		t.Errorf("%+v, %v; under way for %v", got, err, heard.Sub(asked))
	}
	if got.At != asked.Round(0) {
		t.Errorf("at %v, not %v", got.At, asked)
	}
}
