package ssh_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

// within is a context for what must end.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func command(args ...string) hosts.Command { return hosts.Command{Args: args} }

// works runs a command that must end well, and gives its output.
func works(t *testing.T, host *ssh.Host, args ...string) string {
	t.Helper()
	var out, complaint bytes.Buffer
	exit, err := host.Run(within(t), hosts.Command{Args: args, Stdout: &out, Stderr: &complaint})
	if err != nil || !exit.OK() {
		t.Fatalf("%q: %v, %v, %s", args, exit, err, complaint.String())
	}
	return out.String()
}

// fails runs a command that must not be started, for which the host (target) or
// this side is to blame, and whose error says each of the texts.
func fails(t *testing.T, host *ssh.Host, target bool, says ...string) error {
	t.Helper()
	exit, err := host.Run(within(t), command("/bin/true"))
	var ofTarget *hosts.TargetError
	var ofHarness *hosts.HarnessError
	if errors.As(err, &ofTarget) != target || errors.As(err, &ofHarness) == target {
		t.Fatalf("got %v, %v (%T); to blame is the host: %v", exit, err, err, target)
	}
	for _, text := range append(says, "host "+host.Name()+": ") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	return err
}

func TestUserKey(t *testing.T) {
	server := sshtest.Start(t, "Banner "+os.DevNull)
	server.NewKey("stranger", "")
	server.NewKey("locked", "secret")
	server.Write("banner", "authorised users only\n")
	server.Write("broken", "no key\n")
	for name, mode := range map[string]os.FileMode{"open to all": 0o644, "open to a group": 0o620} {
		server.Write(name, "")
		if err := os.Chmod(server.Path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, key string
		target    bool
		says      []string
	}{
		{"not let in", "stranger", true, []string{"not let in as user root", server.Path("stranger"), "unable to authenticate"}},
		{"with a passphrase", "locked", false, []string{"has a passphrase", "ssh-add"}},
		{"no key", "broken", false, []string{"broken", "no key found"}},
		{"missing", "missing", false, []string{"missing", "no such file"}},
		{"open to all", "open to all", false, []string{"chmod 600"}},
		{"open to a group", "open to a group", false, []string{"chmod 600"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := server.Config("loopback")
			config.KeyFile = server.Path(test.key)
			fails(t, open(t, config), test.target, test.says...)
		})
	}
}

func TestBanner(t *testing.T) {
	server := sshtest.Start(t)
	server.Stop()
	server.Write("banner", "this host is being repaired\n")
	server.Options = []string{"Banner " + server.Path("banner"), "AllowUsers nobody"}
	server.Start()
	fails(t, open(t, server.Config("loopback")), true, "this host is being repaired")
}

// serveAgent is an agent with keys, at a socket.
func serveAgent(t *testing.T, socket string, keys ...any) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, key := range keys {
		if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			// Its end is the client's.
			_ = agent.ServeAgent(ring, connection)
			connection.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
}

func TestAgent(t *testing.T) {
	server := sshtest.Start(t)
	locked := server.NewKey("locked", "secret")
	server.Write("authorized_keys", string(cryptossh.MarshalAuthorizedKey(locked)))
	text, err := os.ReadFile(server.Path("locked"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := cryptossh.ParseRawPrivateKeyWithPassphrase(text, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := cryptossh.ParseRawPrivateKey(pemOf(t, server.Path("user")))
	if err != nil {
		t.Fatal(err)
	}
	serveAgent(t, server.Path("full"), other, key)
	serveAgent(t, server.Path("lacking"), other)
	serveAgent(t, server.Path("empty"))
	for _, test := range []struct {
		name, key, socket string
		says              string // of the failure; "": none
	}{
		{"its keys", "", "full", ""},
		{"a key with a passphrase", "locked", "full", ""},
		{"a key that it lacks", "locked", "lacking", "is not in the agent"},
		{"no key", "", "empty", "holds no key"},
		{"no agent", "", "missing", "SSH agent: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := server.Config("loopback")
			config.AgentSocket = server.Path(test.socket)
			if config.KeyFile = ""; test.key != "" {
				config.KeyFile = server.Path(test.key)
			}
			host := open(t, config)
			if test.says == "" {
				works(t, host, "/bin/true")
				return
			}
			fails(t, host, false, test.says)
		})
	}
}

func pemOf(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(text); block == nil {
		t.Fatalf("%s holds no key", file)
	}
	return text
}

func TestJumpHost(t *testing.T) {
	gateway, target := sshtest.Start(t, "ForceCommand /bin/false"), sshtest.Start(t)
	jump := open(t, gateway.Config("gateway"))
	config := target.Config("board")
	config.Jump = jump
	host := open(t, config)
	// The gateway runs no command for us, and needs not.
	if got := works(t, host, "/bin/echo", "through"); got != "through\n" {
		t.Errorf("got %q", got)
	}
	if len(gateway.Children()) == 0 {
		t.Error("the connection does not go through the gateway")
	}
	process, err := host.Start(within(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	gateway.Cut()
	_, err = process.Wait()
	var fault *hosts.TargetError
	if !errors.As(err, &fault) || fault.Host != "board" {
		t.Errorf("after the gateway was cut: %v, want a TargetError of the board", err)
	}
	works(t, host, "/bin/true")
	gateway.Stop()
	_, err = host.Run(within(t), command("/bin/true"))
	if !errors.As(err, &fault) || fault.Host != "gateway" {
		t.Errorf("after the gateway was stopped: %v, want a TargetError of the gateway", err)
	}
}

func TestReconnect(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	works(t, host, "/bin/true")
	for _, lose := range []func(){
		server.Cut,
		func() {
			server.Stop()
			server.Start()
		},
	} {
		lose()
		// At once: the loss need not be known yet.
		works(t, host, "/bin/true")
		if err := host.WriteFile(within(t), server.Path("file"), strings.NewReader("text"), 0o600); err != nil {
			t.Error(err)
		}
	}
	lose := server.Cut
	lose()
	if err := host.WriteFile(within(t), server.Path("file"), strings.NewReader("text"), 0o600); err != nil {
		t.Errorf("a file first: %v", err)
	}
	server.Stop()
	fails(t, host, true, "connection refused", server.Address())
	server.Start()
	works(t, host, "/bin/true")
}

// answered does something until it is not for want of an answer within a second that it fails: a busy machine may be later with one.
func answered(t *testing.T, do func() error) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		err := do()
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "no answer for 1s") || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// A host that falls silent, without closing anything, is lost after two spans of
// the keep-alive.
func TestSilentHost(t *testing.T) {
	server := sshtest.Start(t)
	config := server.Config("loopback")
	config.KeepAlive = time.Second
	host := open(t, config)
	var process hosts.Process
	answered(t, func() (err error) {
		process, err = host.Start(within(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
		return err
	})
	defer process.Stdout().Close()
	frozen := server.Children()
	for _, pid := range frozen {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil && !errors.Is(err, syscall.ESRCH) { // of a connection that was lost before
			t.Fatal(err)
		}
	}
	_, err := process.Wait()
	var fault *hosts.TargetError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "no answer for 1s") {
		t.Errorf("got %v", err)
	}
	// The next connection ends what was left before anything else runs, though the first is frozen still.
	answered(t, func() error {
		exit, err := host.Run(within(t), command("/bin/true"))
		if err == nil && !exit.OK() {
			t.Error(exit)
		}
		return err
	})
	if left := marked(t, host); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestClosed(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	process, err := host.Start(within(t), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Wait(); err == nil || !strings.Contains(err.Error(), "closed by this side") {
		t.Errorf("a command of a closed host: %v", err)
	}
	if _, err := io.ReadAll(process.Stdout()); err == nil {
		t.Error("its output has an end as if nothing had happened")
	}
	fails(t, host, false, "closed by this side")
	server.Until("no process of a command is left", func() bool { return len(marked(t, host)) == 0 })
	server.Until("no connection is left", func() bool { return len(server.Children()) == 0 })
}

func TestConfig(t *testing.T) {
	_, err := ssh.New(ssh.Config{Name: "board", Port: 70000, KnownHosts: "known_hosts"})
	for _, says := range []string{"address", "user", "70000", "key file or an agent", `"known_hosts" is not an absolute path`} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}
