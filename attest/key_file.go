package attest

import (
	"crypto/ed25519"
	"fmt"
	"os"
)

// LoadSigningKey reads a file with one Ed25519 private key, PEM, PKCS #8: what `openssl genpkey -algorithm ed25519` makes. A
// file that others than its owner may read is refused. Errors do not quote the content.
func LoadSigningKey(file string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("reading a signing key: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a signing key: %w", err)
	}
	// Whoever takes the public key for the private one is told so, and not to hide it.
	if _, err := ParsePublicKeyPEM(text); err == nil {
		return nil, fmt.Errorf("reading the signing key %s: it is a public key, want the private one", file)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the signing key %s can be read by others than its owner: make it private with chmod 600 %s", file, file)
	}
	key, sealing, err := parsePrivateKeys(text)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key %s: %w", file, err)
	}
	if sealing != nil {
		return nil, fmt.Errorf("reading the signing key %s: it holds a key to seal with besides: that is a participant's file", file)
	}
	return key, nil
}

// LoadPublicKey reads a file with exactly one Ed25519 public key, PEM: what `openssl pkey -pubout` makes.
func LoadPublicKey(file string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a public key: %w", err)
	}
	key, err := ParsePublicKeyPEM(text)
	if err != nil {
		return nil, fmt.Errorf("reading the public key %s: %w", file, err)
	}
	return key, nil
}
