package hosts

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
)

// Forwarder is a host whose TCP ports can be reached from here, and from which
// ports of here can be reached. An address is "host:port".
type Forwarder interface {
	// Forward gives a port here, on the loopback address; what connects to it is
	// connected, from the host, to the address. Ctx bounds the setting up alone.
	Forward(ctx context.Context, address string) (Forwarding, error)
	// ForwardBack gives a port on the host, on its loopback address; what connects
	// to it is connected, from here, to the address.
	ForwardBack(ctx context.Context, address string) (Forwarding, error)
}

// Forwarding is a port that is forwarded until Close, or until it cannot be:
// a port on a host ends with the connection to it.
type Forwarding interface {
	// Address to connect to, "127.0.0.1:PORT", on the side that was asked for.
	Address() string
	// Done is closed when no more is forwarded.
	Done() <-chan struct{}
	// Close ends it, with every connection that goes through it, and waits for
	// their end.
	Close() error
}

// CheckAddress says what is wrong with an address that is to be "host:port",
// the port a number from 1 to 65535.
func CheckAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if number, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || number == 0 {
		return fmt.Errorf("%q is not host:port with a port from 1 to 65535", address)
	}
	return nil
}

// NewForwarding passes on what connects to a listener, which it takes over.
// Dial makes the other half of a connection; where it fails, the first half is
// closed. It is for backends.
func NewForwarding(listener net.Listener, dial func(context.Context) (net.Conn, error)) Forwarding {
	ctx, cancel := context.WithCancel(context.Background())
	f := &forwarding{listener: listener, dial: dial, cancel: cancel, done: make(chan struct{})}
	f.all.Go(func() { f.accept(ctx) })
	return f
}

type forwarding struct {
	listener net.Listener
	dial     func(context.Context) (net.Conn, error)
	cancel   context.CancelFunc
	all      sync.WaitGroup
	done     chan struct{}
	closing  sync.Once
	err      error // of closing
}

func (f *forwarding) Address() string { return f.listener.Addr().String() }

func (f *forwarding) Done() <-chan struct{} { return f.done }

func (f *forwarding) Close() error {
	f.closing.Do(func() {
		select {
		case <-f.done: // There is nothing to close any more.
		default:
			f.err = f.listener.Close()
		}
		f.cancel()
		f.all.Wait()
	})
	return f.err
}

func (f *forwarding) accept(ctx context.Context) {
	defer close(f.done)
	for {
		near, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.all.Go(func() {
			defer near.Close()
			far, err := f.dial(ctx)
			if err != nil {
				return
			}
			defer far.Close()
			stop := context.AfterFunc(ctx, func() {
				near.Close()
				far.Close()
			})
			defer stop()
			join(near, far)
		})
	}
}

// join passes on both ways. The end of one way is passed on alone, as a program
// may still have to answer when its input has ended.
func join(a, b net.Conn) {
	var both sync.WaitGroup
	for _, way := range []struct{ to, from net.Conn }{{a, b}, {b, a}} {
		both.Go(func() {
			// A failure ends both halves, which is all that either side can be told.
			// Hidden are methods by which io.Copy would hold pipes for later (splice(2)).
			if _, err := io.Copy(struct{ io.Writer }{way.to}, way.from); err != nil {
				a.Close()
				b.Close()
				return
			}
			if half, ok := way.to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite() // It fails only where the connection has ended.
				return
			}
			way.to.Close()
		})
	}
	both.Wait()
}
