package ssh_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

// A user's shell may be any, and may print what it likes at its start.
func TestUsersShell(t *testing.T) {
	for name, shell := range map[string]string{
		"bash": "/bin/bash", "fish": "/usr/bin/fish", "zsh": "/usr/bin/zsh", "dash": "/bin/dash",
	} {
		t.Run(name, func(t *testing.T) {
			server := sshtest.Start(t)
			server.Stop()
			script := server.Path("login")
			server.Write("login", "#!/bin/sh\necho welcome; echo welcome >&2\nexec "+shell+` -c "$SSH_ORIGINAL_COMMAND"`+"\n")
			if err := os.Chmod(script, 0o755); err != nil {
				t.Fatal(err)
			}
			server.Options = []string{"ForceCommand " + script}
			server.Start()
			host := open(t, server.Config("loopback"))
			if got := works(t, host, "/bin/echo", "it's", "line\nbreak"); got != "it's line\nbreak\n" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestNoShell(t *testing.T) {
	server := sshtest.Start(t, `ForceCommand echo This account is not available.; exit 1`)
	fails(t, open(t, server.Config("loopback")), true, "no POSIX shell", "This account is not available.")
}

func TestNoSFTP(t *testing.T) {
	server := sshtest.Start(t, "Subsystem sftp /bin/false")
	host := open(t, server.Config("loopback"))
	err := host.WriteFile(within(t), server.Path("file"), strings.NewReader(""), 0o600)
	var fault *hosts.TargetError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "sftp") {
		t.Errorf("got %v", err)
	}
	works(t, host, "/bin/true")
}

// A server may allow fewer sessions than it usually does.
func TestFewSessions(t *testing.T) {
	for _, most := range []int{2, 3} {
		server := sshtest.Start(t, fmt.Sprintf("MaxSessions %d", most))
		host := open(t, server.Config("loopback"))
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				exit, err := host.Run(within(t), command("/bin/sh", "-c", fmt.Sprintf("exit %d", i)))
				if err != nil || exit.Code != i {
					t.Errorf("of %d sessions: %v, %v", most, exit, err)
				}
			})
		}
		all.Wait()
	}
	server := sshtest.Start(t, "MaxSessions 1")
	fails(t, open(t, server.Config("loopback")), true, "allows no session")
}

func TestNoForwarding(t *testing.T) {
	server := sshtest.Start(t, "AllowTcpForwarding no")
	host := open(t, server.Config("loopback"))
	var fault *hosts.TargetError
	if _, err := host.ForwardBack(within(t), "127.0.0.1:9"); !errors.As(err, &fault) {
		t.Errorf("got %v, want a TargetError", err)
	}
}

// A port of the host goes on being forwarded when the host was lost; one on the
// host ends.
func TestForwardingOfALostHost(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(connection, "hello") // Who asks sees what is missing.
			connection.Close()
		}
	})
	defer serving.Wait()
	defer listener.Close()
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	forward, err := host.Forward(within(t), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	back, err := host.ForwardBack(within(t), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server.Cut()
	select {
	case <-back.Done():
	case <-within(t).Done():
		t.Error("the port on the lost host does not end")
	}
	connection, err := net.Dial("tcp", forward.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if text, err := io.ReadAll(connection); err != nil || string(text) != "hello" {
		t.Errorf("after the loss: %q, %v", text, err)
	}
	if err := errors.Join(forward.Close(), back.Close()); err != nil {
		t.Error(err)
	}
}

// What a program finds: its own session, three descriptors, no mark of the way that
// it came.
func TestSurroundings(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	got := works(t, host, "/bin/sh", "-c", `set -- /proc/$$/fd/*; echo $#; read -r a b c d e f rest </proc/$$/stat; [ "$f" = "$$" ] && [ "$e" = "$$" ] && echo leader`)
	if got != "4\nleader\n" { // The fourth is the folder's that is being listed.
		t.Errorf("got %q", got)
	}
	folder := server.FolderFor("a=b")
	script := folder + "/c=d"
	if err := host.WriteFile(within(t), script, strings.NewReader("#!/bin/sh\necho \"$0\" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := works(t, host, script, "e=f"); got != script+" e=f\n" {
		t.Errorf("a program with = in its path: %q", got)
	}
}

// A supervisor that somebody kills leaves no program behind, and is told.
func TestKilledSupervisor(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	process, err := host.Start(within(t), hosts.Command{Args: []string{"/bin/sleep", "1000"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	// All between the server and the program.
	works(t, host, "/bin/sh", "-c", `parent() { read -r a b c d rest <"/proc/$1/stat"; echo "$d"; }
		all= one=$(parent "$1")
		while read -r name <"/proc/$one/comm"; case $name in sshd*) false ;; esac; do all="$one $all" one=$(parent "$one"); done
		kill -KILL $all`, "sh", fmt.Sprint(process.PID()))
	_, err = process.Wait()
	var fault *hosts.TargetError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "supervisor") {
		t.Errorf("got %v", err)
	}
	server.Until("no process is left", func() bool { return len(marked(t, host)) == 0 }) // Zombies are init's.
	works(t, host, "/bin/true")
}

// asHarness makes the test program a harness that starts a command on a host.
const asHarness = "SSH_TEST_AS_HARNESS"

func harness() {
	config := ssh.Config{}
	if _, err := fmt.Sscan(os.Getenv(asHarness), &config.Port, &config.KeyFile, &config.KnownHosts); err != nil {
		panic(err)
	}
	config.Name, config.Address, config.User = "loopback", "127.0.0.1", "root"
	host, err := ssh.New(config)
	if err != nil {
		panic(err)
	}
	process, err := host.Start(noEnd(), command("/bin/sleep", "1000"))
	if err != nil {
		panic(err)
	}
	fmt.Println(process.PID())
	_, err = process.Wait()
	panic(err)
}

// TestNothingOutlivesAKilledHarness kills a harness that nobody watches.
func TestNothingOutlivesAKilledHarness(t *testing.T) {
	server := sshtest.Start(t)
	config := server.Config("loopback")
	other := exec.Command("/proc/self/exe")
	other.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s", asHarness, config.Port, config.KeyFile, config.KnownHosts))
	other.Stderr = os.Stderr
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("process %d is not there: %v", pid, err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("the harness ended well though it was killed")
	}
	server.Until("nothing outlives the harness", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && len(server.Children()) == 0 })
}
