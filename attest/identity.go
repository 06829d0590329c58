package attest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// Identity is a party's keys and the certificate for them. Sealing is nil for those that open no payload: launcher,
// attester, the root CA's server. However it is printed, logged or marshalled, it shows its name and no key.
type Identity struct {
	Signing     ed25519.PrivateKey
	Sealing     *ecdh.PrivateKey
	Certificate *x509.Certificate // nil until it is issued
}

// GenerateIdentity makes both keys; the certificate is still to be issued.
func GenerateIdentity() (*Identity, error) {
	_, signing, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating a signing key: %w", err)
	}
	sealing, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating a sealing key: %w", err)
	}
	return &Identity{Signing: signing, Sealing: sealing}, nil
}

// LoadIdentity reads cert.pem (one certificate) and priv.pem (PKCS #8: an Ed25519 key, then an X25519 key where the
// certificate has a sealing key) and checks that they belong together.
func LoadIdentity(certFile, keyFile string) (*Identity, error) {
	certificate, err := LoadCertificate(certFile)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading private keys: %w", err)
	}
	signing, sealing, err := parsePrivateKeys(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	i := &Identity{Signing: signing, Sealing: sealing, Certificate: certificate}
	if err := i.checkKeys(); err != nil {
		return nil, fmt.Errorf("%s and %s: %w", certFile, keyFile, err)
	}
	return i, nil
}

// checkKeys reports whether the certificate is for the keys of this identity.
func (i *Identity) checkKeys() error {
	if !i.SigningPublic().Equal(i.Certificate.PublicKey) {
		return errors.New("the certificate is not for the signing key")
	}
	if extensionOf(i.Certificate.Extensions, oidSealingKey) == nil {
		return nil
	}
	certified, err := SealingKeyOf(i.Certificate)
	if err != nil {
		return err
	}
	if i.Sealing == nil || !i.Sealing.PublicKey().Equal(certified) {
		return errors.New("the certificate is not for the sealing key")
	}
	return nil
}

// Save writes the keys (0600) and, when it is issued, the certificate. It refuses to overwrite either.
func (i *Identity) Save(certFile, keyFile string) error {
	keys, err := privateKeysPEM(i.Signing, i.Sealing)
	if err != nil {
		return err
	}
	if err := writeNew(keyFile, keys, 0o600); err != nil {
		return fmt.Errorf("saving private keys: %w", err)
	}
	if i.Certificate == nil {
		return nil
	}
	if err := writeNew(certFile, CertificatePEM(i.Certificate), 0o644); err != nil {
		return fmt.Errorf("saving a certificate: %w", err)
	}
	return nil
}

// SigningPublic is the Ed25519 public key.
func (i *Identity) SigningPublic() ed25519.PublicKey { return i.Signing.Public().(ed25519.PublicKey) }

// TLS is the identity as crypto/tls takes it.
func (i *Identity) TLS() tls.Certificate {
	return tls.Certificate{
		Certificate: [][]byte{i.Certificate.Raw},
		PrivateKey:  i.Signing,
		Leaf:        i.Certificate,
	}
}

// String names the certificate's holder.
func (i Identity) String() string {
	if i.Certificate == nil {
		return "identity without certificate"
	}
	subject, err := SubjectOf(i.Certificate)
	if err != nil {
		return "identity " + i.Certificate.Subject.String()
	}
	return "identity " + subject.String()
}

// Format prints the name for every verb, so that no verb prints a key.
func (i Identity) Format(state fmt.State, _ rune) { fmt.Fprint(state, i.String()) }

// LogValue gives the name to log/slog.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// MarshalText gives the name to encoders.
func (i Identity) MarshalText() ([]byte, error) { return []byte(i.String()), nil }
