package attest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

const (
	pemCertificate = "CERTIFICATE"
	pemPrivateKey  = "PRIVATE KEY"
	pemPublicKey   = "PUBLIC KEY"
)

// CertificatePEM encodes one certificate.
func CertificatePEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: certificate.Raw})
}

// ParseCertificatePEM reads exactly one certificate.
func ParseCertificatePEM(data []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != pemCertificate {
		return nil, errors.New("no PEM block CERTIFICATE")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, fmt.Errorf("a second PEM block, %s, want one certificate", next.Type)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parsing the certificate: %w", err)
	}
	return certificate, nil
}

// LoadCertificate reads a file with exactly one certificate, PEM.
func LoadCertificate(file string) (*x509.Certificate, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading a certificate: %w", err)
	}
	certificate, err := ParseCertificatePEM(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return certificate, nil
}

// PublicKeyPEM encodes an Ed25519 public key as SubjectPublicKeyInfo: the form of a policy's attesters.
func PublicKeyPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: der}), nil
}

// ParsePublicKeyPEM reads exactly one Ed25519 public key.
func ParsePublicKeyPEM(data []byte) (ed25519.PublicKey, error) {
	block, rest := pem.Decode(data)
	if block != nil && block.Type == pemPrivateKey {
		return nil, errors.New("no PEM block PUBLIC KEY but a private key: openssl pkey -pubout makes the public one")
	}
	if block == nil || block.Type != pemPublicKey {
		return nil, errors.New("no PEM block PUBLIC KEY")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, fmt.Errorf("a second PEM block, %s, want one key", next.Type)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parsing the public key: %w", err)
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the public key is a %T, want Ed25519", parsed)
	}
	return key, nil
}

// parsePrivateKeys reads the blocks of priv.pem: an Ed25519 key, then, where the holder seals, an X25519 key. Errors
// do not quote the content.
func parsePrivateKeys(data []byte) (ed25519.PrivateKey, *ecdh.PrivateKey, error) {
	var keys []any
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemPrivateKey {
			return nil, nil, fmt.Errorf("PEM block %s, want PRIVATE KEY (PKCS #8)", block.Type)
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, nil, errors.New("a PEM block PRIVATE KEY is not PKCS #8")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || len(keys) > 2 {
		return nil, nil, fmt.Errorf("%d private keys, want an Ed25519 key and, for sealing, an X25519 key", len(keys))
	}
	signing, ok := keys[0].(ed25519.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("the first private key is a %T, want Ed25519", keys[0])
	}
	if len(keys) == 1 {
		return signing, nil, nil
	}
	sealing, ok := keys[1].(*ecdh.PrivateKey)
	if !ok || sealing.Curve() != ecdh.X25519() {
		return nil, nil, fmt.Errorf("the second private key is a %T, want X25519", keys[1])
	}
	return signing, sealing, nil
}

func privateKeysPEM(signing ed25519.PrivateKey, sealing *ecdh.PrivateKey) ([]byte, error) {
	var out []byte
	keys := []any{signing}
	if sealing != nil {
		keys = append(keys, sealing)
	}
	for _, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("encoding a private key: %w", err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der})...)
	}
	return out, nil
}

// writeNew writes a file that must not be there yet: a key is never overwritten by accident.
func writeNew(file string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
