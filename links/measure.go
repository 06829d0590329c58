package links

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/montanaflynn/stats"
)

// ErrNotResponder is wrapped when what answered is not Serve.
var ErrNotResponder = errors.New("the other end does not measure links")

// Limits of a measurement.
const (
	MaximumRoundTrips = 10_000
	// MinimumTransfer is so large that it cannot arrive in one piece.
	MinimumTransfer = 256 << 10
)

// Measurement says how much is measured.
type Measurement struct {
	// RoundTrips is how many are timed, from 1 to MaximumRoundTrips; 0 is 21.
	RoundTrips int
	// Transfer is how many bytes are sent each way, from MinimumTransfer to
	// MaximumTransfer; 0 is 1 MiB.
	Transfer int64
	// Emulated is the link that the address emulates, nil for a real one. It is
	// recorded, not used; Emulated.Measure fills it in.
	Emulated *Link
}

// Measured is what a link did when it was looked at. Durations are of one
// monotonic clock each: no clocks of two hosts are subtracted.
type Measured struct {
	// At is when the measurement began.
	At time.Time `json:"at"`
	// Emulated is whether the link is emulated, and Asked what the emulator was
	// asked for, nil for a real one. Every figure of a link says which it was.
	Emulated bool  `json:"emulated"`
	Asked    *Link `json:"asked,omitempty"`
	// Connect is how long the TCP handshake took: about a round trip on a real link;
	// an emulated one does not delay it.
	Connect time.Duration `json:"connect_ns"`
	// RoundTrip is that of 9 bytes on the connection that is there; of TCP handshakes
	// where Handshakes is true.
	RoundTrip  RoundTrips `json:"round_trip"`
	Handshakes bool       `json:"handshakes,omitempty"`
	// Up is from here to the far end, Down the other way; absent where the far end
	// measures nothing.
	Up   Transfer `json:"up,omitzero"`
	Down Transfer `json:"down,omitzero"`
}

// RoundTrips summarizes round trips; quartiles are of Hyndman and Fan's type 7.
type RoundTrips struct {
	Count         int           `json:"count"`
	Minimum       time.Duration `json:"minimum_ns"`
	LowerQuartile time.Duration `json:"lower_quartile_ns"`
	Median        time.Duration `json:"median_ns"`
	UpperQuartile time.Duration `json:"upper_quartile_ns"`
	Maximum       time.Duration `json:"maximum_ns"`
}

// Transfer is what the receiver counted of a transfer on one TCP connection: the
// bytes after the first piece, and the time since that piece. On a real link the
// time has the connection's slow start in it.
type Transfer struct {
	Bytes int64         `json:"bytes"`
	Took  time.Duration `json:"took_ns"`
}

// Bandwidth is what went through: bytes of TCP's payload, in bits per second; 0
// when nothing was counted.
func (t Transfer) Bandwidth() Bandwidth {
	if t.Took <= 0 {
		return 0
	}
	return Bandwidth(float64(8*t.Bytes) / t.Took.Seconds())
}

func (m Measurement) withDefaults() (Measurement, error) {
	if m.RoundTrips == 0 {
		m.RoundTrips = 21
	}
	if m.Transfer == 0 {
		m.Transfer = 1 << 20
	}
	switch {
	case m.RoundTrips < 1 || m.RoundTrips > MaximumRoundTrips:
		return m, fmt.Errorf("%d round trips are not from 1 to %d", m.RoundTrips, MaximumRoundTrips)
	case m.Transfer < MinimumTransfer || m.Transfer > MaximumTransfer:
		return m, fmt.Errorf("a transfer of %d bytes is not from %d to %d", m.Transfer, int64(MinimumTransfer), int64(MaximumTransfer))
	}
	return m, nil
}

// Measure measures the link to an address where Serve is, over TCP as it is. The
// context bounds all of it; a link on which nothing moves for 30 s is given up.
func Measure(ctx context.Context, address string, m Measurement) (Measured, error) {
	measured, err := measure(ctx, address, m)
	if ctx.Err() != nil {
		err = ctx.Err() // It closed the connection: what that looked like says less.
	}
	if err != nil {
		return Measured{}, fmt.Errorf("measure the link to %s: %w", address, err)
	}
	return measured, nil
}

// MeasureHandshakes measures the link to any TCP server by connecting to it: a
// connection is there after one round trip (RFC 9293, section 3.5). Nothing is sent,
// so there is no bandwidth. A host's name is looked up before.
func MeasureHandshakes(ctx context.Context, address string, m Measurement) (Measured, error) {
	measured, err := handshakes(ctx, address, m)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return Measured{}, fmt.Errorf("measure the link to %s: %w", address, err)
	}
	return measured, nil
}

