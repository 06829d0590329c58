package launcher

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"eaibench/internal/endpoint"
)

// Pauses double, and chance shortens each by at most a half.
func TestPauseBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		repeat := rapid.IntRange(0, mostRepeats-1).Draw(t, "repeat")
		part := rapid.Float64Range(0, 1).Draw(t, "part")
		whole := pauseBefore(repeat, 0)
		if whole != firstPause<<repeat {
			t.Fatalf("the whole pause before repeat %d is %v", repeat, whole)
		}
		if got := pauseBefore(repeat, part); got < whole/2 || got > whole {
			t.Fatalf("%v is not from %v to %v", got, whole/2, whole)
		}
	})
}

func TestPersist(t *testing.T) {
	broken := &endpoint.Unreachable{Address: "https://a", Err: errors.New("reset")}
	refused := endpoint.NewFault(403, "no")
	for _, test := range []struct {
		name    string
		fails   int // how often the connection breaks
		then    error
		repeats int
		want    error
		asked   int
	}{
		{"answered", 0, nil, 0, nil, 1},
		{"refused", 0, refused, 0, refused, 1},
		{"broken once", 1, nil, 1, nil, 2},
		{"broken, then refused", 2, refused, 2, refused, 3},
		{"broken as often as can be", mostRepeats, nil, mostRepeats, nil, mostRepeats + 1},
		{"broken for good", 100, nil, mostRepeats, broken, mostRepeats + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, began := 0, time.Now()
				repeats, first, err := persist(t.Context(), func() error {
					if asked++; asked <= test.fails {
						return broken
					}
					return test.then
				})
				if repeats != test.repeats || !errors.Is(err, test.want) || (test.want == nil) != (err == nil) || asked != test.asked {
					t.Errorf("asked %d times, %d repeats, %v", asked, repeats, err)
				}
				if (first != nil) != (test.fails > 0) {
					t.Errorf("first wrong was %v", first)
				}
				if waited := time.Since(began); waited > 3200*time.Millisecond || test.fails >= mostRepeats && waited < 1500*time.Millisecond {
					t.Errorf("it waited %v", waited)
				}
			})
		})
	}
}

// Who gives up while a pause lasts is not kept waiting.
func TestPersistIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		repeats, _, err := persist(ctx, func() error { return &endpoint.Unreachable{Address: "https://a", Err: errors.New("reset")} })
		if waited := time.Since(began); repeats != 0 || err == nil || waited != time.Millisecond {
			t.Errorf("%d repeats, %v after %v", repeats, err, waited)
		}
	})
}

func TestRepeatedText(t *testing.T) {
	for _, test := range []struct {
		repeated Repeated
		want     string
	}{
		{Repeated{Request: 2, Operation: "write", Service: "taxi", Times: 1, Reason: "EOF"}, "request 2, write to service taxi: sent again, since the connection broke: EOF"},
		{Repeated{Operation: "read", Service: "store", Times: 3, Reason: "reset"}, "request 0, read to service store: sent 3 times more, since the connection broke: reset"},
	} {
		if got := test.repeated.String(); got != test.want {
			t.Errorf("got %s", got)
		}
	}
}
