package links

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// target carries out serve on each connection, which it closes at the test's end at the latest.
func target(t *testing.T, serve func(*net.TCPConn)) string {
	t.Helper()
	listener := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer connection.Close()
				defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
				serve(connection.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		all.Wait()
	})
	return listener.Addr().String()
}

// echo sends back what it reads, to the end.
func echo(connection *net.TCPConn) {
	if _, err := io.Copy(connection, connection); err == nil {
		_ = connection.CloseWrite()
	}
}

// responder is where Serve is.
func responder(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return listener.Addr().String()
}

func emulate(t *testing.T, link Link, target string) *Emulated {
	t.Helper()
	emulated, err := Emulate(t.Context(), link, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := emulated.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return emulated
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	// Bounds a test that would hang; nothing here takes a tenth of it.
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return connection.(*net.TCPConn)
}

// mustEcho sends a few bytes and reads them back.
func mustEcho(t *testing.T, connection net.Conn) {
	t.Helper()
	if _, err := connection.Write([]byte("there")); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, 5)
	if _, err := io.ReadFull(connection, back); err != nil || string(back) != "there" {
		t.Fatalf("got %q, %v back", back, err)
	}
}

// mustBeReset reads until the connection ends, which must not look orderly.
func mustBeReset(t *testing.T, connection net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, connection)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the connection ended with %v, not with a reset", err)
	}
}

// mustBeRefused connects to where a connection is reset at once, which may be before it is known to
// be there.
func mustBeRefused(t *testing.T, address string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("connecting ended with %v, not with a reset", err)
		}
		return
	}
	defer connection.Close()
	mustBeReset(t, connection)
}

// nowhere is where nobody listens: tcpmux's port, which the system gives to none that asks for a free one.
const nowhere = "127.0.0.1:1"

// eventually has something looked at again and again until it is as it must be. A machine that is busy makes a link slower, so once is
// enough for what is not to take long; a link that is at fault is so each time.
func eventually(t *testing.T, look func() error) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		err := look()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("for a minute: %v", err)
		}
		t.Logf("again, since %v", err)
	}
}

func mustMeasureEmulated(t *testing.T, e *Emulated, m Measurement) Measured {
	t.Helper()
	measured, err := e.Measure(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return measured
}

func mustMeasure(t *testing.T, address string, m Measurement) Measured {
	t.Helper()
	measured, err := Measure(t.Context(), address, m)
	if err != nil {
		t.Fatal(err)
	}
	return measured
}
