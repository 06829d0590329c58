package qemu

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"eaibench/hosts"
)

// remembered is how many bytes of what was shown are looked at and quoted from: many
// more than a guest shows between two looks.
const remembered = 1 << 20

// Console follows a serial line: it boots the guest behind it, logs in, and has
// commands run. It is used by one goroutine at a time. It reads, and keeps what it
// reads, until the stream ends, so that the guest never waits for a reader; closing
// the stream is the caller's.
type Console struct {
	name   string
	guest  Guest
	stream io.ReadWriter
	kept   io.Writer
	// token begins what only a shell that answers can show: no log or program
	// knows it.
	token string

	stage    Stage
	since    time.Time // of the stage
	answers  bool      // a shell does
	commands int       // run so far

	mu      sync.Mutex
	shown   []byte // the last of it
	looked  int    // how much of shown has been looked past
	ended   error  // why nothing more comes
	changed chan struct{}
	done    chan struct{}
}

// NewConsole follows the guest of the named host over a stream. Everything that it
// shows goes to kept as it came. The error is a HarnessError that names everything
// that is wrong with the guest's description.
func NewConsole(name string, guest Guest, stream io.ReadWriter, kept io.Writer) (*Console, error) {
	if err := guest.Check(); err != nil {
		return nil, &hosts.HarnessError{Op: "host " + name + ": console", Err: err}
	}
	guest.Limits = guest.Limits.orDefaults()
	c := &Console{
		name: name, guest: guest, stream: stream, kept: kept, token: "E" + rand.Text()[:12],
		changed: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go c.read()
	return c, nil
}

// Done is closed when the stream has ended and everything that it had is kept.
func (c *Console) Done() <-chan struct{} { return c.done }

// notKept says why the console was not kept whole: a HarnessError, or nil.
func (c *Console) notKept() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var harness *hosts.HarnessError
	if errors.As(c.ended, &harness) {
		return harness
	}
	return nil
}

// read follows the stream to its end.
func (c *Console) read() {
	defer close(c.done)
	var screen screen
	var lost error // why the console is not kept whole
	buffer := make([]byte, 4096)
	for {
		n, err := c.stream.Read(buffer)
		if n > 0 && lost == nil {
			if _, keeping := c.kept.Write(buffer[:n]); keeping != nil {
				lost = &hosts.HarnessError{Op: "host " + c.name + ": keep the console", Err: keeping}
			}
		}
		c.mu.Lock()
		c.shown = screen.add(c.shown, buffer[:n])
		if surplus := len(c.shown) - remembered; surplus > 0 {
			c.shown = append(c.shown[:0], c.shown[surplus:]...)
			c.looked = max(c.looked-surplus, 0)
		}
		if c.ended = err; lost != nil {
			// It is read on, for the guest's sake.
			c.ended = lost
		}
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default: // It is known already.
		}
		if err != nil {
			return
		}
	}
}

// sign is something that the console may show.
type sign struct {
	text string
	// last is true when it counts only if nothing comes after it.
	last bool
	// means is what the caller makes of it.
	means int
}

func signs(texts []string, means int) []sign {
	var all []sign
	for _, text := range texts {
		all = append(all, sign{text: text, means: means})
	}
	return all
}

// find gives the first sign in a text and where it begins; of two at one place, the
// longer. It is -1 if there is none.
func find(text string, all []sign) (found sign, at int) {
	at = -1
	for _, s := range all {
		where := strings.Index(text, s.text)
		if s.last {
			where = -1
			if strings.HasSuffix(text, s.text) {
				where = len(text) - len(s.text)
			}
		}
		if where >= 0 && (at < 0 || where < at || where == at && len(s.text) > len(found.text)) {
			found, at = s, where
		}
	}
	return found, at
}

// enter begins a stage.
func (c *Console) enter(stage Stage) { c.stage, c.since = stage, time.Now() }

// failing is what no sign of a caller means: the guest has failed.
const failing = -1

// await waits until one of the signs is shown, for at most limit, and gives it with
// what was shown before it. Whatever the guest's description calls a failure is one
// of its errors. If again is not nil, it is called after each interval in which
// nothing was recognised.
func (c *Console) await(ctx context.Context, limit time.Duration, again func(context.Context) error, all ...sign) (sign, string, error) {
	all = append(signs(c.guest.Failures, failing), all...)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	nudge := time.NewTicker(nudgeInterval)
	defer nudge.Stop()
	for {
		found, before, ended := c.look(all)
		switch {
		case found.text != "" && found.means == failing:
			return sign{}, before, c.fault(ErrFailure, found.text)
		case found.text != "":
			return found, before, nil
		case ended != nil:
			return sign{}, before, c.closed(ended)
		}
		select {
		case <-c.changed:
		case <-nudge.C:
			if again != nil {
				if err := again(limited); err != nil {
					return sign{}, before, c.late(ctx, err)
				}
			}
		case <-limited.Done():
			return sign{}, before, c.late(ctx, limited.Err())
		}
	}
}

// look finds the first sign in what has not been looked past, and looks past it.
func (c *Console) look(all []sign) (found sign, before string, ended error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := string(c.shown[c.looked:])
	found, at := find(text, all)
	if at < 0 {
		return sign{}, text, c.ended
	}
	c.looked += at + len(found.text)
	return found, text[:at], nil
}

// enterKey is what a keyboard's Enter sends.
const enterKey = "\r"

// send types a text. A guest that does not read holds it up until ctx ends; then the
// console is of no more use.
func (c *Console) send(ctx context.Context, typed string) error {
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c.stream, typed)
		sent <- err
	}()
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// typeIn types a text within a limit.
func (c *Console) typeIn(ctx context.Context, limit time.Duration, typed string) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := c.send(limited, typed); err != nil {
		return c.late(ctx, err)
	}
	return nil
}

// late says why waiting or typing ended: because of the caller, of the limit, or of
// a stream that is closed.
func (c *Console) late(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &hosts.HarnessError{Op: fmt.Sprintf("host %s: %s", c.name, c.stage), Err: context.Cause(ctx)}
	case errors.Is(err, context.DeadlineExceeded):
		return c.fault(ErrSilent, "")
	}
	return c.closed(err)
}

// closed says that the stream ended, and why if that is known.
func (c *Console) closed(err error) error {
	var harness *hosts.HarnessError
	switch {
	case errors.As(err, &harness):
		return harness
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, syscall.EPIPE):
		return c.fault(ErrClosed, "")
	}
	return c.fault(ErrClosed, err.Error())
}

// fault makes the error for a boot that failed.
func (c *Console) fault(cause error, detail string) error {
	c.mu.Lock()
	last := lastLines(c.shown, quotedLines)
	c.mu.Unlock()
	return &hosts.TargetError{Host: c.name, Op: "boot", Err: &BootError{
		Stage: c.stage, Cause: cause, Detail: detail, After: time.Since(c.since), Last: last,
	}}
}
