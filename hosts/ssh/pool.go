package ssh

import (
	"context"
	"errors"
)

// forget takes a lost connection out.
func (h *Host) forget(lost *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, c := range h.connections {
		if c == lost {
			h.connections = append(h.connections[:i:i], h.connections[i+1:]...)
			return
		}
	}
}

// acquire gives a connection. For a command it is one that has room, and release
// has to be called; nothing else takes room.
func (h *Host) acquire(ctx context.Context, command bool) (*connection, error) {
	c, err := h.present(command)
	if c != nil || err != nil {
		return c, err
	}
	select {
	case h.connecting <- struct{}{}:
	case <-ctx.Done():
		return nil, h.harness("connect", ctx.Err())
	}
	defer func() { <-h.connecting }()
	// Whoever held it before may have made one.
	if c, err = h.present(command); c != nil || err != nil {
		return c, err
	}
	if c, err = h.connect(ctx); err != nil {
		return nil, err
	}
	return c, h.admit(c, command)
}

func (h *Host) present(command bool) (*connection, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, h.harness("connect", errClosed)
	}
	for _, c := range h.connections {
		if !command {
			return c, nil
		}
		if c.commands < c.capacity {
			c.commands++
			return c, nil
		}
	}
	return nil, nil
}

// admit takes a new connection in.
func (h *Host) admit(c *connection, command bool) error {
	h.mu.Lock()
	closed := h.closed
	if !closed {
		h.connections = append(h.connections, c)
		if command {
			c.commands++
		}
	}
	h.mu.Unlock()
	if closed {
		c.lose(errClosed)
		c.all.Wait()
		return h.harness("connect", errClosed)
	}
	if c.isLost() {
		h.forget(c) // It was not there to be forgotten.
	}
	return nil
}

// release gives back the room of a command.
func (h *Host) release(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.commands--
}

// refuse notes that the server allows no more sessions on the connection, and tells
// whether another try makes sense: something else has taken the room.
func (h *Host) refuse(c *connection) (again bool) {
	files := c.hasFiles()
	h.mu.Lock()
	defer h.mu.Unlock()
	c.commands--
	c.capacity = min(c.capacity, c.commands)
	if c.opened && !files {
		c.capacity = max(c.capacity, 1) // Only others that begin or end stood in the way.
	}
	return c.opened || files || c.commands > 0
}

// admitted notes that the connection has carried a command.
func (h *Host) admitted(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.opened = true
}

// errLostBefore marks what failed before the host was asked for anything.
var errLostBefore = errors.New("nothing was asked of the host")

// again does something once more on another connection if the first turns out to
// have been lost while it was idle.
func again(do func() error) error {
	err := do()
	if errors.Is(err, errLostBefore) {
		err = do()
	}
	return err
}
