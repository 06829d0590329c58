package qemu

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"eaibench/hosts"
	"eaibench/hosts/ssh"
)

// Config says which virtual machine is started.
type Config struct {
	// Name for people and records.
	Name string
	// Machine to start. With Port 0, a free one is chosen.
	Machine Machine
	// Guest inside.
	Guest Guest
	// Folder is an absolute path of this side, of a folder that only the user may
	// read. A new key pair is written there, and the guest's host keys.
	Folder string
	// Console receives everything that the guest's console shows, until Close.
	Console io.Writer
}

// attempts is how many ports are tried: between its choice and QEMU's use of it,
// another program may take one.
const attempts = 5

// Start starts a virtual machine and returns when it can be used over SSH. Ctx bounds
// the start alone. QEMU that crashes before that is started once more, and the console
// says so: with several processors, emulating may fault while a guest sets its devices
// up, and nothing has been done inside. The error is a hosts.HarnessError where the
// machine could not be started, else a hosts.TargetError with a BootError; then nothing
// is left running.
func Start(ctx context.Context, config Config) (*Host, error) {
	choose, again := config.Machine.Port == 0, true
	for attempt := 1; ; attempt++ {
		var holding net.Listener
		if choose {
			var err error
			if holding, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				return nil, config.harness(err)
			}
			config.Machine.Port = holding.Addr().(*net.TCPAddr).Port
		}
		h, err := config.start(ctx, holding)
		var taken *portTaken
		if choose && errors.As(err, &taken) && attempt < attempts {
			continue
		}
		var died *crash
		if again && errors.As(err, &died) && ctx.Err() == nil {
			again = false
			if _, err := fmt.Fprintf(config.Console, "\r\n%v; it is started once more\r\n", died.end); err != nil {
				return nil, config.harness(fmt.Errorf("keeping the console: %w", err))
			}
			continue
		}
		return h, err
	}
}

// crash is the error for a start in which QEMU crashed.
type crash struct {
	error
	end error // how
}

// Unwrap gives the error without it.
func (c *crash) Unwrap() error { return c.error }

// portTaken is the error for a port that QEMU could not bind.
type portTaken struct{ error }

func (c Config) harness(err error) error {
	return &hosts.HarnessError{Op: "host " + c.Name + ": start QEMU", Err: err}
}

// start starts the machine. Who holds its port lets it go just before.
func (c Config) start(ctx context.Context, holding net.Listener) (*Host, error) {
	err := errors.Join(c.Machine.Check(), c.Guest.Check())
	if c.Name == "" || c.Console == nil || !filepath.IsAbs(c.Folder) {
		err = errors.Join(err, errors.New("it needs a name, a writer for its console and the absolute path of a folder"))
	}
	if holding != nil {
		err = errors.Join(err, holding.Close())
	}
	if err != nil {
		return nil, c.harness(err)
	}
	p, err := launch(c.Machine.Command())
	if err != nil {
		return nil, c.harness(err)
	}
	kept := &counted{Writer: c.Console}
	console, err := NewConsole(c.Name, c.Guest, p, kept)
	if err != nil {
		p.stop()
		return nil, errors.Join(err, p.release())
	}
	h := &Host{config: c, console: console, process: p}
	if err := h.boot(ctx); err != nil {
		return nil, h.failed(err, kept)
	}
	return h, nil
}

// counted counts what goes through it.
type counted struct {
	io.Writer
	bytes atomic.Int64
}

func (c *counted) Write(b []byte) (int, error) {
	c.bytes.Add(int64(len(b)))
	return c.Writer.Write(b)
}

// failed ends a machine that did not get so far as to be used, and says why: one
// that ended by itself before its guest showed anything did not start at all.
func (h *Host) failed(err error, kept *counted) (why error) {
	byItself := errors.Is(err, ErrClosed) && h.process.isOver(termLimit)
	if h.over != nil {
		err = errors.Join(err, h.over.Close())
	}
	h.process.stop()
	<-h.console.Done()
	_ = h.process.release() // Nothing is lost.
	end := h.process.end()
	if byItself && h.process.crashed() {
		defer func() { why = &crash{why, end} }()
	}
	switch {
	case byItself && kept.bytes.Load() == 0 && strings.Contains(end.Error(), "host forwarding"):
		return h.config.harness(&portTaken{end})
	case byItself && kept.bytes.Load() == 0:
		return h.config.harness(end)
	case byItself:
		return fmt.Errorf("%w\n%w", err, end)
	}
	return err
}

// boot follows the guest until it can be used.
func (h *Host) boot(ctx context.Context) (err error) {
	if h.booted, err = h.console.Boot(ctx); err != nil {
		return err
	}
	if err := h.console.GetAddress(ctx); err != nil {
		return err
	}
	public, keyFile, err := h.config.newKey()
	if err != nil {
		return h.config.harness(err)
	}
	if err := h.console.InstallKey(ctx, public); err != nil {
		return err
	}
	keys, err := h.console.HostKeys(ctx)
	if err != nil {
		return err
	}
	known, err := h.config.writeKnown(keys)
	if err != nil {
		return h.config.harness(err)
	}
	h.over, err = ssh.New(ssh.Config{
		Name: h.config.Name, Address: "127.0.0.1", Port: h.config.Machine.Port, User: h.config.Guest.User,
		KeyFile: keyFile, KnownHosts: known,
	})
	if err != nil {
		return err
	}
	return h.reach(ctx)
}

// newKey makes a key pair and writes the private one.
func (c Config) newKey() (cryptossh.PublicKey, string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", err
	}
	block, err := cryptossh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, "", err
	}
	public, err := cryptossh.NewPublicKey(private.Public())
	if err != nil {
		return nil, "", err
	}
	file := filepath.Join(c.Folder, "key")
	return public, file, os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// writeKnown writes the guest's host keys.
func (c Config) writeKnown(keys []cryptossh.PublicKey) (string, error) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Machine.Port))
	var lines strings.Builder
	for _, key := range keys {
		lines.WriteString(knownhosts.Line([]string{address}, key) + "\n")
	}
	file := filepath.Join(c.Folder, "known_hosts")
	return file, os.WriteFile(file, []byte(lines.String()), 0o600)
}

// reach waits until the SSH server lets the user in and runs a command. It may still
// be starting: QEMU takes connections for it all the same, and cuts them.
func (h *Host) reach(ctx context.Context) error {
	c := h.console
	c.enter(StageSSH)
	limited, cancel := context.WithTimeout(ctx, c.guest.Limits.Command)
	defer cancel()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		exit, err := h.over.Run(limited, hosts.Command{Args: []string{"/bin/sh", "-c", ":"}})
		var target *hosts.TargetError
		switch {
		case err == nil && exit.OK():
			return nil
		case err == nil && limited.Err() == nil:
			return c.fault(ErrCommand, exit.String())
		case err != nil && limited.Err() == nil && !errors.As(err, &target):
			return err
		}
		select {
		case <-h.process.ended:
			return c.fault(ErrClosed, "")
		case <-limited.Done():
			if ctx.Err() == nil && err != nil {
				return c.fault(ErrSilent, err.Error())
			}
			return c.late(ctx, limited.Err())
		case <-again.C:
		}
	}
}
