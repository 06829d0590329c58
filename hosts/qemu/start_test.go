package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/qemu"
)

// acting gives a machine that this test program acts as, and its guest's home.
func acting(t *testing.T, as string) (qemu.Config, string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv(actAs, as)
	t.Setenv(homeHere, home)
	if err := os.Mkdir(filepath.Join(home, "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(home, "host_key")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config := configOf(home)
	config.Console = io.Discard
	return config, home
}

// gone waits until a machine's process has ended.
func gone(t *testing.T, home string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(home, "alive"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	held := make(chan error, 1)
	go func() { held <- syscall.Flock(int(file.Fd()), syscall.LOCK_EX) }()
	select {
	case err := <-held:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("the machine still runs")
	}
}

func TestStart(t *testing.T) {
	for _, as := range []string{"guest", "port taken once", "crashes once"} {
		for _, snapshot := range []bool{false, true} {
			t.Run(as+" snapshot="+strconv.FormatBool(snapshot), func(t *testing.T) {
				config, home := acting(t, as)
				var console bytes.Buffer
				config.Console, config.Machine.Snapshot = &console, snapshot
				config.Machine.Binary = copied(t)
				h, err := qemu.Start(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				// Local commands leave nothing behind; the machine is none of what they leave.
				if exit, err := hosts.Local().Run(t.Context(), hosts.Command{Args: []string{"/bin/true"}}); err != nil || !exit.OK() {
					t.Errorf("locally: %s, %v", exit, err)
				}
				var out bytes.Buffer
				exit, err := h.Run(t.Context(), hosts.Command{Args: []string{"/bin/echo", "over", "SSH"}, Stdout: &out})
				if err != nil || !exit.OK() || out.String() != "over SSH\n" {
					t.Errorf("got %q, %s, %v", out.String(), exit, err)
				}
				if h.Booted().Kernel != qemu.Purecap || h.Name() != "vm" {
					t.Errorf("got %+v of %s", h.Booted(), h.Name())
				}
				for range 2 {
					if err := h.Close(); err != nil {
						t.Error(err)
					}
				}
				gone(t, home)
				if _, err := os.Stat(filepath.Join(home, "off")); (err == nil) == snapshot {
					t.Errorf("it was shut down: %v, snapshot %t", err, snapshot)
				}
				if again := strings.Contains(console.String(), "signal: aborted; it is started once more"); again != (as == "crashes once") {
					t.Errorf("it says that it was started once more: %t: %q", again, console.String())
				}
				if !strings.HasPrefix(console.String(), loader) || !strings.Contains(console.String(), "authorized_keys") {
					t.Errorf("the console was not kept: %q", console.String())
				}
			})
		}
	}
}

// copied gives a copy of this program: package hosts knows what this one has just
// started by the file that it executes.
func copied(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "qemu")
	if err := os.WriteFile(file, []byte(content(t, os.Args[0])), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestStartFails(t *testing.T) {
	for as, test := range map[string]struct {
		change  func(*qemu.Config)
		harness bool
		want    []string
	}{
		"no disk": {func(*qemu.Config) {}, true, []string{"host vm: start QEMU", "exit status 1", "could not open disk image"}},
		"missing": {func(c *qemu.Config) { c.Machine.Binary = "/nowhere/qemu" }, true, []string{"host vm: start QEMU", "/nowhere/qemu"}},
		"guest": {
			func(c *qemu.Config) { c.Machine.Memory, c.Folder, c.Guest.User = 0, "", "" }, true,
			[]string{"0 MiB", "needs a user", "absolute path of a folder"},
		},
		"crashes": {func(*qemu.Config) {}, false, []string{"boot: stage ", "the console ended", "signal: aborted"}},
		"dies":    {func(*qemu.Config) {}, false, []string{"boot: stage ", "the console ended", "KVM internal error", "exit status 3", "killed by its test"}},
		"panics":  {func(*qemu.Config) {}, false, []string{`stage "kernel"`, `"panic: trap"`}},
	} {
		t.Run(as, func(t *testing.T) {
			config, home := acting(t, as)
			test.change(&config)
			_, err := qemu.Start(t.Context(), config)
			var harness *hosts.HarnessError
			var target *hosts.TargetError
			if errors.As(err, &harness) != test.harness || errors.As(err, &target) == test.harness {
				t.Errorf("got %v, of the harness: want %t", err, test.harness)
			}
			for _, part := range test.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("got %v, want %q in it", err, part)
				}
			}
			if as == "panics" {
				gone(t, home)
			}
		})
	}
}

// A port that is given is used or refused, never changed.
func TestStartAtAGivenPort(t *testing.T) {
	config, home := acting(t, "port taken once")
	config.Machine.Port = 1
	_, err := qemu.Start(t.Context(), config)
	var harness *hosts.HarnessError
	if !errors.As(err, &harness) || !strings.Contains(err.Error(), "host forwarding") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(home, "alive")); err == nil {
		t.Error("it was tried again")
	}
}

// QEMU that ends while it is used is a failure of the target, and Close still works.
func TestMachineIsKilled(t *testing.T) {
	config, home := acting(t, "guest")
	var console bytes.Buffer
	config.Console = &console
	h, err := qemu.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(content(t, filepath.Join(home, "pid")))
	if err != nil {
		t.Fatal(err)
	}
	process, err := h.Start(t.Context(), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, err = process.Wait()
	isLost(t, "what was under way", err)
	<-h.Done()
	_, err = h.Run(t.Context(), hosts.Command{Args: []string{"/bin/true"}})
	isLost(t, "what comes later", err)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	var closed *hosts.HarnessError
	if _, err := h.Run(t.Context(), hosts.Command{Args: []string{"/bin/true"}}); !errors.As(err, &closed) {
		t.Errorf("after Close: %v", err)
	}
	gone(t, home)
}

// isLost checks that an error is of the target, and says how its machine ended and
// what its console showed last.
func isLost(t *testing.T, what string, err error) {
	t.Helper()
	var target *hosts.TargetError
	if !errors.As(err, &target) || target.Host != "vm" {
		t.Errorf("%s: got %v, want a TargetError of the host", what, err)
		return
	}
	for _, part := range []string{"host vm: ", "signal: killed", "the console's last lines:\n", "host_key.pub"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %v, want %q in it", what, err, part)
		}
	}
}

// Where who owns it is killed, the machine ends too.
func TestOwnerIsKilled(t *testing.T) {
	_, home := acting(t, "owner")
	owner := exec.Command(os.Args[0])
	said, err := owner.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	// The machine holds its lock before its console shows anything to the owner's end.
	seen := make([]byte, 0, 1<<16)
	for !strings.Contains(string(seen), "holding") {
		part := make([]byte, 1024)
		n, err := said.Read(part)
		if err != nil {
			t.Fatalf("%v: %s", err, seen)
		}
		seen = append(seen, part[:n]...)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // It was killed.
	gone(t, home)
}

// A start that is given up leaves nothing behind.
func TestStartIsCancelled(t *testing.T) {
	config, home := acting(t, "panics")
	config.Guest.Failures = nil // It stays at the panic.
	ctx, cancel := context.WithCancel(t.Context())
	config.Console = onText{"holding", cancel}
	_, err := qemu.Start(ctx, config)
	var harness *hosts.HarnessError
	if !errors.As(err, &harness) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a HarnessError of the cancelling", err)
	}
	gone(t, home)
}

// onText calls a function when a text is written at once.
type onText struct {
	text string
	call func()
}

func (o onText) Write(b []byte) (int, error) {
	if strings.Contains(string(b), o.text) {
		o.call()
	}
	return len(b), nil
}

// A console that cannot be kept to its end is told of, and the guest goes on.
func TestConsoleIsLostLate(t *testing.T) {
	config, home := acting(t, "guest")
	full := errors.New("no space left")
	kept := &filling{err: full}
	config.Console = kept
	h, err := qemu.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	kept.full.Store(true)
	var harness *hosts.HarnessError
	if err := h.Close(); !errors.As(err, &harness) || !errors.Is(err, full) {
		t.Errorf("got %v, want a HarnessError with %q", err, full)
	}
	gone(t, home)
	if _, err := os.Stat(filepath.Join(home, "off")); err != nil {
		t.Errorf("it was not shut down: %v", err)
	}
}

// filling takes what is written until it is full.
type filling struct {
	full atomic.Bool
	err  error
}

func (f *filling) Write(b []byte) (int, error) {
	if f.full.Load() {
		return 0, f.err
	}
	return len(b), nil
}
