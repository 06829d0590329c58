package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyFiles(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	sealing, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	private, err := privateKeysPEM(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	both, err := privateKeysPEM(key, sealing)
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicKeyPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name        string
		content     []byte
		mode        os.FileMode
		asPrivate   string // part of the error, "" for none
		asPublicKey string
	}{
		{"private", private, 0o600, "", "but a private key: openssl pkey -pubout"},
		{"readable by the group", private, 0o640, "chmod 600", "no PEM block PUBLIC KEY"},
		{"readable by all", private, 0o604, "chmod 600", "no PEM block PUBLIC KEY"},
		{"a participant's", both, 0o600, "a key to seal with besides", "no PEM block PUBLIC KEY"},
		{"public", public, 0o644, "it is a public key, want the private one", ""},
		{"public, twice", append(bytes.Clone(public), public...), 0o600, "want PRIVATE KEY", "a second PEM block"},
		{"empty", nil, 0o600, "0 private keys", "no PEM block PUBLIC KEY"},
	} {
		file := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(file, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		got, err := LoadSigningKey(file)
		checkLoaded(t, test.name, err, test.asPrivate)
		if err == nil && !got.Equal(key) {
			t.Errorf("%s: another key", test.name)
		}
		gotPublic, err := LoadPublicKey(file)
		checkLoaded(t, test.name, err, test.asPublicKey)
		if err == nil && !gotPublic.Equal(key.Public()) {
			t.Errorf("%s: another public key", test.name)
		}
	}
	if _, err := LoadSigningKey("nowhere.pem"); err == nil {
		t.Error("read a key from nowhere")
	}
	if _, err := LoadPublicKey("nowhere.pub"); err == nil {
		t.Error("read a public key from nowhere")
	}
}

func checkLoaded(t *testing.T, name string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "BEGIN") {
		t.Errorf("%s: the error quotes the file: %v", name, err)
	}
}
