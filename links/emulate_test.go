package links

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/log"
)

// Data, of one connection and of many at once, need the round trip; the handshake does not.
func TestDataAreDelayedAndTheHandshakeIsNot(t *testing.T) {
	t.Parallel()
	const asked = 40 * time.Millisecond
	far := responder(t)
	emulated := emulate(t, Link{RTT: asked}, far)
	var bare, slow Measured
	eventually(t, func() error {
		bare, slow = mustMeasure(t, far, Measurement{}), mustMeasureEmulated(t, emulated, Measurement{})
		if slow.RoundTrip.Minimum < asked {
			t.Fatalf("round trips of %v are %+v", asked, slow.RoundTrip)
		}
		if slow.RoundTrip.Median > 10*asked || bare.RoundTrip.Minimum > slow.RoundTrip.Minimum/4 {
			return fmt.Errorf("round trips of %v are %+v, without the link %+v", asked, slow.RoundTrip, bare.RoundTrip)
		}
		return nil
	})
	t.Logf("bare: connect %v, %+v; emulated: connect %v, %+v", bare.Connect, bare.RoundTrip, slow.Connect, slow.RoundTrip)
	if bare.Emulated || bare.Asked != nil || !slow.Emulated || slow.Asked == nil || *slow.Asked != emulated.Link() {
		t.Errorf("the records do not say which link was emulated: %+v and %+v", bare, slow)
	}
}

func TestHandshakeIsNotDelayed(t *testing.T) {
	t.Parallel()
	const asked = 2 * time.Second
	emulated := emulate(t, Link{RTT: asked}, target(t, echo))
	eventually(t, func() error {
		began := time.Now()
		dial(t, emulated.Address())
		if took := time.Since(began); took > asked/2 {
			return fmt.Errorf("a connection took %v over a link of %v", took, asked)
		}
		return nil
	})
}

