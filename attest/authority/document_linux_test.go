package authority

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
)

// certified does an honest start and gives the process's certificate with all that led to it.
func certified(t *testing.T, s *site, changes ...func(*start)) (*x509.Certificate, *start) {
	t.Helper()
	st := s.prepare("compartment", startTiny(t, launch{mode: "compartment"}))
	for _, change := range changes {
		change(st)
		st.makeCSR()
	}
	if err := st.attest(); err != nil {
		t.Fatal(err)
	}
	reply, err := st.certify()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, st
}

func TestDocumentsAreRecognisedAndExplained(t *testing.T) {
	s := newSite(t, siteSettings{})
	certificate, st := certified(t, s)
	for name, test := range map[string]struct {
		data []byte
		kind string
		says []string
	}{
		"certificate, PEM": {attest.CertificatePEM(certificate), "certificate", []string{"integration process", "program tiny, run run-1", "bubblewrap"}},
		"certificate, DER": {certificate.Raw, "certificate", []string{"program tiny, run run-1"}},
		"root":             {s.root.Certificate.Raw, "certificate", []string{"root CA"}},
		"CSR, PEM":         {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: st.csr}), "csr", []string{"CSR", "tiny", attest.Digest(st.nonce).String()}},
		"CSR, DER":         {st.csr, "csr", []string{attest.Digest(s.root.SHA256).String()}},
		"evidence":         {st.evidence.Evidence, "evidence", []string{"compartment on linux", "libcrypto", "measured as same-user"}},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := ParseDocument(test.data)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := document.Explain(&text, time.Now()); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.says {
				if !strings.Contains(text.String(), want) {
					t.Errorf("the explanation lacks %q:\n%s", want, text.String())
				}
			}
			view, err := document.View()
			if err != nil || view[test.kind] == nil {
				t.Fatalf("view %v, %v", view, err)
			}
			if _, err := json.Marshal(view); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestViewShowsTheEvidenceOfACertificate(t *testing.T) {
	s := newSite(t, siteSettings{})
	certificate, st := certified(t, s)
	view, err := viewCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	if view.URI != "eai:process/tiny/run-1" || view.Crypto != attest.HPKE || view.Verify != attest.Full || view.Binding.Nonce != attest.Digest(st.nonce) {
		t.Errorf("certificate %+v", view)
	}
	e := view.Evidence
	if e.Mode != "compartment" || e.Compartment.Kind != "bubblewrap" || len(e.Libraries) < 3 || e.Privilege != attest.SameUser || e.Claimed.CompileCommand != "gcc tiny.c" {
		t.Errorf("evidence %+v", e)
	}
}

// A certificate for verify cached comes from a CA that allows it, says so to whoever looks, and passes where that is allowed.
func TestCertificateForVerifyCached(t *testing.T) {
	s := newSite(t, siteSettings{policy: func(d *attest.PolicyDocument) { d.Parameters.Verify = []string{"full", "cached"} }})
	certificate, _ := certified(t, s, func(st *start) { st.give(`"requests"`, `"verify":"cached","requests"`) })
	document := &Document{Certificate: certificate}
	view, err := viewCertificate(certificate)
	if err != nil || view.Verify != attest.Cached {
		t.Errorf("shown as %+v, %v", view, err)
	}
	var text bytes.Buffer
	if err := document.Explain(&text, time.Now()); err != nil || !strings.Contains(text.String(), "cached: services may check evidence and policy once and not on each request, INSECURE") {
		t.Errorf("explained as %s, %v", text.String(), err)
	}
	forbidding := *s.ca.policy.Document()
	forbidding.Parameters.Verify = nil
	policy, err := attest.NewPolicy(forbidding)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		policy *attest.Policy
		want   bool
	}{{s.ca.policy, true}, {policy, false}} {
		verifier := Verifier{s.root, test.policy, time.Now()}
		results, accepted, err := verifier.Verify(document)
		if err != nil || accepted != test.want {
			t.Errorf("accepted is %v, want %v: %v, %v", accepted, test.want, results, err)
		}
		if !test.want && !slices.ContainsFunc(results, func(r CheckResult) bool { return r.Check == attest.CheckVerify && r.Outcome == Refused }) {
			t.Errorf("verify is not what was refused: %v", results)
		}
	}
}

