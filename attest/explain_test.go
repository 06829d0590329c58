package attest

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"
)

func TestExplain(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 20)
	c := newCast(t)
	c.certify(t)
	attester := ok1(KeyIDOf(signingKey("attester").Public().(ed25519.PublicKey)))(t)

	open := newCast(t)
	open.parameters.Crypto = None
	open.evidence.Attester.Privilege = SameUser
	open.evidence.Compartment = Compartment{}
	open.evidence.Libraries, open.evidence.Environment = nil, nil
	open.evidence.Process = ProcessFacts{UID: 0, Tracer: 7, AnonymousExecutable: 2}
	open.evidence.Claimed.CompileCommand = "cc \x1b[31m"
	open.certify(t)

	for name, explain := range map[string]func(*bytes.Buffer) error{
		"process": func(b *bytes.Buffer) error { return ExplainCertificate(b, c.process.Certificate, noon) },
		"expired": func(b *bytes.Buffer) error {
			return ExplainCertificate(b, open.process.Certificate, noon.Add(time.Hour))
		},
		"service":  func(b *bytes.Buffer) error { return ExplainCertificate(b, c.service.Certificate, noon) },
		"root":     func(b *bytes.Buffer) error { return ExplainCertificate(b, c.authority.Root.Certificate, noon) },
		"evidence": func(b *bytes.Buffer) error { return ExplainEvidence(b, &c.evidence, attester) },
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := explain(&got); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(got.String(), 0x1b) {
				t.Error("a control character reaches the terminal")
			}
			path := filepath.Join("testdata", "explain", name+".txt")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(ok1(os.ReadFile(path))(t)); got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}
