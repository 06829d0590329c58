package attest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"time"
)

const (
	// RootLifetime, OperatorLifetime are how long a root and the certificates that the operator issues are valid.
	RootLifetime     = 10 * 365 * 24 * time.Hour
	OperatorLifetime = 365 * 24 * time.Hour

	// ClockSkew is how far clocks of parties may be apart: certificates start that much earlier, and evidence may be
	// that much ahead of the CA's clock.
	ClockSkew = 5 * time.Second
)

// Authority is the root CA's key with its certificate. Like an Identity it shows a name and no key, however printed.
type Authority struct {
	Root *Root
	key  ed25519.PrivateKey
}

// CreateAuthority makes a root CA: path length 0, valid from now for lifetime.
func CreateAuthority(name string, now time.Time, lifetime time.Duration) (*Authority, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating the root CA's key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-ClockSkew),
		NotAfter:              now.Add(lifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		return nil, fmt.Errorf("creating the root certificate: %w", err)
	}
	root, err := ParseRoot(der)
	if err != nil {
		return nil, err
	}
	return &Authority{Root: root, key: key}, nil
}

// LoadAuthority reads the certificate and key (PKCS #8) of a root CA, made by Save or an existing one's.
func LoadAuthority(certFile, keyFile string) (*Authority, error) {
	root, err := LoadRoot(certFile)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the root CA's key: %w", err)
	}
	key, sealing, err := parsePrivateKeys(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	if sealing != nil {
		return nil, fmt.Errorf("%s: a second private key, want the root CA's alone", keyFile)
	}
	if !key.Public().(ed25519.PublicKey).Equal(root.Certificate.PublicKey) {
		return nil, fmt.Errorf("%s is not the certificate for the key in %s", certFile, keyFile)
	}
	return &Authority{Root: root, key: key}, nil
}

// Save writes key (0600) and certificate. It refuses to overwrite either.
func (a *Authority) Save(certFile, keyFile string) error {
	keys, err := privateKeysPEM(a.key, nil)
	if err != nil {
		return err
	}
	if err := writeNew(keyFile, keys, 0o600); err != nil {
		return fmt.Errorf("saving the root CA's key: %w", err)
	}
	if err := writeNew(certFile, CertificatePEM(a.Root.Certificate), 0o644); err != nil {
		return fmt.Errorf("saving the root certificate: %w", err)
	}
	return nil
}

// IssueService signs a service's certificate. Hosts are the DNS names and IP addresses under which it is reached.
func (a *Authority) IssueService(id string, signing ed25519.PublicKey, sealing *ecdh.PublicKey, hosts []string, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	if sealing == nil {
		return nil, fmt.Errorf("issuing a certificate for service %s: it has no sealing key", id)
	}
	return a.issue(Subject{Kind: KindService, Name: id}, signing, hosts, now, lifetime, sealingKeyExtension(sealing))
}

// IssueServer signs the certificate of a launcher, an attester or the root CA's own server.
func (a *Authority) IssueServer(kind Kind, name string, signing ed25519.PublicKey, hosts []string, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	switch kind {
	case KindLauncher, KindAttester, KindCA:
		return a.issue(Subject{Kind: kind, Name: name}, signing, hosts, now, lifetime)
	default:
		return nil, fmt.Errorf("issuing a server's certificate: kind %q, want %s, %s or %s", kind, KindLauncher, KindAttester, KindCA)
	}
}

// issueProcess signs a process's certificate for what was appraised: the parameters' names and what they allow beyond the
// usual, the CSR's keys and binding, and the evidence itself.
func (a *Authority) issueProcess(parameters *Parameters, csr *CSR, evidence []byte, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	binding, err := octetsExtension(oidBinding, csr.Binding.bytes())
	if err != nil {
		return nil, err
	}
	attested, err := octetsExtension(oidEvidence, evidence)
	if err != nil {
		return nil, err
	}
	extensions := []pkix.Extension{sealingKeyExtension(csr.Sealing), binding, attested}
	if parameters.Crypto == None {
		extension, err := textExtension(oidCrypto, string(None))
		if err != nil {
			return nil, err
		}
		extensions = append(extensions, extension)
	}
	if parameters.Verify == Cached {
		extension, err := textExtension(oidVerify, string(Cached))
		if err != nil {
			return nil, err
		}
		extensions = append(extensions, extension)
	}
	return a.issue(Subject{Kind: KindProcess, Name: parameters.Program, Run: parameters.Run}, csr.Signing, nil, now, lifetime, extensions...)
}

func (a *Authority) issue(subject Subject, key ed25519.PublicKey, hosts []string, now time.Time, lifetime time.Duration, extensions ...pkix.Extension) (*x509.Certificate, error) {
	template, err := leafTemplate(subject, hosts, now, lifetime)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	template.ExtraExtensions = extensions
	return a.sign(template, key)
}

// leafTemplate is what all certificates but the root have in common.
func leafTemplate(subject Subject, hosts []string, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	if lifetime <= 0 {
		return nil, errors.New("the lifetime is not positive")
	}
	uri, err := subject.uri()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: subject.Name},
		NotBefore:             now.Add(-ClockSkew),
		NotAfter:              now.Add(lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		URIs:                  []*url.URL{uri},
	}
	if subject.Kind == KindProcess {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template, nil
}

func (a *Authority) sign(template *x509.Certificate, key ed25519.PublicKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.Root.Certificate, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parsing the certificate just signed: %w", err)
	}
	return certificate, nil
}

// newSerial draws a positive serial number of 127 bits (RFC 5280, section 4.1.2.2: at most 20 octets).
func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil
}

// String names the root CA.
func (a Authority) String() string { return "root CA " + a.Root.Certificate.Subject.CommonName }

// Format prints the name for every verb, so that no verb prints the key.
func (a Authority) Format(state fmt.State, _ rune) { fmt.Fprint(state, a.String()) }

// LogValue gives the name to log/slog.
func (a Authority) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText gives the name to encoders.
func (a Authority) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
