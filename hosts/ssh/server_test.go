package ssh_test

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
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"eaibench/hosts/ssh"
)

// sshd is a real OpenSSH server on a loopback port, with keys, a configuration
// and a log of its own, in a folder of its own. The server of the system, if there
// is one, has no part in it.
type sshd struct {
	t       testing.TB
	folder  string
	port    int
	options []string // further lines of its configuration
	running *exec.Cmd
}

// sshdProgram is found here on Debian and on FreeBSD.
const sshdProgram = "/usr/sbin/sshd"

func startServer(t testing.TB, options ...string) *sshd {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("the tests start an SSH server that lets root in: run them as root")
	}
	s := &sshd{t: t, folder: t.TempDir(), options: options}
	if err := os.Chmod(s.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	s.newHostKey()
	public := s.newKey("user", "")
	s.write("authorized_keys", string(cryptossh.MarshalAuthorizedKey(public)))
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *sshd) path(name string) string { return filepath.Join(s.folder, name) }

func (s *sshd) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// newKey writes a private key, with a passphrase unless that is "".
func (s *sshd) newKey(name, passphrase string) cryptossh.PublicKey {
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
	s.write(name, string(pem.EncodeToMemory(block)))
	signer, err := cryptossh.NewSignerFromKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	return signer.PublicKey()
}

// newHostKey gives the server a new key, that is known unless it had one.
func (s *sshd) newHostKey() cryptossh.PublicKey {
	public := s.newKey("host_key", "")
	if s.port != 0 {
		return public
	}
	// The port is the server's from here on: whoever binds it later is told.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.write("known_hosts", knownhosts.Line([]string{s.address()}, public)+"\n")
	return public
}

func (s *sshd) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// start starts the server, and waits until it listens.
func (s *sshd) start() {
	s.t.Helper()
	lines := append([]string{
		"ListenAddress " + s.address(), "HostKey " + s.path("host_key"), "PidFile none",
		"AuthorizedKeysFile " + s.path("authorized_keys"), "StrictModes no", "UsePAM no",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
		"LogLevel VERBOSE", "MaxStartups 50",
	}, s.options...)
	if !strings.Contains(strings.Join(lines, "\n"), "Subsystem") {
		lines = append(lines, "Subsystem sftp internal-sftp")
	}
	s.write("sshd_config", strings.Join(lines, "\n")+"\n")
	// Where privileges are given up before the log-in, a folder of this name is needed.
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		s.t.Fatal(err)
	}
	log, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.running = exec.Command(sshdProgram, "-D", "-e", "-f", s.path("sshd_config"))
	s.running.Stderr = log
	s.running.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.running.Start(); err != nil {
		s.t.Fatalf("OpenSSH's server (Debian: openssh-server): %v", err)
	}
	s.until("the server listens", func() bool {
		connection, err := net.Dial("tcp", s.address())
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

// until waits for what must come about.
func (s *sshd) until(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not so within 20 s: %s; the server's log:\n%s", what, s.log())
		}
	}
}

func (s *sshd) log() string {
	text, err := os.ReadFile(s.path("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// children gives the PIDs of the processes that serve a connection each, those
// that have given up their privileges among them.
func (s *sshd) children() []int {
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

// cut kills the processes that serve the connections: they end without a word.
func (s *sshd) cut() {
	s.t.Helper()
	if len(s.children()) == 0 {
		s.t.Fatal("there is no connection to cut")
	}
	s.killChildren()
}

func (s *sshd) killChildren() {
	s.t.Helper()
	s.until("no process serves a connection", func() bool {
		children := s.children()
		for _, pid := range children {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				s.t.Fatal(err)
			}
		}
		return len(children) == 0
	})
}

// stop kills the server and what serves its connections. It is stopped first, to
// start no more of them.
func (s *sshd) stop() {
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
	_ = s.running.Wait() // It was killed.
	s.running = nil
}

// config reaches the server.
func (s *sshd) config(name string) ssh.Config {
	return ssh.Config{
		Name: name, Address: "127.0.0.1", Port: s.port, User: "root", KeyFile: s.path("user"), KnownHosts: s.path("known_hosts"),
	}
}

// open makes a host that is closed when the test is over.
func open(t testing.TB, config ssh.Config) *ssh.Host {
	t.Helper()
	host, err := ssh.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// marked lists the processes on this system that bear the mark of a command of the
// host's.
func marked(t *testing.T, host *ssh.Host) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/limits")
	if err != nil || len(files) == 0 {
		t.Fatalf("no limits can be read: %v", err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // It has ended.
		}
		_, after, _ := bytes.Cut(text, []byte("\nMax file size"))
		limit, err := strconv.ParseUint(strings.Fields(string(after))[0], 10, 64)
		if err == nil && host.Marked(limit) {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, filepath.Base(filepath.Dir(file))+" "+strings.ReplaceAll(string(name), "\x00", " "))
		}
	}
	return found
}

// folderFor makes an empty folder beside the server's files.
func (s *sshd) folderFor(name string) string {
	s.t.Helper()
	if err := os.Mkdir(s.path(name), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return s.path(name)
}
