package links

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What is sent over a stalled link arrives when it is up again, ends of connections too, and nobody
// is told before.
func TestStalledAndRestored(t *testing.T) {
	t.Parallel()
	emulated := emulate(t, Link{RTT: 2 * time.Millisecond, Bandwidth: 80 * Mbit}, target(t, echo))
	before, ending := dial(t, emulated.Address()), dial(t, emulated.Address())
	mustEcho(t, before)
	mustEcho(t, ending)
	emulated.Stall()
	emulated.Stall() // A link can be stalled once.
	during := dial(t, emulated.Address())
	sent := map[*net.TCPConn]string{before: "later", ending: "", during: "later"}
	for connection, text := range sent {
		_, err := connection.Write([]byte(text))
		if err := errors.Join(err, connection.CloseWrite()); err != nil {
			t.Fatal(err)
		}
		// A hundred round trips, after which an answer would be there.
		if err := connection.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := connection.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("over a stalled link came %d bytes, %v", n, err)
		}
	}
	emulated.Up()
	for connection, text := range sent {
		if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(connection); err != nil || string(got) != text {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	mustEcho(t, dial(t, emulated.Address()))
}

// A stalled link can be cut and closed, with data under way and at their end.
func TestStalledAndEnded(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Emulated){
		"down":  (*Emulated).Down,
		"close": func(e *Emulated) { _ = e.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emulated := emulate(t, Link{}, target(t, echo))
			emulated.Stall()
			writing, closed := dial(t, emulated.Address()), dial(t, emulated.Address())
			ended := fill(writing)
			if err := closed.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			waitForPairs(t, emulated, 2)
			end(emulated)
			if err := <-ended; err == nil {
				t.Error("a stalled link took 64 MiB")
			}
			mustBeReset(t, closed)
			waitForPairs(t, emulated, 0)
		})
	}
}

// slowest would need 18 hours for what fill sends.
var slowest = Link{RTT: 2 * time.Millisecond, Bandwidth: 8 * Kbit}

// fill writes until the connection ends, and says how.
func fill(connection net.Conn) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := connection.Write(make([]byte, 64<<20))
		ended <- err
	}()
	return ended
}

func TestCutAndRestored(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]Link{
		"nothing": {},
		"delay":   {RTT: 10 * time.Millisecond},
		"both":    {RTT: 10 * time.Millisecond, Bandwidth: 80 * Mbit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emulated := emulate(t, link, target(t, echo))
			for range 3 {
				address := emulated.Address()
				connection := dial(t, address)
				mustEcho(t, connection)
				emulated.Down()
				mustBeReset(t, connection)
				mustBeRefused(t, address)
				emulated.Up()
				if emulated.Address() != address {
					t.Errorf("the address was %s and is %s", address, emulated.Address())
				}
			}
			mustEcho(t, dial(t, emulated.Address()))
		})
	}
}

// Data under way, both ways, keep no connection from ending, however slow the link: without being
// interrupted, the chunk that is in the bottleneck alone would take 16 s.
func TestEndsWithDataUnderWay(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Emulated){
		"down":  (*Emulated).Down,
		"close": func(e *Emulated) { _ = e.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, atTarget := make(chan error, 1), make(chan error, 1)
			emulated := emulate(t, slowest, target(t, func(c *net.TCPConn) {
				writing := fill(c)
				_, err := c.Read(make([]byte, 1))
				first <- err
				_, err = io.Copy(io.Discard, c)
				atTarget <- errors.Join(err, <-writing)
			}))
			connection := dial(t, emulated.Address())
			writing := fill(connection)
			_, err := connection.Read(make([]byte, 1))
			if err := errors.Join(err, <-first); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			end(emulated)
			if took := time.Since(began); took > 14*time.Second {
				t.Errorf("ending took %v", took)
			}
			// Reading or writing, whichever is first, is told.
			_, err = io.Copy(io.Discard, connection)
			if err := errors.Join(err, <-writing); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the client's connection ended with %v, not with a reset", err)
			}
			if err := <-atTarget; !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the target's connection ended with %v, not with a reset", err)
			}
			waitForPairs(t, emulated, 0)
		})
	}
}

// waitForPairs waits until so many connections are carried; the test's own time limit bounds it.
func waitForPairs(t *testing.T, e *Emulated, want int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		e.mutex.Lock()
		got := len(e.pairs)
		e.mutex.Unlock()
		if got == want {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("%d connections are carried, not %d", got, want)
		case <-tick.C:
		}
	}
}

// A connection that one end aborts is aborted at the other.
func TestAbortIsPassedOn(t *testing.T) {
	t.Parallel()
	link := Link{RTT: 10 * time.Millisecond, Bandwidth: 80 * Mbit}
	t.Run("by the client", func(t *testing.T) {
		t.Parallel()
		atTarget := make(chan error, 1)
		emulated := emulate(t, link, target(t, func(c *net.TCPConn) {
			_, err := io.Copy(io.Discard, c)
			atTarget <- err
		}))
		connection := dial(t, emulated.Address())
		waitForPairs(t, emulated, 1)
		abort(connection)
		if err := <-atTarget; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the target's connection ended with %v", err)
		}
		waitForPairs(t, emulated, 0)
	})
	t.Run("by the target", func(t *testing.T) {
		t.Parallel()
		emulated := emulate(t, link, target(t, abort))
		mustBeRefused(t, emulated.Address())
		waitForPairs(t, emulated, 0)
	})
}

// Connecting, cutting and closing at once leave nothing behind: goleak and the race detector look.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	emulated := emulate(t, Link{RTT: 2 * time.Millisecond, Bandwidth: 80 * Mbit}, target(t, echo))
	address := emulated.Address()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				connection, err := net.Dial("tcp", address)
				if err != nil {
					continue // It is cut or closed.
				}
				_, _ = connection.Write(make([]byte, 100_000))
				_, _ = io.ReadFull(connection, make([]byte, 1000))
				_ = connection.Close()
			}
		})
	}
	all.Go(func() {
		for range 10 {
			emulated.Down()
			emulated.Stall()
			emulated.Up()
		}
	})
	for range 2 {
		all.Go(func() {
			if err := emulated.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
	}
	all.Wait()
	emulated.Up()
	// Its port may be another's by now, so it is not called.
	if err := emulated.listener.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed link accepts connections: %v", err)
	}
}

// What came before an answer arrives, the answer does not; another connection, and every later one, knows nothing of it.
func TestAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, link := range []Link{{}, {RTT: 20 * time.Millisecond}, {RTT: 20 * time.Millisecond, Bandwidth: 20 * Mbit}} {
		emulated := emulate(t, link, target(t, echo))
		connection, other := dial(t, emulated.Address()), dial(t, emulated.Address())
		mustEcho(t, other)
		var done atomic.Bool
		lost := emulated.LoseAnswer(done.Load)
		mustEcho(t, connection)
		select {
		case <-lost:
			t.Fatal("an answer was lost before anything was done")
		default:
		}
		done.Store(true)
		if _, err := connection.Write([]byte("asked")); err != nil {
			t.Fatal(err)
		}
		<-lost
		if n, err := io.Copy(io.Discard, connection); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%d bytes of an answer that is lost came, then %v", n, err)
		}
		mustEcho(t, other)
		mustEcho(t, dial(t, emulated.Address()))
	}
}
