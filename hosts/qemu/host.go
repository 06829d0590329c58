package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/ssh"
)

// Host is a guest that runs, reached over SSH. Where QEMU has ended, its
// hosts.TargetErrors say how, and show the console's last lines.
type Host struct {
	over    *ssh.Host
	booted  Booted
	config  Config
	console *Console
	process *process
	closing sync.Once
	err     error // of closing
}

var (
	_ hosts.Host      = (*Host)(nil)
	_ hosts.Forwarder = (*Host)(nil)
)

// noticed is how long QEMU's end may take to be seen after a connection's, which it
// closes as it ends.
const noticed = 2 * time.Second

// told says of an error of the target that QEMU has ended, if it has.
func (h *Host) told(err error) error {
	var target *hosts.TargetError
	if !errors.As(err, &target) || !h.process.isOver(noticed) {
		return err
	}
	c := h.console
	c.mu.Lock()
	last := lastLines(c.shown, quotedLines)
	c.mu.Unlock()
	return fmt.Errorf("%w\n%w; %s", err, h.process.end(), quoted(last))
}

// quoted shows a console's last lines.
func quoted(last []string) string {
	if len(last) == 0 {
		return "the console showed nothing"
	}
	return "the console's last lines:\n  " + strings.Join(last, "\n  ")
}

// running is a command on a guest.
type running struct {
	hosts.Process
	host *Host
}

// Wait waits for the command's end; see hosts.Process.
func (r running) Wait() (hosts.Exit, error) {
	exit, err := r.Process.Wait()
	return exit, r.host.told(err)
}

// Kill ends the command; see hosts.Process.
func (r running) Kill() error { return r.host.told(r.Process.Kill()) }

// Name of the host.
func (h *Host) Name() string { return h.config.Name }

// Start starts a command; see hosts.Host.
func (h *Host) Start(ctx context.Context, command hosts.Command) (hosts.Process, error) {
	process, err := h.over.Start(ctx, command)
	if err != nil {
		return nil, h.told(err)
	}
	return running{process, h}, nil
}

// Run runs a command; see hosts.Host.
func (h *Host) Run(ctx context.Context, command hosts.Command) (hosts.Exit, error) {
	exit, err := h.over.Run(ctx, command)
	return exit, h.told(err)
}

// ReadFile opens a file; see hosts.Host.
func (h *Host) ReadFile(ctx context.Context, path string) (io.ReadCloser, error) {
	file, err := h.over.ReadFile(ctx, path)
	if err != nil {
		return nil, h.told(err)
	}
	return reading{file, h}, nil
}

// reading is a file of a guest.
type reading struct {
	io.ReadCloser
	host *Host
}

// Read reads on. The end of the file is passed on as it is: callers compare it.
func (r reading) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	return n, r.host.told(err)
}

// WriteFile writes a file; see hosts.Host.
func (h *Host) WriteFile(ctx context.Context, path string, content io.Reader, mode fs.FileMode) error {
	return h.told(h.over.WriteFile(ctx, path, content, mode))
}

// CopyTo copies a tree; see hosts.Host.
func (h *Host) CopyTo(ctx context.Context, tree fs.FS, folder string) error {
	return h.told(h.over.CopyTo(ctx, tree, folder))
}

// MkdirAll makes a folder; see hosts.Host.
func (h *Host) MkdirAll(ctx context.Context, path string, mode fs.FileMode) error {
	return h.told(h.over.MkdirAll(ctx, path, mode))
}

// RemoveAll removes a file or tree; see hosts.Host.
func (h *Host) RemoveAll(ctx context.Context, path string) error {
	return h.told(h.over.RemoveAll(ctx, path))
}

// Hash gives a file's SHA-256; see hosts.Host.
func (h *Host) Hash(ctx context.Context, path string) ([32]byte, error) {
	sum, err := h.over.Hash(ctx, path)
	return sum, h.told(err)
}

// Forward makes a port of the guest reachable; see hosts.Forwarder.
func (h *Host) Forward(ctx context.Context, address string) (hosts.Forwarding, error) {
	forwarding, err := h.over.Forward(ctx, address)
	if err != nil {
		return nil, h.told(err)
	}
	return forwarding, nil
}

// ForwardBack makes a port of this side reachable; see hosts.Forwarder.
func (h *Host) ForwardBack(ctx context.Context, address string) (hosts.Forwarding, error) {
	forwarding, err := h.over.ForwardBack(ctx, address)
	if err != nil {
		return nil, h.told(err)
	}
	return forwarding, nil
}

// Booted tells what the boot has shown.
func (h *Host) Booted() Booted { return h.booted }

// Done is closed when QEMU has ended, by Close or otherwise.
func (h *Host) Done() <-chan struct{} { return h.process.ended }

// Close ends the connections and the machine, and returns when QEMU has ended. A guest
// whose disk is kept is shut down first if its description says how. The error is a
// hosts.HarnessError where the console could not be kept whole.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.err = h.over.Close()
		limit := h.console.guest.Limits.PowerOff
		if line := h.config.Guest.PowerOff; line != "" && !h.config.Machine.Snapshot {
			// Where it cannot be typed, or has no effect, QEMU is ended below.
			if h.console.typeIn(context.Background(), limit, line+enterKey) == nil {
				h.process.isOver(limit)
			}
		}
		h.process.stop()
		<-h.console.Done()
		h.err = errors.Join(h.err, h.console.notKept(), h.process.release())
	})
	return h.err
}
