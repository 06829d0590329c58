package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"eaibench/hosts"
)

// Config says which host it is and how it is reached.
type Config struct {
	// Name for people and records.
	Name string
	// Address is a host name or an IP address; Port its SSH server's, 0: 22.
	Address string
	Port    int
	// User to log in as.
	User string
	// KeyFile is a private key as ssh-keygen writes it, "": none. One with a
	// passphrase has to be in the agent.
	KeyFile string
	// AgentSocket is the path of an agent's socket (SSH_AUTH_SOCK), "": none. Its
	// keys are offered when there is no KeyFile, or when that has a passphrase.
	AgentSocket string
	// KnownHosts is a file of known host keys, in ssh's format.
	KnownHosts string
	// Jump is a host to connect through, nil: none. It is the caller's to close.
	Jump *Host
	// ConnectLimit is how long connecting may take; 0: 30 s.
	ConnectLimit time.Duration
	// KeepAlive is how often the host is asked whether it is there, and how long
	// it may take to answer before the connection counts as lost; 0: 15 s.
	KeepAlive time.Duration
}

// mostCommands is how many commands one connection carries at most. Of the ten
// sessions that OpenSSH allows (MaxSessions), one is the guardian's and one sftp's.
const mostCommands = 8

// Host is reached over SSH; the package comment says how.
type Host struct {
	config Config
	marks  atomic.Uint64

	connecting  chan struct{} // holds one who makes a connection
	mu          sync.Mutex
	closed      bool
	connections []*connection
	// What was left when a connection was lost: traces of commands, temporary files.
	orphans []trace
	litter  []string
}

var (
	_ hosts.Host      = (*Host)(nil)
	_ hosts.Forwarder = (*Host)(nil)
)

// New makes a host; nothing is connected before it is used. The error is a
// HarnessError that names everything that is missing.
func New(config Config) (*Host, error) {
	config.Port = cmp.Or(config.Port, 22)
	config.ConnectLimit = cmp.Or(config.ConnectLimit, 30*time.Second)
	config.KeepAlive = cmp.Or(config.KeepAlive, 15*time.Second)
	h := &Host{config: config, connecting: make(chan struct{}, 1)}
	h.marks.Store(rand.Uint64())
	if err := config.check(); err != nil {
		return nil, h.harness("set up", err)
	}
	return h, nil
}

func (c Config) check() error {
	var faults []error
	need := func(ok bool, text string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(text, args...))
		}
	}
	need(c.Name != "", "it needs a name")
	need(c.Address != "", "it needs an address")
	need(c.User != "", "it needs a user")
	need(c.Port > 0 && c.Port <= 65535, "port %d is not from 1 to 65535", c.Port)
	need(c.KeyFile != "" || c.AgentSocket != "", "it needs a key file or an agent")
	need(c.KnownHosts != "", "it needs a file of known host keys")
	for _, file := range []string{c.KeyFile, c.AgentSocket, c.KnownHosts} {
		need(file == "" || filepath.IsAbs(file), "%q is not an absolute path", file)
	}
	need(c.ConnectLimit > 0, "a limit of %s to connect is none", c.ConnectLimit)
	need(c.KeepAlive > 0, "a limit of %s to answer is none", c.KeepAlive)
	return errors.Join(faults...)
}

// Name gives the host's name.
func (h *Host) Name() string { return h.config.Name }

// address is where the server listens, as known_hosts files name it.
func (h *Host) address() string {
	return net.JoinHostPort(h.config.Address, strconv.Itoa(h.config.Port))
}

// harness and target make the two kinds of errors.
func (h *Host) harness(op string, err error) error {
	return &hosts.HarnessError{Op: "host " + h.config.Name + ": " + op, Err: err}
}

func (h *Host) target(op string, err error) error {
	return &hosts.TargetError{Host: h.config.Name, Op: op, Err: err}
}

// fault gives an error its kind, unless it has one: what the context or a wrong
// use of ours ended is the harness's, everything else the host's.
func (h *Host) fault(op string, err error) error {
	var harness *hosts.HarnessError
	var target *hosts.TargetError
	switch {
	case err == nil, errors.As(err, &harness), errors.As(err, &target):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errClosed):
		return h.harness(op, err)
	}
	return h.target(op, err)
}

// nextMark gives a number that no other command of any harness has: 51 random
// bits to begin with, with bit 51 set.
func (h *Host) nextMark() uint64 { return 1<<51 | h.marks.Add(1)&(1<<51-1) }

// Close ends every connection, and with it what still runs. The host cannot be
// used any more.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	connections := slices.Clone(h.connections)
	h.mu.Unlock()
	for _, c := range connections {
		c.lose(errClosed)
		c.all.Wait()
	}
	return nil
}

var errClosed = errors.New("the host has been closed by this side")
