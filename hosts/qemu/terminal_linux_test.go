package qemu_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"eaibench/hosts/qemu"
)

// terminal gives the two ends of a pseudo-terminal, which treats what is typed as a
// serial line does: it echoes, and makes Enter a line's end.
func terminal(t *testing.T) (near, far *os.File) {
	t.Helper()
	near, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := near.SyscallConn() // Fd would make closing wait for reads.
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var asked error
	err = raw.Control(func(fd uintptr) {
		number, asked = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		if asked == nil {
			asked = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		}
	})
	if err := errors.Join(err, asked); err != nil {
		t.Fatal(err)
	}
	far, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return near, far
}

// Real shells on a real terminal, dash and bash with its line editor, are talked with
// as the fake one is. What stands in for login(1) asks for a name and a password.
func TestTerminal(t *testing.T) {
	for _, shell := range []string{"/bin/sh -i", "/bin/bash --norc -i"} {
		t.Run(shell, func(t *testing.T) {
			home := t.TempDir()
			near, far := terminal(t)
			script := `printf 'Linux version 6\nhost login: '; read name; stty -echo; printf 'Password: '; read password; stty echo; echo
[ "$name $password" = 'root secret' ] || { echo Login incorrect; exit; }
echo 'Last login: today'; cd; exec ` + shell
			command := exec.Command("/bin/sh", "-c", script)
			command.Stdin, command.Stdout, command.Stderr = far, far, far
			command.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=vt100", "PS1=# "}
			command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			far.Close()
			defer func() {
				near.Close() // Hangs up.
				_ = command.Wait()
			}()
			guest := qemu.DebianGuest()
			guest.Password = "secret"
			var kept bytes.Buffer
			c, err := qemu.NewConsole("vm", guest, near, &kept)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			got, err := c.Boot(ctx)
			if err != nil {
				t.Fatalf("%v; the console: %q", err, kept.String())
			}
			if got.Kernel != qemu.Linux {
				t.Errorf("kernel %q", got.Kernel)
			}
			public := key(t, true)
			if err := c.InstallKey(t.Context(), public); err != nil {
				t.Fatal(err)
			}
			if keys := content(t, filepath.Join(home, ".ssh", "authorized_keys")); strings.TrimSpace(keys) != strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) {
				t.Errorf("installed is %q", keys)
			}
			if shown, err := c.Command(t.Context(), "echo $((6*7)) $0"); err != nil || !strings.Contains(shown, "\n42 /bin/sh\n") {
				t.Errorf("got %q, %v", shown, err)
			}
		})
	}
}
