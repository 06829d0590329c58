package links

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ErrNotLoopback is wrapped by the error for a target that is not on this host:
// a link to another host is real, and nothing is added to it.
var ErrNotLoopback = errors.New("only links between processes of this host are emulated")

// dialLimit is how long a target on this host may take to accept a connection.
const dialLimit = 10 * time.Second

// Emulated is a link that is emulated: what connects to Address is connected to
// the target, and data need as long as the link says. Its methods may be called
// by many goroutines.
//
// Data are delayed, the TCP handshake is not: a connection is there at once, while
// over a real link it takes one round trip. Jitter comes from an unseeded source.
type Emulated struct {
	link     Link
	target   string
	listener *net.TCPListener
	ctx      context.Context // ends with Close, and with it every dialling
	cancel   context.CancelFunc
	all      sync.WaitGroup // accepting, and every connection

	mutex sync.Mutex
	down  bool
	pairs map[*pair]struct{}

	silence gate
	loss    loss
}

// Emulate listens on a free loopback port and passes on what connects to it to the
// target, "127.0.0.1:PORT" or "[::1]:PORT", over the link. The context bounds the
// setting up alone; Close ends the emulation. Whether the target is there is found
// out by each connection: one to a target that is not is reset.
func Emulate(ctx context.Context, link Link, target string) (*Emulated, error) {
	if err := link.Check(); err != nil {
		return nil, fmt.Errorf("emulate a link to %s: %w", target, err)
	}
	address, err := netip.ParseAddrPort(target)
	switch {
	case err != nil:
		return nil, fmt.Errorf("emulate a link: target %q is not IP:PORT: %w", target, err)
	case !address.Addr().Unmap().IsLoopback():
		return nil, fmt.Errorf("emulate a link to %s: %w", target, ErrNotLoopback)
	case address.Port() == 0:
		return nil, fmt.Errorf("emulate a link to %s: port 0 is nowhere", target)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("emulate a link to %s: %w", target, err)
	}
	e := &Emulated{link: link, target: target, listener: listener.(*net.TCPListener), pairs: map[*pair]struct{}{}}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.all.Go(e.accept)
	return e, nil
}

// Address is where to connect to, "127.0.0.1:PORT", the same until Close.
func (e *Emulated) Address() string { return e.listener.Addr().String() }

// Link is what is emulated.
func (e *Emulated) Link() Link { return e.link }

// Down cuts the link: every connection is reset, data under way are lost, and a
// new connection is reset as soon as it is there. The port stays ours, so that Up
// finds it. It waits for the end of the connections.
func (e *Emulated) Down() { e.reset(true) }

// Stall cuts the link as a broken cable does: connections stay and nobody is told,
// but nothing arrives, of new ones either, until Up, Down or Close. What was sent
// meanwhile arrives after Up, as TCP would repeat it.
func (e *Emulated) Stall() { e.silence.shut() }

// LoseAnswer lets the link break in front of an answer, once: the first data of
// the target that come while done holds are lost, and their connection is reset
// behind what came before. What they answer has been done then, and who asked
// cannot know. done is asked by one goroutine at a time, and must not ask for another
// loss; the channel is closed when the data are lost. A later call takes the place
// of one whose answer has not been lost.
func (e *Emulated) LoseAnswer(done func() bool) (lost <-chan struct{}) { return e.loss.await(done) }

// Up restores a link that is down or stalled; connections that were reset stay so.
func (e *Emulated) Up() {
	e.mutex.Lock()
	e.down = false
	e.mutex.Unlock()
	e.silence.open()
}

// Close ends the emulation and every connection as Down does, and waits for it.
// To close it again changes nothing.
func (e *Emulated) Close() error {
	e.cancel()
	err := e.listener.Close()
	e.reset(true)
	e.all.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// reset ends every connection that is there.
func (e *Emulated) reset(down bool) {
	e.mutex.Lock()
	e.down = down
	var ending []*pair
	for p := range e.pairs {
		p.reset()
		ending = append(ending, p)
	}
	e.mutex.Unlock()
	for _, p := range ending {
		<-p.done
	}
}

func (e *Emulated) accept() {
	for {
		near, err := e.listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Of one connection, or for want of descriptors: wait for some to be given back.
			select {
			case <-e.ctx.Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		e.all.Go(func() { e.connect(near) })
	}
}

// connect makes the other half of a connection and carries data until both have
// ended.
func (e *Emulated) connect(near *net.TCPConn) {
	if e.isDown() {
		abort(near)
		return
	}
	dialer := net.Dialer{Timeout: dialLimit}
	far, err := dialer.DialContext(e.ctx, "tcp", e.target)
	if err != nil {
		abort(near)
		return
	}
	p := newPair(e.link, &e.silence, &e.loss, near, far.(*net.TCPConn))
	if !e.add(p) {
		p.reset()
	}
	p.carry()
	e.mutex.Lock()
	delete(e.pairs, p)
	e.mutex.Unlock()
}

func (e *Emulated) isDown() bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.down
}

// add makes a pair known to Down, unless the link is down or closed already.
func (e *Emulated) add(p *pair) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.down || e.ctx.Err() != nil {
		return false
	}
	e.pairs[p] = struct{}{}
	return true
}

// abort closes a connection by a reset, which its other end cannot take for an
// orderly end.
func abort(connection *net.TCPConn) {
	_ = connection.SetLinger(0) // Fails only on a connection that is closed.
	_ = connection.Close()
}
