// Package sshtest starts a real OpenSSH server for tests of what is reached over SSH.
package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"golang.org/x/sys/unix"

	"eaibench/hosts/ssh"
)

// Server is a real OpenSSH server on a loopback port, with keys, a configuration
// and a log of its own, in a folder of its own. The server of the system, if there
// is one, has no part in it.
type Server struct {
	// Options are further lines of its configuration, for the next start.
	Options []string

	t       testing.TB
	folder  string
	port    int
	running *exec.Cmd
	ended   chan struct{} // closed when it is reaped
}

// sshdProgram is found here on Debian and on FreeBSD.
const sshdProgram = "/usr/sbin/sshd"

// Start starts a server with further lines of configuration. It is stopped when the test is over.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("the tests start an SSH server that lets root in: run them as root")
	}
	s := &Server{t: t, folder: t.TempDir(), Options: options}
	if err := os.Chmod(s.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	s.NewHostKey()
	public := s.NewKey("user", "")
	s.Write("authorized_keys", string(cryptossh.MarshalAuthorizedKey(public)))
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Path of one of the files beside the server's.
func (s *Server) Path(name string) string { return filepath.Join(s.folder, name) }

// Write makes one of them, for the user alone.
func (s *Server) Write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.Path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// NewKey writes a private key to a file of that name, with a passphrase unless that is "", and gives the public one.
func (s *Server) NewKey(name, passphrase string) cryptossh.PublicKey {
	s.t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	block, err := cryptossh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = cryptossh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.Write(name, string(pem.EncodeToMemory(block)))
	signer, err := cryptossh.NewSignerFromKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	return signer.PublicKey()
}

// NewHostKey gives the server a new key, that is known unless it had one.
func (s *Server) NewHostKey() cryptossh.PublicKey {
	public := s.NewKey("host_key", "")
	if s.port != 0 {
		return public
	}
	s.port = HoldPort(s.t)
	s.Write("known_hosts", knownhosts.Line([]string{s.Address()}, public)+"\n")
	return public
}

// HoldPort gives a free port of 127.0.0.1 that is nobody else's to the end of the test. A socket that is bound to it and does not listen
// keeps the system from giving it to anybody, and is in the way of none that asks for this very port with SO_REUSEADDR, as an SSH server
// does; while none listens, who connects is refused.
func HoldPort(t testing.TB) int {
	t.Helper()
	held, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(held) })
	if err := unix.SetsockoptInt(held, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(held, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(held)
	if err != nil {
		t.Fatal(err)
	}
	return bound.(*unix.SockaddrInet4).Port
}

// Address is host and port at which it listens.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Start starts the server, and waits until it listens.
func (s *Server) Start() {
	s.t.Helper()
	lines := append([]string{
		"ListenAddress " + s.Address(), "HostKey " + s.Path("host_key"), "PidFile none",
		"AuthorizedKeysFile " + s.Path("authorized_keys"), "StrictModes no", "UsePAM no",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
		"LogLevel VERBOSE", "MaxStartups 50",
	}, s.Options...)
	if !strings.Contains(strings.Join(lines, "\n"), "Subsystem") {
		lines = append(lines, "Subsystem sftp internal-sftp")
	}
	s.Write("sshd_config", strings.Join(lines, "\n")+"\n")
	// Where privileges are given up before the log-in, a folder of this name is needed.
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		s.t.Fatal(err)
	}
	log, err := os.OpenFile(s.Path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.running = exec.Command(sshdProgram, "-D", "-e", "-f", s.Path("sshd_config"))
	s.running.Stderr = log
	s.running.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.launch(); err != nil {
		s.t.Fatalf("OpenSSH's server (Debian: openssh-server): %v", err)
	}
	s.Until("the server listens", func() bool {
		connection, err := net.Dial("tcp", s.Address())
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

// launch starts it from a thread that lasts as long as it: the kernel ends it with the thread, and others may end theirs.
func (s *Server) launch() error {
	started, ended := make(chan error), make(chan struct{})
	command := s.running
	go func() {
		defer close(ended)
		runtime.LockOSThread() // Never unlocked: the thread ends with this goroutine.
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // It is killed.
		}
	}()
	s.ended = ended
	return <-started
}

// Until waits for what must come about.
func (s *Server) Until(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not so within two minutes: %s; the server's log:\n%s", what, s.Log())
		}
	}
}

// Log is what the server has said.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.Path("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Children gives the PIDs of the processes that serve a connection each, those
// that have given up their privileges among them.
func (s *Server) Children() []int {
	var all []int
	queue := []int{s.running.Process.Pid}
	for len(queue) > 0 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", queue[0]))
		queue = queue[1:]
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				s.t.Fatal(err)
			}
			if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); bytes.Contains(stat, []byte("(sshd) ")) && !bytes.Contains(stat, []byte(") Z ")) {
				all = append(all, pid)
				queue = append(queue, pid)
			}
		}
	}
	return all
}

// Cut kills the processes that serve the connections: they end without a word.
func (s *Server) Cut() {
	s.t.Helper()
	if len(s.Children()) == 0 {
		s.t.Fatal("there is no connection to cut")
	}
	s.killChildren()
}

func (s *Server) killChildren() {
	s.t.Helper()
	s.Until("no process serves a connection", func() bool {
		children := s.Children()
		for _, pid := range children {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				s.t.Fatal(err)
			}
		}
		return len(children) == 0
	})
}

// Stop kills the server and what serves its connections. It is stopped first, to
// Start no more of them.
func (s *Server) Stop() {
	if s.running == nil {
		return
	}
	if err := s.running.Process.Signal(syscall.SIGSTOP); err != nil {
		s.t.Error(err)
	}
	s.killChildren()
	if err := s.running.Process.Kill(); err != nil {
		s.t.Error(err)
	}
	<-s.ended
	s.running = nil
}

// Config is of a host that is reached by the server.
func (s *Server) Config(name string) ssh.Config {
	return ssh.Config{
		Name: name, Address: "127.0.0.1", Port: s.port, User: "root", KeyFile: s.Path("user"), KnownHosts: s.Path("known_hosts"),
	}
}

// FolderFor makes an empty folder beside the server's files.
func (s *Server) FolderFor(name string) string {
	s.t.Helper()
	if err := os.Mkdir(s.Path(name), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return s.Path(name)
}
