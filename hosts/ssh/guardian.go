package ssh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// guardian is this side of the shell on the host that ends commands; the package
// comment says how.
type guardian struct {
	connection *connection
	channel    ssh.Channel
	pid        int

	writing sync.Mutex
	mu      sync.Mutex
	waiting map[uint64]chan string // by mark, for the answer to end
}

// guard gives the connection's guardian, started if need be.
func (c *connection) guard() (*guardian, error) {
	c.watching.Lock()
	defer c.watching.Unlock()
	if g := c.guardian; g != nil {
		return g, g.endOrphans(c.host.takeOrphans()) // Of another connection, whose loss was told late.
	}
	channel, err := c.session()
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(channel.requests)
	token := newToken()
	g := &guardian{connection: c, channel: channel, waiting: map[uint64]chan string{}}
	lines := bufio.NewReader(channel)
	script := oneLine("t=" + token + "\n" + descendants + guardianScript)
	if _, err := channel.Write([]byte(script)); err != nil {
		channel.Close()
		return nil, err
	}
	if err := g.ready(lines, token); err != nil {
		channel.Close()
		return nil, err
	}
	c.guardian = g
	go g.read(lines)
	return g, g.endOrphans(c.host.takeOrphans())
}

// endOrphans ends what was left, and waits until it is over: what comes next on this connection meets nothing of it. What does not
// end even so is not this connection's fault.
func (g *guardian) endOrphans(marks []uint64) error {
	for _, mark := range marks {
		if err := g.add(mark); err != nil {
			return err
		}
	}
	var ending errgroup.Group
	for _, mark := range marks {
		ending.Go(func() error {
			if err := g.end(mark, 0); err != nil && g.connection.isLost() {
				g.connection.host.leave(mark)
				return err
			}
			return nil
		})
	}
	return ending.Wait()
}

// ready reads until the guardian says that it is.
func (g *guardian) ready(lines *bufio.Reader, token string) error {
	var said said
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("no POSIX shell could be started at /bin/sh%s", said.text())
		}
		_, after, ok := strings.Cut(line, token+" ready ")
		if !ok {
			said.add(line)
			continue
		}
		pid, how, _ := strings.Cut(strings.TrimSpace(after), " ")
		if how == "none" {
			return errors.New("neither /proc/self/limits nor procstat is there: what a command starts could not be ended")
		}
		g.pid, err = strconv.Atoi(pid)
		return err
	}
}

// read passes on the guardian's answers until it ends; that is the end of the
// connection too, since nothing would end its commands.
func (g *guardian) read(lines *bufio.Reader) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			g.connection.lose(errors.New("the shell that guards its commands has ended"))
			return
		}
		answer, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		mark, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue // A shell's remark.
		}
		g.mu.Lock()
		waiting := g.waiting[mark]
		delete(g.waiting, mark)
		g.mu.Unlock()
		if waiting != nil {
			waiting <- answer
		}
	}
}

func (g *guardian) tell(text string) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	_, err := g.channel.Write([]byte(text))
	return err
}

// add has a command ended with the connection, del no longer.
func (g *guardian) add(mark uint64) error { return g.tell(fmt.Sprintf("add %d\n", mark)) }
func (g *guardian) del(mark uint64) error { return g.tell(fmt.Sprintf("del %d\n", mark)) }

// end ends everything with the mark, pid first, and waits until it is over.
func (g *guardian) end(mark uint64, pid int) error {
	answer := make(chan string, 1)
	g.mu.Lock()
	earlier := g.waiting[mark]
	g.waiting[mark] = answer
	g.mu.Unlock()
	if err := g.tell(fmt.Sprintf("end %d %d\n", mark, pid)); err != nil {
		return g.connection.why(err)
	}
	select {
	case text := <-answer:
		if earlier != nil {
			earlier <- text
		}
		if text != "ended" {
			return errors.New("some of its processes do not end")
		}
		return nil
	case <-g.connection.lost:
		return g.connection.cause
	}
}

// leave notes commands that ran when the connection was lost: the next guardian
// ends them, should this one not have been able to.
func (h *Host) leave(mark uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orphans = append(h.orphans, mark)
}

func (h *Host) takeOrphans() []uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	orphans := h.orphans
	h.orphans = nil
	return orphans
}

// open gives a session with its guardian, on a connection that release has to be
// called for.
func (h *Host) open(ctx context.Context, op string) (c *connection, g *guardian, channel *session, err error) {
	err = again(func() error {
		for {
			if c, err = h.acquire(ctx, true); err != nil {
				return h.fault(op, err)
			}
			if g, err = c.guard(); err == nil {
				if channel, err = c.session(); err == nil {
					h.admitted(c)
					return nil
				}
			}
			var refused *ssh.OpenChannelError
			if errors.As(err, &refused) {
				if h.refuse(c) {
					continue // Another connection has room.
				}
				return h.target(op, fmt.Errorf("the server allows no session: %w", err))
			}
			h.release(c)
			if err = c.why(err); c.isLost() {
				return h.fault(op, fmt.Errorf("%w (%w)", err, errLostBefore))
			}
			return h.target(op, err)
		}
	})
	return c, g, channel, err
}
