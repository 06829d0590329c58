package ssh_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

// Certificates of hosts are not heeded: a server that has one is known by its key all the same, and the key of an authority, however it
// stands in the file, is nobody's host key.
func TestHostCertificates(t *testing.T) {
	server := sshtest.Start(t)
	key := strings.TrimSpace(content(t, server.Path("known_hosts")))
	server.Stop()
	generate(t, server.Path("authority"), "-t", "ecdsa")
	public, _, _, _, err := cryptossh.ParseAuthorizedKey([]byte(content(t, server.Path("authority.pub"))))
	if err != nil {
		t.Fatal(err)
	}
	authority := strings.TrimSpace(string(cryptossh.MarshalAuthorizedKey(public)))
	_, _, hostKey, _, _, err := cryptossh.ParseKnownHosts([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	server.Write("host_key.pub", string(cryptossh.MarshalAuthorizedKey(hostKey)))
	said, err := exec.Command("/usr/bin/ssh-keygen", "-q", "-s", server.Path("authority"), "-I", "host", "-h", "-n", "127.0.0.1", server.Path("host_key.pub")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	server.Options = []string{"HostCertificate " + server.Path("host_key-cert.pub"), "HostKey " + server.Path("authority")}
	server.Start()
	pattern, _, _ := strings.Cut(key, " ")
	trusted := "@cert-authority " + pattern + " " + authority
	for _, test := range []struct {
		name, known string
		let         bool
	}{
		{"no key is known", "", false},
		{"its key", key, true},
		{"its key and an authority", key + "\n" + trusted, true},
		{"an authority and its key", trusted + "\n" + key, true},
		{"an authority alone, with whose key it serves too", trusted, false},
		{"an authority of every host", "@cert-authority *," + pattern + " " + authority, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server.Write("known", test.known+"\n")
			config := server.Config("loopback")
			config.KnownHosts = server.Path("known")
			if test.let {
				works(t, open(t, config), "/bin/true")
				return
			}
			unknown := new(ssh.UnknownHostKey)
			if err := fails(t, open(t, config), false, "ssh-keyscan -p"); !errors.As(err, &unknown) {
				t.Fatalf("%v wraps no UnknownHostKey", err)
			}
			// The line that it names is the one that is needed.
			server.Write("known", test.known+"\n"+unknown.Line+"\n")
			works(t, open(t, config), "/bin/true")
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
