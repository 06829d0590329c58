package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// UnknownHostKey is the error for a host whose key is in no file of known keys.
type UnknownHostKey struct {
	// Address of the host, with its port.
	Address string
	// Fingerprint of the key that it shows, as ssh-keygen -l prints it: its type
	// and its SHA-256.
	Fingerprint string
	// File of known keys, and the Line to add to it.
	File, Line string
}

func (e *UnknownHostKey) Error() string {
	host, port, err := net.SplitHostPort(e.Address)
	if err != nil {
		host, port = e.Address, "22"
	}
	return fmt.Sprintf("the key of %s is not known; the host shows %s. If whoever runs the host confirms this fingerprint, add the line\n  %s\nto %s; "+
		"`ssh-keyscan -p %s %s` prints it as well", e.Address, e.Fingerprint, e.Line, e.File, port, host)
}

// ChangedHostKey is the error for a host that does not show the key it is known by.
type ChangedHostKey struct {
	// Address of the host, with its port.
	Address string
	// Known are the keys that it is known by, each "FILE:LINE: type fingerprint".
	Known []string
	// Fingerprint of the key that it shows; "": it shows none of the known types.
	Fingerprint string
	// File of known keys.
	File string
	// Revoked is true when the key that it shows is marked @revoked.
	Revoked bool
}

func (e *ChangedHostKey) Error() string {
	if e.Revoked {
		return fmt.Sprintf("the key that %s shows, %s, is marked as revoked: %s", e.Address, e.Fingerprint, strings.Join(e.Known, ", "))
	}
	shown := e.Fingerprint
	if shown == "" {
		shown = "no key of a type that it is known by"
	}
	return fmt.Sprintf("the key of %s has CHANGED: known is %s; the host shows %s. Somebody may stand between, or the host was installed anew. "+
		"Only if whoever runs the host confirms the new key, remove the old one: ssh-keygen -f %s -R '%s'",
		e.Address, strings.Join(e.Known, ", "), shown, e.File, knownhosts.Normalize(e.Address))
}

// hostKeys checks a server's key against a file of known keys. Certificates of hosts are not heeded.
type hostKeys struct {
	file        string
	check       ssh.HostKeyCallback
	authorities map[int]bool // lines with the key of one that certifies hosts, which is no host's key
}

// readHostKeys reads the file; one that is not there knows no key.
func readHostKeys(file string) (*hostKeys, error) {
	keys := &hostKeys{file: file, authorities: map[int]bool{}}
	var err error
	keys.check, err = knownhosts.New(file)
	if errors.Is(err, fs.ErrNotExist) {
		keys.check, err = knownhosts.New()
		if err == nil {
			return keys, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("known host keys: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("known host keys: %w", err)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		keys.authorities[number] = strings.HasPrefix(strings.TrimSpace(line), "@cert-authority")
	}
	return keys, nil
}

// known lists the keys that an address is known by. The library tells them only
// with the refusal of another key, and those of authorities with them.
func (k *hostKeys) known(address string) []knownhosts.KnownKey {
	var fault *knownhosts.KeyError
	if !errors.As(k.check(address, &net.TCPAddr{}, noKey{}), &fault) {
		return nil
	}
	return slices.DeleteFunc(fault.Want, func(one knownhosts.KnownKey) bool { return k.authorities[one.Line] })
}

// noKey is no host's.
type noKey struct{ ssh.PublicKey }

func (noKey) Type() string    { return "none" }
func (noKey) Marshal() []byte { return nil }

// algorithms lists those of the known keys, so that the server does not choose a
// key of another type, which would look like a change (golang/go#29286). Of an
// unknown host, to be told its key, any but those of certificates.
func (k *hostKeys) algorithms(address string) []string {
	var algorithms []string
	if len(k.known(address)) == 0 {
		return slices.DeleteFunc(ssh.SupportedAlgorithms().HostKeys, func(one string) bool { return strings.Contains(one, "-cert-v01@") })
	}
	for _, known := range k.known(address) {
		of := []string{known.Key.Type()}
		if of[0] == ssh.KeyAlgoRSA {
			of = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256} // The same key, without SHA-1.
		}
		for _, algorithm := range of {
			if !slices.Contains(algorithms, algorithm) {
				algorithms = append(algorithms, algorithm)
			}
		}
	}
	return algorithms
}

// verify is an ssh.HostKeyCallback whose errors say what to do.
func (k *hostKeys) verify(address string, remote net.Addr, key ssh.PublicKey) error {
	err := k.check(address, remote, key)
	var fault *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	if errors.As(err, &revoked) {
		return &ChangedHostKey{address, k.describe([]knownhosts.KnownKey{revoked.Revoked}), fingerprint(key), k.file, true}
	}
	if err != nil && !errors.As(err, &fault) {
		return err
	}
	known := k.known(address)
	shown := func(one knownhosts.KnownKey) bool { return bytes.Equal(one.Key.Marshal(), key.Marshal()) }
	switch {
	case len(known) == 0:
		return &UnknownHostKey{address, fingerprint(key), k.file, knownhosts.Line([]string{address}, key)}
	case !slices.ContainsFunc(known, shown):
		return &ChangedHostKey{address, k.describe(known), fingerprint(key), k.file, false}
	}
	return nil
}

// absent is the error for a server that has no key of the known types.
func (k *hostKeys) absent(address string) error {
	return &ChangedHostKey{Address: address, Known: k.describe(k.known(address)), File: k.file}
}

func (k *hostKeys) describe(keys []knownhosts.KnownKey) []string {
	texts := make([]string, len(keys))
	for i, known := range keys {
		texts[i] = fmt.Sprintf("%s:%d: %s", known.Filename, known.Line, fingerprint(known.Key))
	}
	return texts
}

func fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }
