package qemu_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/ssh"

	"eaibench/hosts"
	"eaibench/hosts/qemu"
)

// key makes a key pair and gives the public one. One of RSA is long.
func key(t *testing.T, long bool) ssh.PublicKey {
	t.Helper()
	var public any
	if long {
		private, err := rsa.GenerateKey(rand.Reader, 4096)
		if err != nil {
			t.Fatal(err)
		}
		public = private.Public()
	} else {
		var err error
		if public, _, err = ed25519.GenerateKey(rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// listener notes the lines that are typed.
type listener struct {
	io.ReadWriter
	typed bytes.Buffer
}

func (l *listener) Write(p []byte) (int, error) {
	l.typed.Write(p)
	return l.ReadWriter.Write(p)
}

// booted gives a console whose shell works in the home folder, and what is typed.
func booted(t *testing.T, guest qemu.Guest, home string) (*qemu.Console, *listener, func()) {
	t.Helper()
	stream, closing := console(t, home, steps(show("login:"), typed("root\r"), shell("# ")))
	heard := &listener{ReadWriter: stream}
	c, err := qemu.NewConsole("vm", guest, heard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, heard, closing
}

func TestInstallKey(t *testing.T) {
	for name, test := range map[string]struct {
		key  ssh.PublicKey
		kept string // in authorized_keys before
	}{
		"short":                     {key(t, false), ""},
		"long":                      {key(t, true), ""},
		"after one without an end":  {key(t, false), "ssh-ed25519 other"},
		"after one that is in full": {key(t, false), "ssh-ed25519 other\n"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			keys := filepath.Join(home, ".ssh", "authorized_keys")
			if test.kept != "" {
				if err := errors.Join(os.Mkdir(filepath.Dir(keys), 0o755), os.WriteFile(keys, []byte(test.kept), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				guest := qemu.DebianGuest()
				guest.Prepare = []string{"echo prepared >>~/prepared"}
				c, heard, closing := booted(t, guest, home)
				defer closing()
				if err := c.InstallKey(t.Context(), test.key); err != nil {
					t.Fatal(err)
				}
				for line := range strings.SplitSeq(heard.typed.String(), "\r") {
					if len(line) > 150 {
						t.Errorf("%d characters in one line: %s", len(line), line)
					}
				}
			})
			var lines []string
			for line := range strings.Lines(content(t, keys)) {
				if line != "\n" {
					lines = append(lines, line)
				}
			}
			want := strings.TrimSuffix(test.kept, "\n")
			if want != "" {
				want += "\n"
			}
			want += string(ssh.MarshalAuthorizedKey(test.key))
			if got := strings.Join(lines, ""); got != want {
				t.Errorf("authorized_keys has %q, want %q", got, want)
			}
			for file, mode := range map[string]os.FileMode{keys: 0o600, filepath.Dir(keys): 0o700} {
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
					t.Errorf("%s: %v, %v, want mode %o", file, info.Mode(), err, mode)
				}
			}
			if content(t, filepath.Join(home, "prepared")) != "prepared\n" {
				t.Error("the SSH server was not prepared")
			}
			if left, err := os.ReadDir(filepath.Dir(keys)); err != nil || len(left) != 1 {
				t.Errorf("left are %v, %v", left, err)
			}
		})
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A guest that cannot take the key says so.
func TestInstallKeyFails(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".ssh"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	public := key(t, false)
	synctest.Test(t, func(t *testing.T) {
		c, _, closing := booted(t, qemu.DebianGuest(), home)
		defer closing()
		err := c.InstallKey(t.Context(), public)
		var fault *qemu.BootError
		if !errors.As(err, &fault) || fault.Stage != qemu.StageKey || !errors.Is(err, qemu.ErrCommand) {
			t.Errorf("got %v", err)
		}
	})
}

// A serial line may lose some of what is typed: what arrived otherwise is no key, and nobody is let in with it.
func TestInstallKeyLosesSome(t *testing.T) {
	home := t.TempDir()
	bin := filepath.Join(home, "bin")
	if err := errors.Join(os.Mkdir(bin, 0o755), os.WriteFile(filepath.Join(bin, "cat"), []byte("#!/bin/sh\n/bin/cat \"$@\" | tr -d A\n"), 0o755)); err != nil {
		t.Fatal(err)
	}
	public := key(t, false)
	synctest.Test(t, func(t *testing.T) {
		c, _, closing := booted(t, qemu.DebianGuest(), home)
		defer closing()
		if err := c.InstallKey(t.Context(), public); !errors.Is(err, qemu.ErrCommand) || !strings.Contains(err.Error(), "did not arrive") {
			t.Errorf("got %v", err)
		}
	})
	if _, err := os.Stat(filepath.Join(home, ".ssh", "authorized_keys")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("keys are authorised: %v", err)
	}
}

func TestGetAddress(t *testing.T) {
	for name, test := range map[string]struct {
		has, get string
		want     error
		got      bool // GetAddress was run
	}{
		"none needed":  {"", "", nil, false},
		"has one":      {"true", "touch ~/got", nil, false},
		"gets one":     {"test -e ~/got", "touch ~/got", nil, true},
		"cannot":       {"false", "touch ~/got; false", qemu.ErrCommand, true},
		"still has no": {"false", "touch ~/got", qemu.ErrCommand, true},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				guest := qemu.DebianGuest()
				guest.HasAddress, guest.GetAddress = test.has, test.get
				c, _, closing := booted(t, guest, home)
				defer closing()
				if err := c.GetAddress(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
			if _, err := os.Stat(filepath.Join(home, "got")); (err == nil) != test.got {
				t.Errorf("an address was asked for: %v, want %t", err, test.got)
			}
		})
	}
}

// Host keys are read from between what else the console shows.
func TestHostKeys(t *testing.T) {
	public := []ssh.PublicKey{key(t, false), key(t, true)}
	home := t.TempDir()
	text := "ugen0.2: <QEMU> at usbus0\n"
	for _, key := range public {
		text += string(ssh.MarshalAuthorizedKey(key))
	}
	// The shell finds this cat first.
	script := "#!/bin/sh\nprintf '%s' '" + text + "'\n"
	if err := errors.Join(os.Mkdir(filepath.Join(home, "bin"), 0o755), os.WriteFile(filepath.Join(home, "bin", "cat"), []byte(script), 0o755)); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c, _, closing := booted(t, qemu.DebianGuest(), home)
		defer closing()
		got, err := c.HostKeys(t.Context())
		if err != nil || len(got) != len(public) {
			t.Fatalf("got %v, %v", got, err)
		}
		for i := range got {
			if !bytes.Equal(got[i].Marshal(), public[i].Marshal()) {
				t.Errorf("key %d is another", i)
			}
		}
	})
}

func TestWhatCannotBeTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, closing := booted(t, qemu.DebianGuest(), "")
		defer closing()
		for _, line := range []string{strings.Repeat("x", 151), "a\x01x", "a\nb"} {
			_, err := c.Command(t.Context(), line)
			var harness *hosts.HarnessError
			if !errors.As(err, &harness) {
				t.Errorf("%q: got %v, want a HarnessError", line, err)
			}
		}
		if shown, err := c.Command(t.Context(), "echo "+strings.Repeat("x", 145)); err != nil || !strings.Contains(shown, "\n"+strings.Repeat("x", 145)+"\n") {
			t.Errorf("got %q, %v", shown, err)
		}
	})
}

func TestGuestFaults(t *testing.T) {
	for _, guest := range []qemu.Guest{qemu.CheriBSDGuest(), qemu.DebianGuest()} {
		if err := guest.Check(); err != nil {
			t.Error(err)
		}
	}
	_, err := qemu.NewConsole("vm", qemu.Guest{
		Password: "secret\x01", GetAddress: "dhclient", Prepare: []string{strings.Repeat("x", 151)}, Root: []string{""},
		Banners: []qemu.Banner{{Text: "kernel"}}, Limits: qemu.Limits{Root: -1},
	}, nil, io.Discard)
	want := `host vm: console: it needs a prompt for a user
it needs a shell's prompt
it needs a user
it needs its SSH server's files of public keys
that it has an address and how it gets one go together
a line has control characters, which cannot be typed
a line of 151 bytes is longer than the 150 that can be typed
an empty text is on every console
a banner needs a text and a kernel
a limit below 0 is none`
	var harness *hosts.HarnessError
	if !errors.As(err, &harness) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
