package links

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoExchange is wrapped when no exchange says anything of a clock.
var ErrNoExchange = errors.New("no exchange with the other clock can be used")

// ClockExchange is a question and its answer, with the times at which they left
// and arrived: T1 to T4 of NTP.
type ClockExchange struct {
	// Asked and Heard are of the clock here. A reading of the monotonic clock in
	// both has a step of the wall clock between them without effect.
	Asked, Heard time.Time
	// Received and Answered are of the other clock.
	Received, Answered time.Time
}

// roundTrip is how long question and answer were under way: NTP's delay. Each
// clock is subtracted from itself alone.
func (e ClockExchange) roundTrip() time.Duration {
	return e.heard().Sub(e.Asked) - e.Answered.Sub(e.Received)
}

// heard is when the answer arrived, by the clock here as it went when the question
// left.
func (e ClockExchange) heard() time.Time { return e.Asked.Add(e.Heard.Sub(e.Asked)) }

// offset is NTP's: ((T2 − T1) + (T3 − T4)) / 2.
func (e ClockExchange) offset() time.Duration {
	// Without the monotonic readings, which another clock cannot be compared with.
	there, back := e.Received.Sub(e.Asked.Round(0)), e.Answered.Sub(e.heard().Round(0))
	return there/2 + back/2 + (there%2+back%2)/2
}

// ClockOffset is by how much a clock is ahead of the one here, estimated. It is for
// ordering what was logged, and for no measurement.
type ClockOffset struct {
	// At is when the exchange that it is from began, by the clock here.
	At time.Time `json:"at"`
	// Offset is the other clock's time less this one's, ns: negative where it is
	// behind.
	Offset time.Duration `json:"offset_ns"`
	// Uncertainty is half of RoundTrip, ns: the offset was not farther away, however
	// unlike the ways there and back were, while neither clock was set.
	Uncertainty time.Duration `json:"uncertainty_ns"`
	// RoundTrip is how long question and answer of that exchange were under way, ns.
	RoundTrip time.Duration `json:"round_trip_ns"`
	// Exchanges that could be used.
	Exchanges int `json:"exchanges"`
}

// EstimateOffset estimates a clock's offset by the exchange that was under way for
// the least time, since that one leaves the least room for ways of unlike length
// (Cristian, "Probabilistic clock synchronization", 1989); the offset is NTP's (RFC
// 5905, section 8). Exchanges in which a clock went backwards, or the other end
// claims to have had the question for longer than the answer took, are left out. An
// error, ErrNoExchange, says that none is left.
func EstimateOffset(exchanges []ClockExchange) (ClockOffset, error) {
	var best ClockOffset
	for _, e := range exchanges {
		trip := e.roundTrip()
		if trip < 0 || e.heard().Before(e.Asked) || e.Answered.Before(e.Received) {
			continue
		}
		if best.Exchanges == 0 || trip < best.RoundTrip {
			best.At, best.Offset, best.RoundTrip = e.Asked.Round(0), e.offset(), trip
		}
		best.Exchanges++
	}
	if best.Exchanges == 0 {
		return ClockOffset{}, fmt.Errorf("%w, of %d", ErrNoExchange, len(exchanges))
	}
	best.Uncertainty = (best.RoundTrip + 1) / 2 // Rounded up: it is a bound.
	return best, nil
}
