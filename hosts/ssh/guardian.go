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

// trace is what a command's processes are found by: the mark, and the program, which is
// told from another of the same PID by its start.
type trace struct {
	mark  uint64
	pid   int    // 0 while it is not known
	start string // as the host writes it
}

func (t trace) String() string { return fmt.Sprintf("%d,%d,%s", t.mark, t.pid, t.start) }

// setProgram takes what the program line says: "PID START".
func (t *trace) setProgram(text string) (err error) {
	pid, start, _ := strings.Cut(text, " ")
	if t.pid, err = strconv.Atoi(pid); err != nil || start == "" || strings.ContainsAny(start, " *?[") {
		return fmt.Errorf("the host says %q instead of PID and start", text)
	}
	t.start = start
	return nil
}

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
func (g *guardian) endOrphans(orphans []trace) error {
	for _, orphan := range orphans {
		if err := g.add(orphan); err != nil {
			return err
		}
	}
	var ending errgroup.Group
	for _, orphan := range orphans {
		ending.Go(func() error {
			if err := g.end(orphan); err != nil && g.connection.isLost() {
				g.connection.host.leave(orphan)
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

// add has a command ended with the connection, del no longer. What is added again takes
// the place of what was.
func (g *guardian) add(t trace) error { return g.tell(fmt.Sprintf("add %v\n", t)) }
func (g *guardian) del(t trace) error { return g.tell(fmt.Sprintf("del %v\n", t)) }

// end ends a command's processes, the program first, and waits until it is over.
func (g *guardian) end(t trace) error {
	answer := make(chan string, 1)
	g.mu.Lock()
	earlier := g.waiting[t.mark]
	g.waiting[t.mark] = answer
	g.mu.Unlock()
	if err := g.tell(fmt.Sprintf("end %v\n", t)); err != nil {
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
func (h *Host) leave(t trace) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orphans = append(h.orphans, t)
}

func (h *Host) takeOrphans() []trace {
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
