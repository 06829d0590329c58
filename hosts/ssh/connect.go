package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// connect makes a connection and logs in. Its errors have a kind.
func (h *Host) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, h.config.ConnectLimit, &NoConnection{h.config.ConnectLimit})
	defer cancel()
	keys, err := readHostKeys(h.config.KnownHosts)
	if err != nil {
		return nil, h.harness("connect", err)
	}
	signers, closing, err := h.config.signers(ctx)
	defer closing()
	if err != nil {
		return nil, h.harness("connect", err)
	}
	raw, err := h.reach(ctx)
	if err != nil {
		return nil, h.connectFault(ctx, keys, err)
	}
	var banner strings.Builder
	config := &ssh.ClientConfig{
		User:              h.config.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signers...)},
		HostKeyCallback:   keys.verify,
		HostKeyAlgorithms: keys.algorithms(h.address()),
		BannerCallback: func(text string) error {
			banner.WriteString(text)
			return nil
		},
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	client, channels, requests, err := ssh.NewClientConn(raw, h.address(), config)
	if !stop() && err == nil {
		client.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		raw.Close()
		if text := strings.TrimSpace(banner.String()); text != "" {
			err = fmt.Errorf("%w; the server says: %s", err, text)
		}
		return nil, h.connectFault(ctx, keys, err)
	}
	return h.newConnection(ssh.NewClient(client, channels, requests)), nil
}

// reach connects to the server's port, through the jump host if there is one.
func (h *Host) reach(ctx context.Context) (net.Conn, error) {
	if h.config.Jump != nil {
		h.config.Jump.ask()
		return h.config.Jump.dial(ctx, h.address())
	}
	return new(net.Dialer).DialContext(ctx, "tcp", h.address())
}

// ask finds out whether the connections that there are have been lost: what went
// through a jump host sees their loss before they do.
func (h *Host) ask() {
	h.mu.Lock()
	connections := slices.Clone(h.connections)
	h.mu.Unlock()
	for _, c := range connections {
		_ = c.why(nil) // What matters is that a lost one is forgotten.
	}
}

// connectFault says why there is no connection.
func (h *Host) connectFault(ctx context.Context, keys *hostKeys, err error) error {
	var unknown *UnknownHostKey
	var changed *ChangedHostKey
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case errors.As(err, &unknown):
		return h.harness("connect", unknown)
	case errors.As(err, &changed):
		return h.target("connect", changed)
	case errors.As(err, &negotiation) && strings.Contains(negotiation.What, "host key") && len(keys.known(h.address())) > 0:
		return h.target("connect", fmt.Errorf("%w (%w)", keys.absent(h.address()), err))
	case ctx.Err() == nil && strings.Contains(err.Error(), "unable to authenticate"):
		// The library has no type for it. An agent that was waited for to the end of the context is no refusal.
		return h.target("connect", &LoginRefused{Address: h.address(), User: h.config.User, With: h.config.credentials(), Err: err})
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return h.fault("connect to "+h.address(), err)
}

// NoConnection is the error for a host that does not answer.
type NoConnection struct {
	// Limit that has passed.
	Limit time.Duration
}

func (e *NoConnection) Error() string { return fmt.Sprintf("no connection within %s", e.Limit) }

// LoginRefused is the error for a host that does not let the user in.
type LoginRefused struct {
	// Address of the host, with its port, and the User.
	Address, User string
	// With names the key or keys.
	With string
	// Err is what the server said.
	Err error
}

func (e *LoginRefused) Error() string {
	return fmt.Sprintf("%s is not let in as user %s with %s: %v", e.Address, e.User, e.With, e.Err)
}

// Unwrap gives what the server said.
func (e *LoginRefused) Unwrap() error { return e.Err }

// credentials names what is logged in with.
func (c Config) credentials() string {
	if c.KeyFile != "" {
		return "key " + c.KeyFile
	}
	return "the agent's keys"
}

// connection is one SSH connection.
type connection struct {
	host   *Host
	client *ssh.Client

	// Under the host's lock:
	commands, capacity int  // how many run, and how many may
	opened             bool // once it has carried one

	watching sync.Mutex
	guardian *guardian // nil before the first command
	files    sftpOnce

	lost  chan struct{} // closed when it is
	once  sync.Once
	cause error
	all   sync.WaitGroup
}

func (h *Host) newConnection(client *ssh.Client) *connection {
	c := &connection{host: h, client: client, capacity: mostCommands, lost: make(chan struct{})}
	c.all.Go(func() { c.lose(client.Wait()) })
	c.all.Go(func() { c.keepAlive(h.config.KeepAlive) })
	return c
}

// lose ends the connection. What uses it ends with an error that wraps the first
// cause.
func (c *connection) lose(cause error) {
	c.once.Do(func() {
		if cause == nil {
			cause = errors.New("the server closed it")
		}
		c.cause = fmt.Errorf("the connection was lost: %w", cause)
		close(c.lost)
		c.host.forget(c)
		c.client.Close() // It may be closed already.
	})
}

// why says why a use of the connection failed: because it is lost, or err. Who
// reads from it may see its end before it counts as lost, so the server is asked.
func (c *connection) why(err error) error {
	if _, _, asking := c.client.SendRequest("keepalive@openssh.com", true, nil); asking != nil {
		c.lose(asking)
	}
	if c.isLost() {
		return c.cause
	}
	return err
}

// isLost tells whether the connection is; its cause can then be read.
func (c *connection) isLost() bool {
	select {
	case <-c.lost:
		return true
	default:
		return false
	}
}

// keepAlive asks the server for answers: it answers requests that it does not
// know (RFC 4254, 4) with a refusal.
func (c *connection) keepAlive(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-c.lost:
			return
		case <-ticker.C:
		}
		answered := make(chan error, 1)
		c.all.Go(func() {
			_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
			answered <- err
		})
		limit := time.NewTimer(interval)
		select {
		case err := <-answered:
			if err != nil {
				c.lose(err)
			}
		case <-limit.C:
			c.lose(fmt.Errorf("no answer for %s", interval))
		case <-c.lost:
		}
		limit.Stop()
	}
}
