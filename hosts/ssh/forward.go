package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"

	"eaibench/hosts"
)

// dial connects from the host to an address.
func (h *Host) dial(ctx context.Context, address string) (net.Conn, error) {
	op := "connect onward to " + address
	var through net.Conn
	err := again(func() error {
		c, err := h.acquire(ctx, false)
		if err != nil {
			return err
		}
		there, cancel := c.whileThere(ctx)
		defer cancel()
		if through, err = c.client.DialContext(there, "tcp", address); err == nil {
			return nil
		}
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) || ctx.Err() != nil {
			return err
		}
		if err = c.why(err); c.isLost() {
			err = fmt.Errorf("%w (%w)", err, errLostBefore)
		}
		return err
	})
	if err != nil {
		return nil, h.fault(op, err)
	}
	return through, nil
}

// Forward forwards a port of the host to here. It goes on when the connection is
// lost, with the next one.
func (h *Host) Forward(ctx context.Context, address string) (hosts.Forwarding, error) {
	op := "forward to " + address
	if err := hosts.CheckAddress(address); err != nil {
		return nil, h.harness(op, err)
	}
	// That the host can be reached at all is said now rather than by a closed port.
	if _, err := h.acquire(ctx, false); err != nil {
		return nil, h.fault(op, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, h.harness(op, err)
	}
	return hosts.NewForwarding(listener, func(ctx context.Context) (net.Conn, error) { return h.dial(ctx, address) }), nil
}

// ForwardBack forwards a port of here to the host, where it ends with the
// connection.
func (h *Host) ForwardBack(ctx context.Context, address string) (hosts.Forwarding, error) {
	op := "forward back to " + address
	if err := hosts.CheckAddress(address); err != nil {
		return nil, h.harness(op, err)
	}
	var listener net.Listener
	err := again(func() error {
		c, err := h.acquire(ctx, false)
		if err != nil {
			return err
		}
		if listener, err = c.client.Listen("tcp", "127.0.0.1:0"); err == nil {
			return nil
		}
		refused := err
		if err = c.why(err); c.isLost() {
			return fmt.Errorf("%w (%w)", err, errLostBefore)
		}
		return fmt.Errorf("the server allows no port to be forwarded: %w", refused)
	})
	if err != nil {
		return nil, h.fault(op, err)
	}
	return hosts.NewForwarding(listener, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}), nil
}
