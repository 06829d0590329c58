package links

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMeasureBareLoopback(t *testing.T) {
	t.Parallel()
	measured := mustMeasure(t, responder(t), Measurement{RoundTrips: 50, Transfer: MinimumTransfer})
	r := measured.RoundTrip
	if r.Count != 50 || r.Minimum <= 0 || r.Minimum > r.LowerQuartile || r.LowerQuartile > r.Median || r.Median > r.UpperQuartile || r.UpperQuartile > r.Maximum {
		t.Errorf("round trips are %+v", r)
	}
	for _, transfer := range []Transfer{measured.Up, measured.Down} {
		if transfer.Took <= 0 || transfer.Bytes <= 0 || transfer.Bytes >= MinimumTransfer || transfer.Bandwidth() <= 0 {
			t.Errorf("of %d bytes, %+v were counted", int64(MinimumTransfer), transfer)
		}
	}
	if measured.Connect <= 0 || measured.At.IsZero() || time.Since(measured.At) < measured.Connect {
		t.Errorf("connected at %v within %v", measured.At, measured.Connect)
	}
}

// Quartiles of 1 to 4: R's quantile(1:4, c(.25, .5, .75)) is 1.75, 2.5, 3.25.
func TestRoundTripsAreSummarized(t *testing.T) {
	got, err := summarize([]float64{4000, 1000, 3000, 2000})
	want := RoundTrips{Count: 4, Minimum: 1000, LowerQuartile: 1750, Median: 2500, UpperQuartile: 3250, Maximum: 4000}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	one, err := summarize([]float64{7})
	if want := (RoundTrips{1, 7, 7, 7, 7, 7}); err != nil || one != want {
		t.Errorf("of one: got %+v, %v", one, err)
	}
}

func TestTransferBandwidth(t *testing.T) {
	for _, test := range []struct {
		transfer Transfer
		want     Bandwidth
	}{
		{Transfer{Bytes: 1_000_000, Took: time.Second}, 8 * Mbit},
		{Transfer{Bytes: MaximumTransfer, Took: time.Millisecond}, 2147483648000},
		{Transfer{Bytes: 1}, 0},
		{Transfer{}, 0},
	} {
		if got := test.transfer.Bandwidth(); got != test.want {
			t.Errorf("%+v: got %d, want %d", test.transfer, got, test.want)
		}
	}
}

