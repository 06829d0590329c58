package authority

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that a test moves by hand.
type clock struct {
	mutex sync.Mutex
	time  time.Time
}

func newClock() *clock { return &clock{time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.time = c.time.Add(d)
}

func mustIssue(t *testing.T, n *nonces) [32]byte {
	t.Helper()
	value, err := n.issue()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestNonceIsTakenOnce(t *testing.T) {
	n := newNonces(time.Minute, 4, newClock().now)
	value := mustIssue(t, n)
	if !n.take(value) {
		t.Error("a fresh nonce was refused")
	}
	if n.take(value) {
		t.Error("a used nonce was taken again")
	}
	if n.take([32]byte{1}) {
		t.Error("a nonce from elsewhere was taken")
	}
}

func TestNonceLivesItsLifetime(t *testing.T) {
	clock := newClock()
	n := newNonces(time.Minute, 4, clock.now)
	inTime, late := mustIssue(t, n), mustIssue(t, n)
	clock.advance(time.Minute - time.Nanosecond)
	if !n.take(inTime) {
		t.Error("refused just before its time was up")
	}
	clock.advance(time.Nanosecond)
	if n.take(late) {
		t.Error("taken when its time was up")
	}
}

func TestNoncesAreBoundedAndExpiredOnesMakeRoom(t *testing.T) {
	clock := newClock()
	n := newNonces(time.Minute, 2, clock.now)
	first := mustIssue(t, n)
	clock.advance(30 * time.Second)
	second := mustIssue(t, n)
	if _, err := n.issue(); !errors.Is(err, errTooManyNonces) {
		t.Errorf("third of two: got %v", err)
	}
	clock.advance(30 * time.Second) // first has expired, second has not
	third := mustIssue(t, n)
	if n.take(first) {
		t.Error("the expired nonce was taken")
	}
	if !n.take(second) || !n.take(third) {
		t.Error("a living nonce was given up for a new one")
	}
	if n.order.Len() != 0 || len(n.held) != 0 {
		t.Errorf("left behind: %d in order, %d held", n.order.Len(), len(n.held))
	}
}

func TestNonceIsTakenOnceUnderConcurrency(t *testing.T) {
	n := newNonces(time.Minute, 1000, time.Now)
	var values [100][32]byte
	var issuing sync.WaitGroup
	for i := range values {
		issuing.Go(func() { values[i], _ = n.issue() })
	}
	issuing.Wait()
	distinct := map[[32]byte]bool{}
	var taken atomic.Int64
	var taking sync.WaitGroup
	for _, value := range values {
		distinct[value] = true
		for range 8 {
			taking.Go(func() {
				if n.take(value) {
					taken.Add(1)
				}
			})
		}
	}
	taking.Wait()
	if len(distinct) != len(values) || taken.Load() != int64(len(values)) {
		t.Errorf("%d nonces issued, %d distinct, taken %d times by 8 takers each", len(values), len(distinct), taken.Load())
	}
}
