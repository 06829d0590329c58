package conversation

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"eaibench/attest"
)

// forged gives the process a certificate of the true root that the honest CA would not sign.
func forged(change func(*x509.Certificate)) func(*play) {
	return func(p *play) {
		p.certificate = func(csr []byte) []byte {
			genuine := ok1(x509.ParseCertificate(p.certify(csr, p.parametersText())))(p.t)
			return resign(p.t, p.authority, genuine, change)
		}
	}
}

// forgedStore gives the process a certificate for the store that the honest operator would not issue.
func forgedStore(change func(*x509.Certificate)) func(*play) {
	return store(func(p *play) []byte { return resign(p.t, p.authority, p.services["store"].Certificate, change) })
}

// resign signs a changed copy of a certificate with a root's key.
func resign(t testing.TB, authority *attest.Authority, genuine *x509.Certificate, change func(*x509.Certificate)) []byte {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	if err := authority.Save(filepath.Join(t.TempDir(), "cert.pem"), keyFile); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(ok1(os.ReadFile(keyFile))(t))
	key := ok1(x509.ParsePKCS8PrivateKey(block.Bytes))(t)
	template := *genuine
	template.ExtraExtensions = nil
	for _, extension := range genuine.Extensions {
		if ours(extension.Id) {
			extension.Value = append([]byte{}, extension.Value...)
			template.ExtraExtensions = append(template.ExtraExtensions, extension)
		}
	}
	change(&template)
	return ok1(x509.CreateCertificate(rand.Reader, &template, authority.Root.Certificate, template.PublicKey, key))(t)
}

// ours tells eaibench's extensions, 1.3.6.1.4.1.32473.1.N, from X.509's own.
func ours(oid []int) bool { return len(oid) == 9 && oid[6] == 32473 }

// binding is the value of the extension .2 in a template: an OCTET STRING of 96 bytes.
func binding(template *x509.Certificate) []byte {
	for _, extension := range template.ExtraExtensions {
		if extension.Id[8] == 2 {
			return extension.Value
		}
	}
	panic("a process's certificate has no binding")
}
