package ssh_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

func TestUnknownHostKey(t *testing.T) {
	server := sshtest.Start(t)
	for _, content := range []string{"", "example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"} {
		known, err := os.ReadFile(server.Path("known_hosts"))
		if err != nil {
			t.Fatal(err)
		}
		server.Write("others", content)
		if content == "" {
			if err := os.Remove(server.Path("others")); err != nil { // Not even a file.
				t.Fatal(err)
			}
		}
		config := server.Config("loopback")
		config.KnownHosts = server.Path("others")
		host := open(t, config)
		_, _, public, _, _, err := cryptossh.ParseKnownHosts(known)
		if err != nil {
			t.Fatal(err)
		}
		err = fails(t, host, false, cryptossh.FingerprintSHA256(public), strings.TrimSpace(string(known)), "ssh-keyscan -p")
		var unknown *ssh.UnknownHostKey
		if !errors.As(err, &unknown) {
			t.Fatalf("%v wraps no UnknownHostKey", err)
		}
		// The line that it names is the one that is needed.
		server.Write("others", content+unknown.Line+"\n")
		works(t, host, "/bin/true")
	}
}

func TestChangedHostKey(t *testing.T) {
	server := sshtest.Start(t)
	host := open(t, server.Config("loopback"))
	works(t, host, "/bin/true")
	server.Stop()
	public := server.NewHostKey()
	server.Start()
	err := fails(t, host, true, "CHANGED", "known_hosts:1: ssh-ed25519 SHA256:", cryptossh.FingerprintSHA256(public), "ssh-keygen -f")
	var changed *ssh.ChangedHostKey
	if !errors.As(err, &changed) || changed.Revoked {
		t.Errorf("%v wraps no ChangedHostKey", err)
	}

	server.Write("known_hosts", "@revoked * "+strings.TrimSpace(string(cryptossh.MarshalAuthorizedKey(public)))+"\n")
	fails(t, host, true, "revoked")
}

// Of a server's keys, the one that is known has to be asked for: otherwise the
// server chooses one of another type, which would look like a change.
func TestOtherHostKeys(t *testing.T) {
	server := sshtest.Start(t)
	server.Stop()
	generate(t, server.Path("rsa"), "-t", "rsa", "-b", "3072")
	generate(t, server.Path("ecdsa"), "-t", "ecdsa")
	server.Options = []string{"HostKey " + server.Path("ecdsa"), "HostKey " + server.Path("rsa")}
	server.Start()
	for _, name := range []string{"rsa", "ecdsa", "host_key"} {
		text, err := os.ReadFile(server.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		signer, err := cryptossh.ParsePrivateKey(text)
		if err != nil {
			t.Fatal(err)
		}
		server.Write("known_hosts", knownhosts.HashHostname(knownhosts.Normalize(server.Address()))+" "+string(cryptossh.MarshalAuthorizedKey(signer.PublicKey())))
		works(t, open(t, server.Config(name)), "/bin/true")
	}
	// And one that has no more key of the known type has changed.
	server.Stop()
	if err := os.Rename(server.Path("rsa"), server.Path("host_key")); err != nil {
		t.Fatal(err)
	}
	server.Options = nil
	server.Start()
	fails(t, open(t, server.Config("loopback")), true, "CHANGED", "no key of a type that it is known by")
}

// generate makes a key with OpenSSH's own program.
func generate(t *testing.T, file string, args ...string) {
	t.Helper()
	args = append(args, "-q", "-N", "", "-f", file)
	if said, err := exec.Command("/usr/bin/ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}
