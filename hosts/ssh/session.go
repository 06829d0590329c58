package ssh

import (
	"context"
	"errors"

	"golang.org/x/crypto/ssh"
)

// session is a channel in which something runs.
type session struct {
	ssh.Channel
	requests <-chan *ssh.Request // closed with the channel
}

// session has the bootstrap started in a new session.
func (c *connection) session() (*session, error) {
	return c.begin("exec", struct{ Command string }{bootstrap}, "the server refuses to run commands")
}

// begin opens a session and makes the request that starts something in it; refusal
// is the error if the server says no.
func (c *connection) begin(request string, what any, refusal string) (*session, error) {
	s, err := c.openSession()
	if err != nil {
		return nil, err
	}
	started, err := s.SendRequest(request, true, ssh.Marshal(what))
	if err == nil && !started {
		err = errors.New(refusal)
	}
	if err != nil {
		go ssh.DiscardRequests(s.requests)
		s.Close()
		return nil, err
	}
	return s, nil
}

// openSession does not wait longer than the connection lasts. The library would: a
// channel that is opened just as its connection ends is never told.
func (c *connection) openSession() (*session, error) {
	type opened struct {
		s   *session
		err error
	}
	result := make(chan opened, 1)
	go func() {
		channel, requests, err := c.client.OpenChannel("session", nil)
		result <- opened{&session{channel, requests}, err}
	}()
	select {
	case r := <-result:
		return r.s, r.err
	case <-c.lost:
		return nil, c.cause
	}
}

// whileThere is a context that ends with the connection too.
func (c *connection) whileThere(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-c.lost:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
