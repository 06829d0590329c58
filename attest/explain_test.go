package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
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
	open.parameters.Crypto, open.parameters.Verify = None, Cached
	open.evidence.Attester.Privilege = SameUser
	open.evidence.Compartment = Compartment{}
	open.evidence.Libraries, open.evidence.Environment = nil, nil
	open.evidence.Process = ProcessFacts{UID: 0, Tracer: 7, AnonymousExecutable: 2}
	open.evidence.Claimed.CompileCommand = "cc \x1b[31m"
	open.certify(t)

	if text := privilegeText(AttesterFacts{Privilege: SecondHand, UID: 1000}); !strings.Contains(text, "SECOND-HAND") || !strings.Contains(text, "uid 1000") {
		t.Errorf("second-hand evidence is explained as %q", text)
	}

	cheri, old := newCast(t), newCast(t)
	onCheriBSD(func(*cast) {})(cheri)
	onCheriBSD(onOldCheriBSD)(old)

	for name, explain := range map[string]func(*bytes.Buffer) error{
		"cheribsd":       func(b *bytes.Buffer) error { return ExplainEvidence(b, &cheri.evidence, attester) },
		"cheribsd-22.12": func(b *bytes.Buffer) error { return ExplainEvidence(b, &old.evidence, attester) },
		"process":        func(b *bytes.Buffer) error { return ExplainCertificate(b, c.process.Certificate, noon) },
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

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("pipe closed") }

func TestExplainFails(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	if err := ExplainCertificate(brokenWriter{}, c.process.Certificate, noon); err == nil {
		t.Error("a broken pipe went unnoticed")
	}
	useEvidence(t, c, []byte("no evidence"))
	if err := ExplainCertificate(io.Discard, c.process.Certificate, noon); err == nil {
		t.Error("malformed evidence went unnoticed")
	}
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	for _, ec := range []struct {
		now    time.Time
		change func(template *x509.Certificate)
		want   string
	}{
		{noon.Add(-time.Hour), func(*x509.Certificate) {}, "not yet valid, for another 59m55s"},
		{noon, func(template *x509.Certificate) { template.URIs = nil }, "without a role in eaibench"},
		{noon, func(template *x509.Certificate) {
			template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidVerify, Value: []byte{5, 0}})
		}, "verify extension is not the text"},
		{noon, func(template *x509.Certificate) {
			template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidCrypto, Value: []byte{5, 0}})
		}, "crypto extension is not the text"},
	} {
		c.reissue(t, ec.change)
		var out bytes.Buffer
		if err := ExplainCertificate(&out, c.process.Certificate, ec.now); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), ec.want) {
			t.Errorf("does not say %q:\n%s", ec.want, out.String())
		}
		c.certify(t)
	}
}

func TestExplainWeakCompartment(t *testing.T) {
	c := newCast(t)
	c.evidence.Compartment.Seccomp, c.evidence.Compartment.NoNewPrivs, c.evidence.Compartment.Capabilities = 0, false, new(uint64(0x21))
	var out bytes.Buffer
	if err := ExplainEvidence(&out, &c.evidence, KeyID{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"system calls NOT filtered", "CAN gain privileges", "CAPABILITIES 0x21"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
}
