package attest

import (
	"bytes"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openssl runs the command that operators and the C side have. It is a dependency of the project, so a machine
// without it fails here.
func openssl(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "openssl", arguments...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

func writePEM(t *testing.T, name string, certificate *x509.Certificate) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, CertificatePEM(certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenSSLVerifies(t *testing.T) {
	c := newCast(t)
	insecure(c)
	c.certify(t)
	root := writePEM(t, "root.pem", c.authority.Root.Certificate)
	stranger := writePEM(t, "stranger.pem", ok1(CreateAuthority("Test Root", noon.Add(-1), RootLifetime))(t).Root.Certificate)
	attester := ok1(c.authority.IssueServer(KindAttester, "local", c.service.SigningPublic(), []string{"127.0.0.1"}, noon, OperatorLifetime))(t)
	const at = "1767268800" // noon
	for _, oc := range []struct {
		name        string
		certificate *x509.Certificate
		purpose     string
	}{
		{"root", c.authority.Root.Certificate, "any"},
		{"service", c.service.Certificate, "sslserver"},
		{"process", c.process.Certificate, "sslclient"},
		{"attester", attester, "sslserver"},
	} {
		t.Run(oc.name, func(t *testing.T) {
			file := writePEM(t, "cert.pem", oc.certificate)
			verify := func(root, purpose string) (string, error) {
				return openssl(t, "verify", "-x509_strict", "-attime", at, "-purpose", purpose, "-CAfile", root, file)
			}
			if out, err := verify(root, oc.purpose); err != nil {
				t.Errorf("openssl verify: %v\n%s", err, out)
			}
			if out, err := verify(stranger, oc.purpose); err == nil {
				t.Errorf("openssl verify accepts another root:\n%s", out)
			}
			if other := map[string]string{"sslserver": "sslclient", "sslclient": "sslserver"}[oc.purpose]; other != "" {
				if out, err := verify(root, other); err == nil {
					t.Errorf("openssl verify accepts the purpose %s:\n%s", other, out)
				}
			}
		})
	}
}

func TestOpenSSLText(t *testing.T) {
	c := newCast(t)
	insecure(c)
	c.certify(t)
	for _, oc := range []struct {
		certificate *x509.Certificate
		want        []string
	}{
		{c.authority.Root.Certificate, []string{"CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "Version: 3", "ED25519"}},
		{c.service.Certificate, []string{
			"URI:eai:service/store", "DNS:localhost", "IP Address:127.0.0.1", "TLS Web Server Authentication", "CA:FALSE",
			"X509v3 Basic Constraints: critical", "X509v3 Key Usage: critical", "Digital Signature", "1.3.6.1.4.1.32473.1.1:",
		}},
		{c.process.Certificate, []string{
			"URI:eai:process/retail/run-1", "TLS Web Client Authentication", "CA:FALSE", "1.3.6.1.4.1.32473.1.1:",
			"1.3.6.1.4.1.32473.1.2:", "1.3.6.1.4.1.32473.1.3:", "1.3.6.1.4.1.32473.1.4:", "none",
		}},
	} {
		out, err := openssl(t, "x509", "-noout", "-text", "-in", writePEM(t, "cert.pem", oc.certificate))
		if err != nil {
			t.Fatalf("openssl x509: %v\n%s", err, out)
		}
		for _, want := range oc.want {
			if !strings.Contains(out, want) {
				t.Errorf("openssl x509 -text does not show %q:\n%s", want, out)
			}
		}
	}
}

// openssl reads the CSR, and the keys that an identity saves.
func TestOpenSSLReadsCSRAndKeys(t *testing.T) {
	c := newCast(t)
	file := filepath.Join(t.TempDir(), "process.csr")
	if err := os.WriteFile(file, c.request(t).CSR, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := openssl(t, "req", "-inform", "DER", "-verify", "-noout", "-in", file); err != nil || !strings.Contains(out, "OK") {
		t.Errorf("openssl req: %v\n%s", err, out)
	}
	_, keyFile := saved(t, c.service)
	if out, err := openssl(t, "pkey", "-noout", "-text", "-in", keyFile); err != nil || !strings.Contains(out, "ED25519 Private-Key") {
		t.Errorf("openssl pkey: %v\n%s", err, out)
	}
}