func TestDocumentRefuses(t *testing.T) {
	certificate, err := os.ReadFile(filepath.Join(newCAFolder(t), RootFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"nothing":          nil,
		"text":             []byte("eaibench"),
		"two certificates": append(slices.Clone(certificate), certificate...),
		"a private key":    []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
		"a damaged block":  certificate[:len(certificate)/2],
		"too long":         make([]byte, maxDocument+1),
	} {
		if document, err := ParseDocument(data); err == nil {
			t.Errorf("%s: read as %+v", name, document)
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40})
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		document, err := ParseDocument(data)
		if err != nil {
			return
		}
		if document.Certificate == nil && document.CSR == nil && document.Evidence == nil {
			t.Error("read, and it is nothing")
		}
		// Whatever was read can be shown; a certificate may hold extensions that cannot.
		_ = document.Explain(&bytes.Buffer{}, time.Unix(0, 0))
		_, _ = document.View()
	})
}

func TestVerify(t *testing.T) {
	s := newSite(t, siteSettings{})
	certificate, st := certified(t, s)
	service, err := Issue(caFolderOf(t, s), filepath.Join(t.TempDir(), "store"), Issuing{Kind: attest.KindService, Name: "store", Hosts: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := attest.LoadRoot(filepath.Join(newCAFolder(t), RootFile))
	if err != nil {
		t.Fatal(err)
	}
	strict, err := attest.NewPolicy(func() attest.PolicyDocument {
		document := *s.ca.policy.Document()
		document.Modes = []string{"hybrid"}
		return document
	}())
	if err != nil {
		t.Fatal(err)
	}
	process := &Document{Certificate: certificate}
	evidence := &Document{Evidence: &attest.Evidence{}, SignedEvidence: st.evidence.Evidence}
	forged := &Document{Evidence: &attest.Evidence{}, SignedEvidence: slices.Clone(st.evidence.Evidence)}
	forged.SignedEvidence[len(forged.SignedEvidence)-1] ^= 1
	now := time.Now()
	for name, test := range map[string]struct {
		document *Document
		verifier Verifier
		refused  attest.Check // "": accepted
	}{
		"process":                 {process, Verifier{s.root, s.ca.policy, now}, ""},
		"process, later":          {process, Verifier{s.root, s.ca.policy, now.Add(time.Hour)}, attest.CheckTime},
		"process, foreign root":   {process, Verifier{foreign, s.ca.policy, now}, attest.CheckChain},
		"process, strict policy":  {process, Verifier{s.root, strict, now}, attest.CheckMode},
		"root as a process":       {&Document{Certificate: s.root.Certificate}, Verifier{s.root, s.ca.policy, now}, attest.CheckChain},
		"evidence":                {evidence, Verifier{nil, s.ca.policy, now}, ""},
		"evidence, altered":       {forged, Verifier{nil, s.ca.policy, now}, attest.CheckEvidenceSignature},
		"evidence, strict policy": {evidence, Verifier{nil, strict, now}, attest.CheckMode},
		"evidence, too old":       {evidence, Verifier{nil, s.ca.policy, now.AddDate(1, 0, 0)}, attest.CheckEvidenceAge},
		"evidence, too early":     {evidence, Verifier{nil, s.ca.policy, now.Add(-time.Hour)}, attest.CheckEvidenceAge},
		"service":                 {&Document{Certificate: service.Certificate}, Verifier{s.root, nil, now}, ""},
		"service, foreign root":   {&Document{Certificate: service.Certificate}, Verifier{foreign, nil, now}, attest.CheckChain},
		"attester":                {&Document{Certificate: s.attester.identity.Certificate}, Verifier{s.root, nil, now}, ""},
		"attester, too late":      {&Document{Certificate: s.attester.identity.Certificate}, Verifier{s.root, nil, now.AddDate(2, 0, 0)}, attest.CheckTime},
		"attester, foreign root":  {&Document{Certificate: s.attester.identity.Certificate}, Verifier{foreign, nil, now}, attest.CheckChain},
	} {
		t.Run(name, func(t *testing.T) {
			results, accepted, err := test.verifier.Verify(test.document)
			if err != nil {
				t.Fatal(err)
			}
			if accepted != (test.refused == "") || len(results) < 3 {
				t.Errorf("accepted: %v; %v", accepted, results)
			}
			// ok up to the refusal, not made after it.
			want := Passed
			for _, result := range results {
				switch {
				case result.Check == test.refused:
					if result.Outcome != Refused || result.Reason == "" {
						t.Errorf("%+v, want a refusal with its reason", result)
					}
					want = NotMade
				case result.Outcome != want:
					t.Errorf("%+v, want %s", result, want)
				}
			}
		})
	}
}

// TestVerifyEvidenceAtNoTime does not claim a check that it cannot make.
func TestVerifyEvidenceAtNoTime(t *testing.T) {
	s := newSite(t, siteSettings{})
	_, st := certified(t, s)
	verifier := Verifier{Policy: s.ca.policy}
	results, accepted, err := verifier.Verify(&Document{Evidence: &attest.Evidence{}, SignedEvidence: st.evidence.Evidence})
	if err != nil || !accepted {
		t.Fatalf("accepted %v, error %v", accepted, err)
	}
	for _, result := range results {
		want := Passed
		if result.Check == attest.CheckEvidenceAge {
			want = NotMade
		}
		if result.Outcome != want || (result.Reason != "") != (want == NotMade) {
			t.Errorf("%+v, want %s", result, want)
		}
	}
}

func TestVerifyNeedsWhatItVerifiesAgainst(t *testing.T) {
	s := newSite(t, siteSettings{})
	certificate, st := certified(t, s)
	csr, err := attest.ParseCSR(st.csr)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		document *Document
		verifier Verifier
	}{
		"process without root":    {&Document{Certificate: certificate}, Verifier{Policy: s.ca.policy}},
		"process without policy":  {&Document{Certificate: certificate}, Verifier{Root: s.root}},
		"evidence without policy": {&Document{Evidence: &attest.Evidence{}}, Verifier{Root: s.root}},
		"CSR":                     {&Document{CSR: csr}, Verifier{Root: s.root, Policy: s.ca.policy}},
	} {
		if _, accepted, err := test.verifier.Verify(test.document); err == nil || accepted {
			t.Errorf("%s: accepted %v, error %v", name, accepted, err)
		}
	}
}

// TestOpenSSLReadsOurCertificates has another implementation verify what the CA's server signed.
func TestOpenSSLReadsOurCertificates(t *testing.T) {
	s := newSite(t, siteSettings{})
	certificate, _ := certified(t, s)
	folder := t.TempDir()
	root, process := filepath.Join(folder, "root.pem"), filepath.Join(folder, "process.pem")
	for file, c := range map[string]*x509.Certificate{root: s.root.Certificate, process: certificate} {
		if err := os.WriteFile(file, attest.CertificatePEM(c), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.Command("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", root, process).CombinedOutput()
	if err != nil {
		t.Errorf("openssl verify: %v: %s", err, output)
	}
	output, err = exec.Command("openssl", "x509", "-in", process, "-noout", "-text").CombinedOutput()
	if err != nil || !bytes.Contains(output, []byte("URI:eai:process/tiny/run-1")) {
		t.Errorf("openssl x509: %v: %s", err, output)
	}
}

func caFolderOf(t *testing.T, s *site) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "ca")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.ca.authority.Save(filepath.Join(folder, RootFile), filepath.Join(folder, RootKeyFile)); err != nil {
		t.Fatal(err)
	}
	return folder
}