// Each connection has the delay of its own data: ten at once take no longer than one.
func TestConnectionsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	const asked = 200 * time.Millisecond
	emulated := emulate(t, Link{RTT: asked}, target(t, echo))
	eventually(t, func() error {
		began := time.Now()
		var all []net.Conn
		for range 20 {
			connection := dial(t, emulated.Address())
			if _, err := connection.Write([]byte("there")); err != nil {
				t.Fatal(err)
			}
			all = append(all, connection)
		}
		for _, connection := range all {
			if _, err := io.ReadFull(connection, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(began)
		if took < asked {
			t.Fatalf("20 connections at once took %v over a link of %v", took, asked)
		}
		if took > 10*asked {
			return fmt.Errorf("20 connections at once took %v over a link of %v", took, asked)
		}
		return nil
	})
}

func TestJitterSpreadsRoundTrips(t *testing.T) {
	t.Parallel()
	link := Link{RTT: 40 * time.Millisecond, Jitter: 30 * time.Millisecond}
	emulated := emulate(t, link, responder(t))
	eventually(t, func() error {
		measured := mustMeasureEmulated(t, emulated, Measurement{RoundTrips: 50})
		t.Logf("%v: %+v", link, measured.RoundTrip)
		if measured.RoundTrip.Minimum < link.RTT-link.Jitter {
			t.Fatalf("%v: a round trip of %v", link, measured.RoundTrip.Minimum)
		}
		if measured.RoundTrip.Minimum >= link.RTT {
			return fmt.Errorf("%v: no round trip of 50 was shorter than without jitter", link)
		}
		if spread := measured.RoundTrip.UpperQuartile - measured.RoundTrip.LowerQuartile; spread < link.Jitter/10 {
			return fmt.Errorf("%v: the middle half of round trips is within %v", link, spread)
		}
		return nil
	})
}

func TestBandwidthIsLimitedInBothDirections(t *testing.T) {
	t.Parallel()
	far := responder(t)
	for _, test := range []struct {
		asked    Bandwidth
		transfer int64 // about a second's
	}{{8 * Mbit, 1 << 20}, {40 * Mbit, 5 << 20}} {
		t.Run(test.asked.String(), func(t *testing.T) {
			t.Parallel()
			emulated := emulate(t, Link{RTT: 10 * time.Millisecond, Bandwidth: test.asked}, far)
			// After a pause of the machine, the link makes up for it: what it was asked for is of a transfer without one.
			eventually(t, func() error {
				measured := mustMeasureEmulated(t, emulated, Measurement{RoundTrips: 1, Transfer: test.transfer})
				up, down := measured.Up.Bandwidth(), measured.Down.Bandwidth()
				t.Logf("%v: up %v, down %v", test.asked, up, down)
				if min(up, down) < test.asked/10 || max(up, down) > 2*test.asked {
					return fmt.Errorf("up %v, down %v of %v", up, down, test.asked)
				}
				return nil
			})
		})
	}
	// The limits are the link's: without it, the best of transfers are faster.
	var up, down Bandwidth
	eventually(t, func() error {
		bare := mustMeasure(t, far, Measurement{RoundTrips: 1})
		up, down = max(up, bare.Up.Bandwidth()), max(down, bare.Down.Bandwidth())
		if up < 80*Mbit || down < 80*Mbit {
			return fmt.Errorf("without a link, up %v, down %v", up, down)
		}
		return nil
	})
}

// A chunk is on its way after it has gone through the bottleneck: 16 KiB at 800 kbit/s take 164 ms,
// to which 100 ms of each direction are added.
func TestThrottlingAndDelayAddUp(t *testing.T) {
	t.Parallel()
	link := Link{RTT: 200 * time.Millisecond, Bandwidth: 800 * Kbit}
	connection := dial(t, emulate(t, link, target(t, func(c *net.TCPConn) {
		if _, err := io.CopyN(io.Discard, c, chunkSize); err == nil {
			_, _ = c.Write([]byte{1})
		}
		_, _ = io.Copy(io.Discard, c)
	})).Address())
	began := time.Now()
	if _, err := connection.Write(make([]byte, chunkSize)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(connection, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if took, least := time.Since(began), 360*time.Millisecond; took < least {
		t.Errorf("16 KiB there and a byte back took %v, less than %v", took, least)
	}
}

// A sender learns that a link is slow: only buffers of the two connections take data ahead, beside what the link may have carried.
func TestSenderDoesNotRunAhead(t *testing.T) {
	t.Parallel()
	connection := dial(t, emulate(t, Link{RTT: 100 * time.Millisecond, Bandwidth: 8 * Mbit}, target(t, echo)).Address())
	began := time.Now()
	if err := connection.SetWriteDeadline(began.Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	taken, err := connection.Write(make([]byte, 64<<20))
	took := time.Since(began)
	if carried := int(took.Seconds() * 1e6); !errors.Is(err, os.ErrDeadlineExceeded) || taken > 24<<20+carried {
		t.Errorf("a link of 8 Mbit/s took %d bytes within %v, then %v", taken, took, err)
	}
}

func TestDataArriveWhole(t *testing.T) {
	t.Parallel()
	link := Link{RTT: 20 * time.Millisecond, Jitter: 6 * time.Millisecond, Bandwidth: 200 * Mbit}
	connection := dial(t, emulate(t, link, target(t, echo)).Address())
	sent := make([]byte, 16<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(sent) // Never fails.
	failed := make(chan error, 1)
	go func() {
		_, err := connection.Write(sent)
		failed <- errors.Join(err, connection.CloseWrite())
	}()
	sum := sha256.New()
	n, err := io.Copy(sum, connection)
	if err := errors.Join(err, <-failed); err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(sent); n != int64(len(sent)) || !bytes.Equal(sum.Sum(nil), want[:]) {
		t.Errorf("of %d bytes, %d came back, or others", len(sent), n)
	}
}

// A client that has said all still gets its answer, after the server has seen the end.
func TestHalfAConnectionCanBeClosed(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]Link{
		"nothing":   {},
		"delay":     {RTT: 30 * time.Millisecond},
		"bandwidth": {Bandwidth: 80 * Mbit},
		"both":      {RTT: 31 * time.Millisecond, Jitter: 9 * time.Millisecond, Bandwidth: 80 * Mbit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := target(t, func(c *net.TCPConn) {
				all, err := io.ReadAll(c)
				if err == nil && string(all) == "everything" {
					_, _ = c.Write(bytes.Repeat([]byte("answer"), 50_000))
				}
			})
			connection := dial(t, emulate(t, link, far).Address())
			_, err := connection.Write([]byte("everything"))
			if err := errors.Join(err, connection.CloseWrite()); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(connection)
			if err != nil || len(got) != 6*50_000 {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestTLSPassesThrough(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	emulated := emulate(t, Link{RTT: 20 * time.Millisecond, Bandwidth: 80 * Mbit}, strings.TrimPrefix(server.URL, "https://"))
	client := server.Client()
	defer client.CloseIdleConnections()
	began := time.Now()
	reply, err := client.Post("https://"+emulated.Address(), "text/plain", strings.NewReader("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil || string(body) != "sealed" {
		t.Errorf("got %q, %v", body, err)
	}
	// One round trip for TLS 1.3, one for the request.
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("a first request took %v", took)
	}
}

func TestTargetThatIsNotThere(t *testing.T) {
	t.Parallel()
	emulated := emulate(t, Link{RTT: 10 * time.Millisecond}, nowhere)
	mustBeRefused(t, emulated.Address())
	if _, err := emulated.Measure(t.Context(), Measurement{}); err == nil {
		t.Error("a link to nothing was measured")
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		target string
		link   Link
		fault  string
	}{
		{"192.0.2.1:80", Link{}, ErrNotLoopback.Error()},
		{"[2001:db8::1]:80", Link{}, ErrNotLoopback.Error()},
		{"0.0.0.0:80", Link{}, ErrNotLoopback.Error()},
		{"localhost:80", Link{}, "is not IP:PORT"},
		{"127.0.0.1", Link{}, "is not IP:PORT"},
		{"127.0.0.1:0", Link{}, "port 0"},
		{"127.0.0.1:80", Link{RTT: -1}, "rtt -1ns"},
	} {
		emulated, err := Emulate(t.Context(), test.link, test.target)
		if err == nil {
			_ = emulated.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: got %v, want %q", test.target, err, test.fault)
		}
	}
}

// Standard error is for people: what toxiproxy notes on its inner life is not for them.
func TestNothingIsLogged(t *testing.T) {
	if level := log.Logger.GetLevel(); level != zerolog.Disabled {
		t.Errorf("toxiproxy logs from level %v", level)
	}
}
