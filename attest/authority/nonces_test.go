package authority

import (
	"fmt"
	"net/netip"
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

var (
	here      = netip.MustParsePrefix("127.0.0.1/32")
	elsewhere = netip.MustParsePrefix("192.0.2.1/32")
)

func TestNonceIsTakenOnce(t *testing.T) {
	n := newNonces(time.Minute, 4, newClock().now)
	value := n.issue(here)
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
	inTime, late := n.issue(here), n.issue(here)
	clock.advance(time.Minute - time.Nanosecond)
	if !n.take(inTime) {
		t.Error("refused just before its time was up")
	}
	clock.advance(time.Nanosecond)
	if n.take(late) {
		t.Error("taken when its time was up")
	}
}

func (n *nonces) wantNothingLeft(t *testing.T) {
	t.Helper()
	if n.order.Len() != 0 || len(n.held) != 0 || len(n.byNetwork) != 0 {
		t.Errorf("left behind: %d in order, %d held, %d networks", n.order.Len(), len(n.held), len(n.byNetwork))
	}
}

func TestExpiredNoncesAreForgotten(t *testing.T) {
	clock := newClock()
	n := newNonces(time.Minute, 4, clock.now)
	first := n.issue(here)
	clock.advance(30 * time.Second)
	second := n.issue(here)
	clock.advance(30 * time.Second) // first has expired, second has not
	third := n.issue(here)
	if len(n.held) != 2 || n.take(first) {
		t.Errorf("the expired nonce is among %d held, or was taken", len(n.held))
	}
	if !n.take(second) || !n.take(third) {
		t.Error("a living nonce was given up with room for another")
	}
	n.wantNothingLeft(t)
}

// TestFloodOfNoncesLetsOthersStart asks for far more than are held, from one network, while a start elsewhere and one beside the flood are
// under way.
func TestFloodOfNoncesLetsOthersStart(t *testing.T) {
	const most = 64
	n := newNonces(time.Minute, most, newClock().now)
	other := n.issue(elsewhere)
	for range 10 * most {
		n.issue(here)
		if len(n.held) > most || n.byNetwork[here].Len() > most/2 {
			t.Fatalf("%d are held, %d of one network", len(n.held), n.byNetwork[here].Len())
		}
	}
	if !n.take(other) {
		t.Error("the flood of one network used up another's nonce")
	}
	beside := n.issue(here)
	for range most/2 - 1 { // what a start has time for
		n.issue(here)
	}
	if !n.take(beside) {
		t.Error("a young nonce was given up beside a flood")
	}
	old := n.issue(here)
	for range most / 2 {
		n.issue(here)
	}
	if n.take(old) {
		t.Error("a network holds more than half of all")
	}
}

// TestFloodFromManyNetworks fills all there is.
func TestFloodFromManyNetworks(t *testing.T) {
	const most = 64
	n := newNonces(time.Minute, most, newClock().now)
	flood := func(times int) {
		for i := range times {
			n.issue(networkOf(fmt.Sprintf("192.0.2.%d:1", i)))
		}
	}
	flood(2 * most)
	young := n.issue(here)
	flood(most - 1)
	if len(n.held) != most || !n.take(young) {
		t.Errorf("%d are held of at most %d, or a young one was given up for an older one", len(n.held), most)
	}
}

func TestNetworkOf(t *testing.T) {
	for remote, want := range map[string]string{
		"127.0.0.1:80":              "127.0.0.1/32",
		"[::ffff:127.0.0.1]:80":     "127.0.0.1/32",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":         "fe80::/64",
		"@":                         "invalid Prefix",
	} {
		if got := networkOf(remote).String(); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestNonceIsTakenOnceUnderConcurrency(t *testing.T) {
	n := newNonces(time.Minute, 1000, time.Now)
	var values [100][32]byte
	var issuing sync.WaitGroup
	for i := range values {
		issuing.Go(func() { values[i] = n.issue(here) })
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