func handshakes(ctx context.Context, address string, m Measurement) (Measured, error) {
	m, err := m.withDefaults()
	if err != nil {
		return Measured{}, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return Measured{}, err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return Measured{}, err
	}
	measured := Measured{At: time.Now(), Handshakes: true}
	dialer := &net.Dialer{Timeout: idleLimit}
	var took []float64
	for range m.RoundTrips {
		began := time.Now()
		connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(found[0].Unmap().String(), port))
		if err != nil {
			return Measured{}, err
		}
		took = append(took, float64(time.Since(began)))
		_ = connection.Close() // nothing was sent on it
	}
	measured.Connect = time.Duration(took[0])
	measured.RoundTrip, err = summarize(took)
	return measured, err
}

// Measure measures the emulated link, whose target is where Serve is.
func (e *Emulated) Measure(ctx context.Context, m Measurement) (Measured, error) {
	m.Emulated = &e.link
	return Measure(ctx, e.Address(), m)
}

func measure(ctx context.Context, address string, m Measurement) (Measured, error) {
	m, err := m.withDefaults()
	if err != nil {
		return Measured{}, err
	}
	measured := Measured{At: time.Now()}
	if m.Emulated != nil {
		asked := *m.Emulated
		measured.Emulated, measured.Asked = true, &asked
	}
	connection, err := (&net.Dialer{Timeout: idleLimit}).DialContext(ctx, "tcp", address)
	if err != nil {
		return Measured{}, err
	}
	measured.Connect = time.Since(measured.At)
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	far := moving{connection}
	if err := greet(far); err != nil {
		return Measured{}, err
	}
	if measured.RoundTrip, err = roundTrips(far, m.RoundTrips); err != nil {
		return Measured{}, fmt.Errorf("round trips: %w", err)
	}
	if measured.Up, err = upload(far, m.Transfer); err != nil {
		return Measured{}, fmt.Errorf("transfer to the far end: %w", err)
	}
	if measured.Down, err = download(far, m.Transfer); err != nil {
		return Measured{}, fmt.Errorf("transfer from the far end: %w", err)
	}
	return measured, nil
}

// greet makes sure that the far end is Serve, and is the round trip that is not
// counted: what is done once, such as the far connection of an emulated link, is
// in it.
func greet(far io.ReadWriter) error {
	if _, err := far.Write(greeting); err != nil {
		return err
	}
	said := make([]byte, len(greeting))
	n, err := io.ReadFull(far, said)
	if !bytes.HasPrefix(greeting, said[:n]) {
		return fmt.Errorf("%w: it says %q", ErrNotResponder, said[:n])
	}
	if err != nil {
		return fmt.Errorf("it does not answer: %w", err)
	}
	return nil
}

func roundTrips(far io.ReadWriter, count int) (RoundTrips, error) {
	took := make([]float64, 0, count)
	reply := make([]byte, frameSize)
	for i := range count {
		asked := frame(askEcho, uint64(i))
		began := time.Now()
		if _, err := far.Write(asked); err != nil {
			return RoundTrips{}, err
		}
		if _, err := io.ReadFull(far, reply); err != nil {
			return RoundTrips{}, err
		}
		took = append(took, float64(time.Since(began)))
		if !bytes.Equal(reply, asked) {
			return RoundTrips{}, fmt.Errorf("%w: echo %x of %x", ErrNotResponder, reply, asked)
		}
	}
	return summarize(took)
}

func summarize(took []float64) (RoundTrips, error) {
	r := RoundTrips{Count: len(took), Minimum: time.Duration(slices.Min(took)), Maximum: time.Duration(slices.Max(took))}
	for percent, to := range map[float64]*time.Duration{25: &r.LowerQuartile, 50: &r.Median, 75: &r.UpperQuartile} {
		value, err := stats.Percentile(took, percent)
		if err != nil {
			return RoundTrips{}, err
		}
		*to = time.Duration(value)
	}
	return r, nil
}

func upload(far io.ReadWriter, size int64) (Transfer, error) {
	if _, err := far.Write(frame(askReceive, uint64(size))); err != nil {
		return Transfer{}, err
	}
	if err := send(far, size); err != nil {
		return Transfer{}, err
	}
	reply := make([]byte, 16)
	if _, err := io.ReadFull(far, reply); err != nil {
		return Transfer{}, err
	}
	bytes, took := binary.BigEndian.Uint64(reply), binary.BigEndian.Uint64(reply[8:])
	if bytes > uint64(size) || time.Duration(took) < 0 {
		return Transfer{}, fmt.Errorf("%w: %d bytes in %d ns of %d", ErrNotResponder, bytes, took, size)
	}
	return Transfer{Bytes: int64(bytes), Took: time.Duration(took)}, nil
}

func download(far io.ReadWriter, size int64) (Transfer, error) {
	if _, err := far.Write(frame(askSend, uint64(size))); err != nil {
		return Transfer{}, err
	}
	return receive(far, size)
}
