package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Root is the certificate that everyone trusts, the root CA's, with what is computed from it once.
type Root struct {
	Certificate *x509.Certificate
	SHA256      [32]byte // of the DER
	Pool        *x509.CertPool
}

// NewRoot takes a CA's certificate as the root of trust. It refuses what is no CA, has no Ed25519 key, or limits the
// names under it: such limits would not be looked at.
func NewRoot(certificate *x509.Certificate) (*Root, error) {
	if _, ok := certificate.PublicKey.(ed25519.PublicKey); !ok {
		return nil, fmt.Errorf("the root's key is %s, want Ed25519", certificate.PublicKeyAlgorithm)
	}
	if !certificate.BasicConstraintsValid || !certificate.IsCA || certificate.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, errors.New("the root is not a CA that may sign certificates")
	}
	if len(certificate.UnhandledCriticalExtensions) != 0 || hasNameConstraints(certificate) {
		return nil, errors.New("the root has name constraints or unknown critical extensions, which are not supported")
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return &Root{Certificate: certificate, SHA256: sha256.Sum256(certificate.Raw), Pool: pool}, nil
}

func hasNameConstraints(certificate *x509.Certificate) bool {
	return extensionOf(certificate.Extensions, []int{2, 5, 29, 30}) != nil
}

// LoadRoot reads a root certificate, PEM.
func LoadRoot(file string) (*Root, error) {
	certificate, err := LoadCertificate(file)
	if err != nil {
		return nil, err
	}
	root, err := NewRoot(certificate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return root, nil
}

// ParseRoot reads a root certificate, DER.
func ParseRoot(der []byte) (*Root, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parsing the root certificate: %w", err)
	}
	return NewRoot(certificate)
}

// parseCertificate refuses (certificate) what is missing or is not an X.509 v3 certificate with an Ed25519 key.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) == 0 {
		return nil, Refuse(CheckCertificate, "there is no certificate")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, Refuse(CheckCertificate, "it does not parse: %v", err)
	}
	if _, ok := certificate.PublicKey.(ed25519.PublicKey); !ok || certificate.Version != 3 {
		return nil, Refuse(CheckCertificate, "it is version %d with a key of type %s, want version 3 with Ed25519",
			certificate.Version, certificate.PublicKeyAlgorithm)
	}
	return certificate, nil
}

// verify makes the checks chain and time. There is one issuer and no intermediate, so the general path building of
// crypto/x509 is not needed.
func (r *Root) verify(certificate *x509.Certificate, now time.Time) error {
	if !certificate.BasicConstraintsValid || certificate.IsCA {
		return Refuse(CheckChain, "the certificate does not say CA:false")
	}
	if len(certificate.UnhandledCriticalExtensions) != 0 {
		return Refuse(CheckChain, "the certificate has an unknown critical extension, %s", certificate.UnhandledCriticalExtensions[0])
	}
	if !bytes.Equal(certificate.RawIssuer, r.Certificate.RawSubject) {
		return Refuse(CheckChain, "the certificate is issued by %q, want %q", certificate.Issuer, r.Certificate.Subject)
	}
	if err := certificate.CheckSignatureFrom(r.Certificate); err != nil {
		return Refuse(CheckChain, "the certificate is not signed by this root: %v", err)
	}
	return r.checkTime(certificate, now)
}

// checkTime makes the check time.
func (r *Root) checkTime(certificate *x509.Certificate, now time.Time) error {
	if err := checkValidity("certificate", certificate, now); err != nil {
		return err
	}
	return checkValidity("root certificate", r.Certificate, now)
}

func checkValidity(what string, certificate *x509.Certificate, now time.Time) error {
	if now.Before(certificate.NotBefore) {
		return Refuse(CheckTime, "the %s is not valid before %s, now is %s", what, stamp(certificate.NotBefore), stamp(now))
	}
	if now.After(certificate.NotAfter) {
		return Refuse(CheckTime, "the %s expired at %s, now is %s", what, stamp(certificate.NotAfter), stamp(now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// VerifyServiceCertificate makes the process's checks of a service's certificate: chain, time, role (that very
// service, serverAuth, CA:false) and sealing-key.
func (r *Root) VerifyServiceCertificate(der []byte, service string, now time.Time) (*x509.Certificate, error) {
	certificate, err := parseCertificate(der)
	if err != nil {
		return nil, err
	}
	if err := r.verify(certificate, now); err != nil {
		return nil, err
	}
	subject, err := checkRole(certificate, KindService, x509.ExtKeyUsageServerAuth)
	if err != nil {
		return nil, err
	}
	if subject.Name != service {
		return nil, Refuse(CheckRole, "the certificate is %s, want service %s", subject, service)
	}
	if _, err := SealingKeyOf(certificate); err != nil {
		return nil, err
	}
	return certificate, nil
}

// VerifyProcessCertificate makes the process's checks of its own certificate, before it runs: chain, time, role (its
// program and run), process-key (both of its keys) and binding (what it was given).
func (r *Root) VerifyProcessCertificate(der []byte, own *Identity, program, run string, given Binding, now time.Time) (*x509.Certificate, error) {
	certificate, err := parseCertificate(der)
	if err != nil {
		return nil, err
	}
	if err := r.verify(certificate, now); err != nil {
		return nil, err
	}
	subject, err := checkRole(certificate, KindProcess, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	if subject.Name != program || subject.Run != run {
		return nil, Refuse(CheckRole, "the certificate is %s, want program %s, run %s", subject, program, run)
	}
	sealing, err := SealingKeyOf(certificate)
	if err != nil || !own.Sealing.PublicKey().Equal(sealing) || !own.SigningPublic().Equal(certificate.PublicKey) {
		return nil, Refuse(CheckProcessKey, "the certificate is not for the keys of this process")
	}
	binding, err := BindingOf(certificate)
	if err != nil {
		return nil, err
	}
	if binding != given {
		return nil, Refuse(CheckBinding, "the certificate is bound to another nonce, root or parameters")
	}
	return certificate, nil
}
