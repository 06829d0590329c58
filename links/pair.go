package links

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/log"
)

// The toxics tell zerolog's global logger, which writes to standard error, each
// time that one is interrupted. Nothing else here uses zerolog.
func init() { log.Logger = zerolog.Nop() }

const (
	// chunkSize is what is read, throttled and delayed as one: a record of TLS.
	chunkSize = 16 << 10
	// underWay is how many chunks may be on their way in one direction before the
	// sender must wait, toxiproxy's own number.
	underWay = 1024
)

// gate is open at first. What comes to it waits while it is shut.
type gate struct {
	mutex  sync.Mutex
	opened chan struct{} // closed by open; nil while the gate is open
}

func (g *gate) shut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// pass waits until the gate is open, or cut is closed. A gate that has been shut
// again meanwhile is waited for again.
func (g *gate) pass(cut <-chan struct{}) {
	for {
		g.mutex.Lock()
		opened := g.opened
		g.mutex.Unlock()
		if opened == nil {
			return
		}
		select {
		case <-opened:
		case <-cut:
			return
		}
	}
}

// pair is the two connections that one connection over a link consists of.
type pair struct {
	link      Link
	silence   *gate // in front of what arrives
	loss      *loss // of what the target says
	near, far *net.TCPConn
	resetting sync.Once
	cut       chan struct{} // closed by reset
	done      chan struct{} // closed when nothing of the pair is left
}

func newPair(link Link, silence *gate, loss *loss, near, far *net.TCPConn) *pair {
	return &pair{link: link, silence: silence, loss: loss, near: near, far: far, cut: make(chan struct{}), done: make(chan struct{})}
}

// reset ends both connections at once. Data under way are lost.
func (p *pair) reset() {
	p.resetting.Do(func() {
		close(p.cut)
		abort(p.near)
		abort(p.far)
	})
}

// carry passes data both ways until both directions have ended or the pair is
// reset, and leaves nothing behind.
func (p *pair) carry() {
	defer close(p.done)
	up, down := p.link.split()
	var both sync.WaitGroup
	both.Go(func() { p.direction(p.near, p.far, up) })
	both.Go(func() { p.direction(answers{p.far, p.loss}, p.near, down) })
	both.Wait()
	_ = p.near.Close() // Both have been shut down or aborted: nothing can be lost.
	_ = p.far.Close()
}

// way is one direction's delays, toxiproxy's resolution.
type way struct{ latency, jitter, kilobytesPerSecond int64 }

// split gives each direction half the round trip; of an odd number of
// milliseconds the way back has the last.
func (l Link) split() (up, down way) {
	rtt, jitter, rate := l.RTT.Milliseconds(), l.Jitter.Milliseconds(), int64(l.Bandwidth/(8*Kbit))
	up = way{rtt / 2, jitter / 2, rate}
	down = way{rtt - rtt/2, jitter - jitter/2, rate}
	return up, down
}

// direction passes data one way. An orderly end of the source becomes one of the
// destination after all data, so that half a connection can be closed; a failure
// of either resets the pair.
func (p *pair) direction(from io.Reader, to *net.TCPConn, w way) {
	var stages sync.WaitGroup
	waiting := underWay // for the latency toxic, which takes one chunk at a time
	if w.kilobytesPerSecond > 0 {
		waiting = 0 // A sender is not to run ahead of a slow link.
	}
	chunks := make(chan *stream.StreamChunk, waiting)
	read := make(chan error, 1)
	stages.Go(func() { read <- readChunks(from, chunks) })
	last := (<-chan *stream.StreamChunk)(chunks)
	if w.kilobytesPerSecond > 0 {
		throttled := p.stage(&stages, &toxics.BandwidthToxic{Rate: w.kilobytesPerSecond}, last)
		// The latency toxic counts from a chunk's time, which is that of reading: without
		// a new one, the time for throttling would be taken off the delay.
		stamped := make(chan *stream.StreamChunk, underWay)
		stages.Go(func() { stamp(throttled, stamped) })
		last = stamped
	}
	if w.latency > 0 {
		last = p.stage(&stages, &toxics.LatencyToxic{Latency: w.latency, Jitter: w.jitter}, last)
	}
	written := p.write(to, last)
	stages.Wait()
	p.silence.pass(p.cut) // An end is not known sooner than data are.
	if err := errors.Join(<-read, written); err != nil {
		p.reset()
		return
	}
	if err := to.CloseWrite(); err != nil {
		p.reset()
	}
}

// readChunks sends what it reads, with the time it was read at, until there is no
// more, and closes the channel.
func readChunks(from io.Reader, chunks chan<- *stream.StreamChunk) error {
	defer close(chunks)
	for {
		data := make([]byte, chunkSize)
		n, err := from.Read(data)
		if n > 0 {
			chunks <- &stream.StreamChunk{Data: data[:n], Timestamp: time.Now()}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// stamp gives each chunk the time at which it left the stage before.
func stamp(in <-chan *stream.StreamChunk, out chan<- *stream.StreamChunk) {
	defer close(out)
	for chunk := range in {
		chunk.Timestamp = time.Now()
		out <- chunk
	}
}

// write writes until the channel is closed. After a failure it resets the pair and
// throws the rest away, so that no stage before it waits for ever.
func (p *pair) write(to io.Writer, chunks <-chan *stream.StreamChunk) error {
	var err error
	for chunk := range chunks {
		p.silence.pass(p.cut)
		if err != nil {
			continue
		}
		if _, err = to.Write(chunk.Data); err != nil {
			p.reset()
		}
	}
	return err
}

// stage sends chunks through a toxic, which ends when the channel in is closed.
// When the pair is reset, the toxic is interrupted and what is left passes at
// once, to be thrown away: an end does not take as long as the link is slow.
func (p *pair) stage(stages *sync.WaitGroup, toxic toxics.Toxic, in <-chan *stream.StreamChunk) <-chan *stream.StreamChunk {
	out := make(chan *stream.StreamChunk)
	stub := toxics.NewToxicStub(in, out)
	ended := make(chan struct{})
	stages.Go(func() {
		toxic.Pipe(stub)
		close(ended)
		if stub.Closed() {
			return
		}
		for chunk := range in {
			out <- chunk
		}
		stub.Close()
	})
	stages.Go(func() {
		select {
		case <-ended:
			return
		case <-p.cut:
		}
		select {
		case stub.Interrupt <- struct{}{}:
		case <-ended:
		}
	})
	return out
}
