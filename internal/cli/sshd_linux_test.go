package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// sshServer is an OpenSSH server on a loopback port that lets root in with the key in the file user of its folder; its own key
// is in the file known_hosts. The file stranger has a key that it does not let in.
type sshServer struct {
	folder string
	port   int
}

func (s sshServer) file(name string) string { return filepath.Join(s.folder, name) }

// startSSHServer starts one for the rest of the test. It must be called as root, as the tests of package ssh.
func startSSHServer(t *testing.T) sshServer {
	t.Helper()
	s := sshServer{folder: t.TempDir()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	address := listener.Addr().String()
	hostKey, user := newSSHKey(t, s.file("host_key")), newSSHKey(t, s.file("user"))
	newSSHKey(t, s.file("stranger"))
	write(t, s.file("known_hosts"), knownhosts.Line([]string{address}, hostKey)+"\n")
	write(t, s.file("authorized_keys"), string(ssh.MarshalAuthorizedKey(user)))
	write(t, s.file("sshd_config"), strings.Join([]string{
		"ListenAddress " + address, "HostKey " + s.file("host_key"), "PidFile none", "AuthorizedKeysFile " + s.file("authorized_keys"),
		"StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
		"Subsystem sftp internal-sftp",
	}, "\n")+"\n")
	// Where privileges are given up before the log-in, a folder of this name is needed.
	if err := errors.Join(os.MkdirAll("/run/sshd", 0o755), listener.Close()); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", s.file("sshd_config"))
	server.Stderr = t.Output()
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		t.Fatalf("OpenSSH's server (Debian: openssh-server): %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = server.Wait()                          // by the signal
	})
	for deadline := time.Now().Add(time.Minute); ; {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			connection.Close()
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not listen: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// newSSHKey writes a private key.
func newSSHKey(t *testing.T, file string) ssh.PublicKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey()
}

// inventory writes hosts.yaml with one host, board; changes are lines "key: value" that take the place of others.
func (s sshServer) inventory(t *testing.T, workFolder string, changes ...string) string {
	t.Helper()
	lines := []string{
		"kind: ssh", "address: 127.0.0.1", fmt.Sprintf("port: %d", s.port), "user: root", "key: user", "known_hosts: known_hosts",
		"platform: linux", "work_folder: " + workFolder,
	}
	for _, change := range changes {
		key, _, _ := strings.Cut(change, " ")
		for i, line := range lines {
			if strings.HasPrefix(line, key) {
				lines[i] = change
			}
		}
	}
	file := s.file("hosts.yaml")
	write(t, file, "version: 1\nhosts:\n  board:\n    "+strings.Join(lines, "\n    ")+"\n")
	return file
}