// A record says units and which kind of link it was, and is read back as it was.
func TestMeasuredIsARecord(t *testing.T) {
	link := Link{RTT: time.Millisecond, Bandwidth: Mbit}
	want := Measured{
		At: time.Unix(1, 0).UTC(), Emulated: true, Asked: &link, Connect: 3,
		RoundTrip: RoundTrips{1, 2, 3, 4, 5, 6}, Up: Transfer{7, 8}, Down: Transfer{9, 10},
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"emulated":true`, `"rtt_ns":1000000`, `"bandwidth_bits_per_second":1000000`, `"connect_ns":3`, `"median_ns":4`, `"took_ns":8`} {
		if !bytes.Contains(text, []byte(part)) {
			t.Errorf("%s has no %s", text, part)
		}
	}
	var got Measured
	if err := json.Unmarshal(text, &got); err != nil || !cmp.Equal(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestMeasureRefuses(t *testing.T) {
	for _, m := range []Measurement{
		{RoundTrips: -1},
		{RoundTrips: MaximumRoundTrips + 1},
		{Transfer: MinimumTransfer - 1},
		{Transfer: MaximumTransfer + 1},
	} {
		if _, err := Measure(t.Context(), "127.0.0.1:1", m); err == nil || !strings.Contains(err.Error(), "not from") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestMeasureWhatDoesNotMeasure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		serve func(*net.TCPConn)
		want  error
	}{
		{"another program", func(c *net.TCPConn) {
			_, _ = io.ReadFull(c, make([]byte, len(greeting)))
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}, ErrNotResponder},
		{"silence", func(c *net.TCPConn) { _, _ = io.ReadFull(c, make([]byte, len(greeting))) }, io.EOF},
		{"an end after the greeting", func(c *net.TCPConn) {
			_, _ = io.CopyN(c, c, int64(len(greeting)))
			_, _ = io.ReadFull(c, make([]byte, frameSize))
		}, io.EOF},
		{"a wrong echo", func(c *net.TCPConn) {
			_, _ = io.CopyN(c, c, int64(len(greeting)))
			_, _ = io.ReadFull(c, make([]byte, frameSize))
			_, _ = c.Write(frame(askEcho, 1<<63))
			_, _ = io.Copy(io.Discard, c)
		}, ErrNotResponder},
		{"more counted than sent", func(c *net.TCPConn) {
			_, _ = io.CopyN(c, c, int64(len(greeting)+frameSize))
			_, _ = io.CopyN(io.Discard, c, frameSize+MinimumTransfer)
			_, _ = c.Write(bytes.Repeat([]byte{1}, 16))
			_, _ = io.Copy(io.Discard, c)
		}, ErrNotResponder},
		{"an end in a transfer", func(c *net.TCPConn) {
			_, _ = io.CopyN(c, c, int64(len(greeting)+frameSize))
			_, _ = io.CopyN(io.Discard, c, frameSize+MinimumTransfer)
			_, _ = c.Write(make([]byte, 16))
			_, _ = io.ReadFull(c, make([]byte, frameSize))
			_, _ = c.Write(make([]byte, 1000))
		}, io.ErrUnexpectedEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Measure(t.Context(), target(t, test.serve), Measurement{RoundTrips: 1, Transfer: MinimumTransfer})
			if !errors.Is(err, test.want) || got != (Measured{}) {
				t.Errorf("got %+v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// The context ends a measurement that waits, and is the error that is reported.
func TestMeasureEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	far := target(t, func(c *net.TCPConn) {
		_, _ = io.CopyN(c, c, int64(len(greeting)))
		cancel() // The round trip waits by now, or soon.
		_, _ = io.Copy(io.Discard, c)
	})
	if _, err := Measure(ctx, far, Measurement{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A link that is cut in a measurement ends it.
func TestMeasureOverALinkThatIsCut(t *testing.T) {
	t.Parallel()
	emulated := emulate(t, slowest, responder(t))
	failed := make(chan error, 1)
	go func() {
		_, err := emulated.Measure(t.Context(), Measurement{})
		failed <- err
	}()
	waitForPairs(t, emulated, 1)
	emulated.Down()
	if err := <-failed; err == nil {
		t.Error("a link that was cut was measured")
	}
}

func TestResponderRefuses(t *testing.T) {
	t.Parallel()
	far := responder(t)
	for name, said := range map[string][]byte{
		"another greeting":  []byte("GET / HTTP/1.1\r\n\r\n"),
		"another request":   append(bytes.Clone(greeting), frame('X', 1)...),
		"too much to send":  append(bytes.Clone(greeting), frame(askSend, MaximumTransfer+1)...),
		"too much to read":  append(bytes.Clone(greeting), frame(askReceive, 1<<63)...),
		"less than a frame": append(bytes.Clone(greeting), 'E'),
	} {
		connection := dial(t, far)
		if _, err := connection.Write(said); err != nil {
			t.Fatal(err)
		}
		if name == "less than a frame" { // All others it ends itself.
			if err := connection.CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		// It may end by a reset, as bytes of ours are unread.
		if got, _ := io.ReadAll(connection); len(got) > len(greeting) {
			t.Errorf("%s: answered with %d bytes", name, len(got))
		}
	}
	mustMeasure(t, far, Measurement{RoundTrips: 1})
}

// More clients than are served at once wait, and each is served.
func TestResponderServesManyInTurn(t *testing.T) {
	t.Parallel()
	far := responder(t)
	failed := make(chan error)
	for range 3 * maximumMeasurements {
		go func() {
			_, err := Measure(t.Context(), far, Measurement{RoundTrips: 2, Transfer: MinimumTransfer})
			failed <- err
		}()
	}
	for range 3 * maximumMeasurements {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

func TestServeEnds(t *testing.T) {
	t.Parallel()
	t.Run("with its context, and every connection with it", func(t *testing.T) {
		listener := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Serve(ctx, listener) }()
		connection := dial(t, listener.Addr().String())
		if err := greet(connection); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := connection.Read(make([]byte, 1)); err == nil {
			t.Error("a connection outlived it")
		}
	})
	t.Run("with its listener", func(t *testing.T) {
		listener := listen(t)
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// Any TCP server will do: nothing is sent to it, and no bandwidth is measured.
func TestMeasureHandshakes(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan int, 1)
	go func() {
		all := 0
		for {
			connection, err := listener.Accept()
			if err != nil {
				sent <- all
				return
			}
			text, _ := io.ReadAll(connection)
			all += len(text)
			connection.Close()
		}
	}()
	measured, err := MeasureHandshakes(t.Context(), listener.Addr().String(), Measurement{RoundTrips: 7})
	if err != nil {
		t.Fatal(err)
	}
	r := measured.RoundTrip
	if !measured.Handshakes || measured.Emulated || r.Count != 7 || r.Minimum <= 0 || r.Minimum > r.Median || r.Median > r.Maximum || measured.Connect < r.Minimum {
		t.Errorf("measured %+v", measured)
	}
	text, err := json.Marshal(measured)
	if err != nil || bytes.Contains(text, []byte(`"up"`)) || bytes.Contains(text, []byte(`"down"`)) {
		t.Errorf("what was not measured is in the record: %s, %v", text, err)
	}
	listener.Close()
	if n := <-sent; n != 0 {
		t.Errorf("%d bytes were sent", n)
	}
	if _, err := MeasureHandshakes(t.Context(), nowhere, Measurement{}); err == nil || !strings.Contains(err.Error(), "measure the link to "+nowhere) {
		t.Errorf("where nobody listens: %v", err)
	}
	for _, address := range []string{"localhost", "nowhere.invalid:1"} {
		if _, err := MeasureHandshakes(t.Context(), address, Measurement{}); err == nil {
			t.Errorf("%s was measured", address)
		}
	}
	if _, err := MeasureHandshakes(t.Context(), nowhere, Measurement{RoundTrips: -1}); err == nil {
		t.Error("less than one round trip was measured")
	}
}
