package cli

import (
	"net"
	"strings"
	"testing"

	"eaibench/hosts/ssh/sshtest"
)

// sshServer is an OpenSSH server that lets root in with the key in the file user of its folder; its own key is in the file
// known_hosts. The file stranger has a key that it does not let in.
type sshServer struct{ *sshtest.Server }

// startSSHServer starts one for the rest of the test.
func startSSHServer(t *testing.T) sshServer {
	t.Helper()
	s := sshServer{sshtest.Start(t)}
	s.NewKey("stranger", "")
	return s
}

// inventory writes hosts.yaml with one host, board, also called loopback; changes are lines "key: value" that take the place of others.
func (s sshServer) inventory(t *testing.T, workFolder string, changes ...string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(s.Address())
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{
		"kind: ssh", "address: 127.0.0.1", "port: " + port, "user: root", "key: user", "known_hosts: known_hosts",
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
	file := s.Path("hosts.yaml")
	entry := strings.Join(lines, "\n    ")
	write(t, file, "version: 1\nhosts:\n  board:\n    "+entry+"\n  loopback:\n    "+entry+"\n")
	return file
}
