package links

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// greeting is what both ends of a measurement say first, so that neither takes
// another program for its counterpart. The number is the protocol's version.
var greeting = []byte("eaibench link 1\n")

// What a frame, one such byte and 64 bits in network order, asks the far end for.
const (
	askEcho    = 'E' // the frame back
	askReceive = 'R' // to read so many bytes; answered by what a meter counted: bytes, nanoseconds
	askSend    = 'S' // to send so many bytes
)

const (
	frameSize = 9
	// MaximumTransfer is how many bytes one request may have sent, each way.
	MaximumTransfer = 256 << 20
	// idleLimit ends a measurement in which nothing moved for so long.
	idleLimit = 30 * time.Second
	// maximumMeasurements is how many are served at once; others wait.
	maximumMeasurements = 16
)

func frame(ask byte, value uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{ask}, value)
}

// moving sets a connection's deadline anew with each read and write that moves
// something.
type moving struct{ net.Conn }

func (m moving) Read(p []byte) (int, error) {
	if err := m.SetReadDeadline(time.Now().Add(idleLimit)); err != nil {
		return 0, err
	}
	return m.Conn.Read(p)
}

// Write writes piece by piece, each with a deadline of its own.
func (m moving) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if err := m.SetWriteDeadline(time.Now().Add(idleLimit)); err != nil {
			return written, err
		}
		n, err := m.Conn.Write(p[:min(len(p), chunkSize)])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// Serve is the far end of measurements: it echoes, receives and sends on the
// listener's connections until the context ends, and then closes all and returns
// nil; any other end is an error. It serves whoever connects, at most
// MaximumTransfer bytes for a request: listen where only the harness connects.
func Serve(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil) // before waiting for all
	slots := make(chan struct{}, maximumMeasurements)
	for {
		connection, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("serve measurements on %v: %w", listener.Addr(), err)
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
			defer stop()
			defer connection.Close()
			// What goes wrong on one connection is told to its client by the end.
			_ = answer(moving{connection})
		})
	}
}

// answer carries out what one client asks for, until it ends the connection.
func answer(connection io.ReadWriter) error {
	said := make([]byte, len(greeting))
	if _, err := io.ReadFull(connection, said); err != nil {
		return err
	}
	if !bytes.Equal(said, greeting) {
		return ErrNotResponder
	}
	if _, err := connection.Write(greeting); err != nil {
		return err
	}
	asked := make([]byte, frameSize)
	for {
		if _, err := io.ReadFull(connection, asked); err != nil {
			return err
		}
		size := binary.BigEndian.Uint64(asked[1:])
		if asked[0] != askEcho && size > MaximumTransfer {
			return fmt.Errorf("%d bytes are more than %d", size, int64(MaximumTransfer))
		}
		reply, err := asked, error(nil)
		switch asked[0] {
		case askEcho:
		case askReceive:
			var counted Transfer
			counted, err = receive(connection, int64(size))
			reply = binary.BigEndian.AppendUint64(nil, uint64(counted.Bytes))
			reply = binary.BigEndian.AppendUint64(reply, uint64(counted.Took))
		case askSend:
			reply = nil
			err = send(connection, int64(size))
		default:
			err = fmt.Errorf("%q is not a request", asked[0])
		}
		if err != nil {
			return err
		}
		if _, err := connection.Write(reply); err != nil {
			return err
		}
	}
}

// send writes so many bytes. They are all alike: nothing on the way compresses.
func send(to io.Writer, size int64) error {
	data := make([]byte, chunkSize)
	for size > 0 {
		n, err := to.Write(data[:min(size, chunkSize)])
		if err != nil {
			return err
		}
		size -= int64(n)
	}
	return nil
}

// receive reads so many bytes and counts those after the first piece, from the
// moment that one is there: the delay of the way does not count. The clock is the
// receiver's own.
func receive(from io.Reader, size int64) (Transfer, error) {
	data := make([]byte, 2*chunkSize)
	var began time.Time
	counted := Transfer{}
	for first := true; size > 0; first = false {
		n, err := from.Read(data[:min(size, int64(len(data)))])
		size -= int64(n)
		switch {
		case err != nil && size > 0 && errors.Is(err, io.EOF):
			return Transfer{}, io.ErrUnexpectedEOF
		case err != nil && size > 0:
			return Transfer{}, err
		case first:
			began = time.Now()
		default:
			counted.Bytes += int64(n)
			counted.Took = time.Since(began)
		}
	}
	return counted, nil
}
