package hoststest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"eaibench/hosts"
)

// many runs more commands at once than one SSH connection carries by itself.
func (s suite) many(t *testing.T) {
	const count = 20
	var all sync.WaitGroup
	gate, err := s.host.Start(s.context(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Stdout().Close()
	for i := range count {
		all.Go(func() {
			process, err := s.host.Start(s.context(t), hosts.Command{Args: []string{"/bin/sh", "-c", fmt.Sprintf("read line; exit %d", i)}, Pipes: true})
			if err != nil {
				t.Error(err)
				return
			}
			defer process.Stdout().Close()
			if err := process.Stdin().Close(); err != nil {
				t.Error(err)
			}
			if exit, err := process.Wait(); err != nil || exit.Code != i {
				t.Errorf("command %d: %v, %v", i, exit, err)
			}
		})
	}
	all.Wait()
	if err := gate.Stdin().Close(); err != nil {
		t.Error(err)
	}
	if exit := wait(t, gate); !exit.OK() {
		t.Error(exit)
	}
}

// echo answers on a loopback port with what it was sent, once that has ended.
func echo(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer connection.Close()
				if text, err := io.ReadAll(connection); err == nil {
					_, _ = connection.Write(text) // Who asks sees what is missing.
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	return listener.Addr().String()
}

// forward forwards a port of the host to a server here, and a port here to that one, so
// that it needs no server on the host; the one or the other is closed first.
func (s suite) forward(t *testing.T) {
	forwarder, ok := s.host.(hosts.Forwarder)
	if !ok {
		return // It is none of what every host can do.
	}
	for name, choose := range map[string]func(there, back hosts.Forwarding) hosts.Forwarding{
		"forward":      func(there, _ hosts.Forwarding) hosts.Forwarding { return there },
		"forward back": func(_, back hosts.Forwarding) hosts.Forwarding { return back },
	} {
		t.Run(name, func(t *testing.T) {
			back, err := forwarder.ForwardBack(s.context(t), echo(t))
			if err != nil {
				t.Fatal(err)
			}
			defer back.Close()
			there, err := forwarder.Forward(s.context(t), back.Address())
			if err != nil {
				t.Fatal(err)
			}
			defer there.Close()
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() {
					if err := ask(there.Address(), bytes.Repeat([]byte{byte(i)}, 3_000_000)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			forwardingEnds(t, there.Address(), choose(there, back))
		})
	}
	for name, forward := range map[string]func(context.Context, string) (hosts.Forwarding, error){
		"forward": forwarder.Forward, "forward back": forwarder.ForwardBack,
	} {
		for _, address := range []string{"", "127.0.0.1", "127.0.0.1:0", ":80", "127.0.0.1:many", "127.0.0.1:70000"} {
			var fault *hosts.HarnessError
			if _, err := forward(s.context(t), address); !errors.As(err, &fault) {
				t.Errorf("%s, address %q: %v, want a HarnessError", name, address, err)
			}
		}
	}
}

// forwardingEnds closes a forwarding on the way from an address to a server.
func forwardingEnds(t *testing.T, address string, forwarding hosts.Forwarding) {
	t.Helper()
	held, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := forwarding.Close(); err != nil {
		t.Error(err)
	}
	if n, err := held.Read(make([]byte, 1)); err == nil {
		t.Errorf("a connection goes on after the end: %d bytes", n)
	}
	<-forwarding.Done()
	if err := ask(address, []byte("late")); err == nil {
		t.Error("the server is reached after the end")
	}
	if address == forwarding.Address() {
		if late, err := net.Dial("tcp", address); err == nil {
			late.Close()
			t.Error("the port is open after the end")
		}
	}
	if err := forwarding.Close(); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// ask sends a text, says that it was all, and expects the same back.
func ask(address string, text []byte) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = connection.Write(text)
	err = errors.Join(err, connection.(*net.TCPConn).CloseWrite())
	answer, reading := io.ReadAll(connection)
	if err := errors.Join(err, reading); err != nil {
		return fmt.Errorf("%d bytes were sent, %d came back: %w", len(text), len(answer), err)
	}
	if !bytes.Equal(answer, text) {
		return fmt.Errorf("%d bytes were sent, %d others came back", len(text), len(answer))
	}
	return nil
}
