package launcher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// How often and when a request is sent again when its connection broke: pauses that double, each cut short by a random part of up
// to a half, so that those whose link broke at the same time do not come back at the same time (Brooker, "Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015: equal jitter). All pauses together are 1.6 to 3.2 s.
const (
	mostRepeats  = 6
	firstPause   = 50 * time.Millisecond
	pauseDoubled = 2
)

// pauseBefore is how long to wait before a repeat, counted from 0; part, 0 to 1, is what of the pause is left to chance.
func pauseBefore(repeat int, part float64) time.Duration {
	whole := firstPause
	for range repeat {
		whole *= pauseDoubled
	}
	return whole - time.Duration(part*float64(whole)/2)
}

// Repeated says that an operation's request was sent again, since its connection broke: the service has its effect once, and what
// was timed has the waiting in it.
type Repeated struct {
	Request   int              `json:"request"`
	Operation attest.Operation `json:"operation"`
	Service   string           `json:"service"`
	Times     int              `json:"times"`  // sent again, from 1
	Reason    string           `json:"reason"` // what became of the connection first
}

// String says it for people.
func (r Repeated) String() string {
	times := "again"
	if r.Times > 1 {
		times = fmt.Sprintf("%d times more", r.Times)
	}
	return fmt.Sprintf("request %d, %s to service %s: sent %s, since the connection broke: %s", r.Request, r.Operation, r.Service, times, r.Reason)
}

// persist asks, and asks again while no answer comes, as often as is safe: of what is asked, to ask twice must have the effect of
// asking once. It gives how often it asked again and what was wrong first.
func persist(ctx context.Context, ask func() error) (repeats int, first, err error) {
	for {
		err := ask()
		var unreachable *endpoint.Unreachable
		if !errors.As(err, &unreachable) {
			return repeats, first, err
		}
		if first == nil {
			first = unreachable.Err
		}
		if repeats == mostRepeats {
			return repeats, first, err
		}
		select {
		case <-ctx.Done():
			return repeats, first, err
		case <-time.After(pauseBefore(repeats, rand.Float64())):
		}
		repeats++
	}
}

// ask asks the service, again where no answer comes. Which service gave none, and how often it was asked, is in the ending.
func (s *service) ask(ctx context.Context, method, path string, in, out any) (repeats int, first, err error) {
	repeats, first, err = persist(ctx, func() error { return s.client.Do(ctx, method, path, in, out) })
	if err == nil {
		return repeats, first, nil
	}
	ending := endingOf("service "+s.id, s.client.Address(), err)
	if ending.Cause == Unreachable && repeats > 0 {
		ending.Reason = fmt.Sprintf("%s It was asked %d times; first: %v", ending.Reason, repeats+1, first)
	}
	return repeats, first, ending
}

// send carries a sealed request to its service. When the connection breaks the same bytes are sent again: the service recognises
// them by their sequence number and has their effect once.
func (s *service) send(ctx context.Context, path string, request *attest.SealedRequest) (reply *attest.SealedReply, repeats int, first, err error) {
	reply = new(attest.SealedReply)
	repeats, first, err = s.ask(ctx, http.MethodPost, path, request, reply)
	if err != nil {
		return nil, repeats, first, err
	}
	return reply, repeats, first, nil
}
