package attest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"slices"
	"testing"
	"time"
)

// relyingCase breaks one thing and names the check that must notice. Measured is what the evidence, and so the
// certificate, is made of; certificate, request and party change what is made already.
type relyingCase struct {
	name        string
	want        Check
	operation   Operation // "" is Read
	measured    func(c *cast)
	certificate func(t *testing.T, c *cast)
	request     func(t *testing.T, c *cast, r *SealedRequest)
	party       func(t *testing.T, c *cast, p *RelyingParty)
	presented   func(t *testing.T, c *cast) []*x509.Certificate // by the client in TLS
}

func (rc relyingCase) run(t *testing.T) error {
	t.Helper()
	c := newCast(t)
	if rc.measured != nil {
		rc.measured(c)
	}
	c.certify(t)
	operation := rc.operation
	if operation == "" {
		operation = Read
	}
	request := c.sealed(t, operation, "plain text")
	if rc.certificate != nil {
		rc.certificate(t, c)
		request.ProcessCertificate = c.process.Certificate.Raw
		resign(c, operation, request)
	}
	if rc.request != nil {
		rc.request(t, c, request)
	}
	if rc.presented != nil {
		if err := request.CheckClient(rc.presented(t, c)); err != nil {
			return err
		}
	}
	party := c.relyingParty(t)
	if rc.party != nil {
		rc.party(t, c, party)
	}
	process, err := party.Verify(operation, request)
	if (process == nil) != (err != nil) {
		t.Errorf("verified process %v with error %v", process, err)
	}
	return err
}

// resign makes the signature good again after a change, as an attacker with a certificate of their own could.
func resign(c *cast, operation Operation, r *SealedRequest) {
	r.Signature = ed25519.Sign(c.process.Signing, r.toBeSigned(r.Context(operation).Bytes()))
}

func withoutExtension(id []int) func(*testing.T, *cast) {
	return func(t *testing.T, c *cast) {
		c.reissue(t, func(template *x509.Certificate) {
			template.ExtraExtensions = slices.DeleteFunc(template.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(id) })
		})
	}
}

func replaceExtension(t *testing.T, template *x509.Certificate, extension pkix.Extension) {
	t.Helper()
	for i := range template.ExtraExtensions {
		if template.ExtraExtensions[i].Id.Equal(extension.Id) {
			template.ExtraExtensions[i] = extension
			return
		}
	}
	t.Fatalf("no extension %s to replace", extension.Id)
}

// useEvidence puts other evidence into the certificate.
func useEvidence(t *testing.T, c *cast, signed []byte) {
	t.Helper()
	c.reissue(t, func(template *x509.Certificate) {
		replaceExtension(t, template, ok1(octetsExtension(oidEvidence, signed))(t))
	})
}

func alter(change func(template *x509.Certificate)) func(*testing.T, *cast) {
	return func(t *testing.T, c *cast) { c.reissue(t, change) }
}

func now(moment time.Time) func(*testing.T, *cast, *RelyingParty) {
	return func(_ *testing.T, _ *cast, p *RelyingParty) { p.Now = func() time.Time { return moment } }
}

var formCases = []relyingCase{
	{name: "version 2", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Version = 2 }},
	{name: "unknown crypto", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Crypto = "rot13" }},
	{name: "unknown operation", want: CheckRequest, operation: "delete"},
	{name: "no name", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Run = "Run 1" }},
	{name: "sequence 0", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Sequence = 0 }},
	{name: "short nonce", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Nonce = r.Nonce[1:] }},
	{name: "short enc", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Enc = r.Enc[1:] }},
	{name: "enc without crypto", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Crypto = None }},
	{name: "no signature", want: CheckRequest, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Signature = nil }},
}

var certificateCases = []relyingCase{
	{name: "no certificate", want: CheckCertificate, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.ProcessCertificate = nil }},
	{name: "not a certificate", want: CheckCertificate, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.ProcessCertificate = []byte("x") }},
	{name: "certificate with an ECDSA key", want: CheckCertificate, request: func(t *testing.T, c *cast, r *SealedRequest) {
		template := *c.process.Certificate
		key := ok1(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
		r.ProcessCertificate = ok1(x509.CreateCertificate(rand.Reader, &template, c.authority.Root.Certificate, &key.PublicKey, c.authority.key))(t)
	}},
	{name: "other root of the same name", want: CheckChain, party: func(t *testing.T, _ *cast, p *RelyingParty) {
		p.Root = ok1(CreateAuthority("Test Root", noon, RootLifetime))(t).Root
	}},
	{name: "other root", want: CheckChain, party: func(t *testing.T, _ *cast, p *RelyingParty) {
		p.Root = ok1(CreateAuthority("Other Root", noon, RootLifetime))(t).Root
	}},
	{name: "signature changed", want: CheckChain, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.ProcessCertificate = flipLast(r.ProcessCertificate) }},
	{name: "CA:true", want: CheckChain, certificate: alter(func(c *x509.Certificate) { c.IsCA, c.MaxPathLen = true, -1 })},
	{name: "no basic constraints", want: CheckChain, certificate: alter(func(c *x509.Certificate) { c.BasicConstraintsValid = false })},
	{name: "unknown critical extension", want: CheckChain, certificate: alter(func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true })},
	{name: "expired", want: CheckTime, party: now(noon.Add(10*time.Minute + time.Second))},
	{name: "not yet valid", want: CheckTime, party: now(noon.Add(-ClockSkew - time.Second))},
	{name: "root expired", want: CheckTime, measured: func(c *cast) {
		c.authority = &Authority{Root: c.authority.Root, key: c.authority.key}
		short := *c.authority.Root.Certificate
		short.NotAfter = noon.Add(-time.Second)
		c.authority.Root.Certificate = &short
	}},
	{name: "service's certificate", want: CheckRole, request: func(_ *testing.T, c *cast, r *SealedRequest) { r.ProcessCertificate = c.service.Certificate.Raw }},
	{name: "no eai: URI", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.URIs = nil })},
	{name: "two eai: URIs", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.URIs = append(c.URIs, c.URIs[0]) })},
	{name: "launcher's URI", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "eai", Opaque: "launcher/retail"} })},
	{name: "unknown kind", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "eai", Opaque: "root/retail"} })},
	{name: "URI without run", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "eai", Opaque: "process/retail"} })},
	{name: "URI with a query", want: CheckRole, certificate: alter(func(c *x509.Certificate) {
		c.URIs[0] = &url.URL{Scheme: "eai", Opaque: "process/retail/run-1", RawQuery: "x"}
	})},
	{name: "serverAuth beside", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) })},
	{name: "key usage beside", want: CheckRole, certificate: alter(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyAgreement })},
}

var evidenceCases = []relyingCase{
	{name: "no evidence", want: CheckEvidenceMissing, certificate: withoutExtension(oidEvidence)},
	{name: "evidence is no octets", want: CheckEvidenceMissing, certificate: func(t *testing.T, c *cast) {
		c.reissue(t, func(template *x509.Certificate) {
			replaceExtension(t, template, pkix.Extension{Id: oidEvidence, Value: []byte{5, 0}})
		})
	}},
	{name: "evidence changed", want: CheckEvidenceSignature, certificate: func(t *testing.T, c *cast) {
		useEvidence(t, c, flipLast(ok1(EvidenceOf(c.process.Certificate))(t)))
	}},
	{name: "evidence is no COSE", want: CheckEvidenceSignature, certificate: func(t *testing.T, c *cast) { useEvidence(t, c, []byte("seen it")) }},
	{name: "unknown attester", want: CheckAttester, measured: func(c *cast) { c.attester = signingKey("stranger") }},
	{name: "privilege not accepted", want: CheckAttester, measured: func(c *cast) { c.evidence.Attester.Privilege = SameUser }},
	{name: "second-hand where that is not named", want: CheckAttester, measured: func(c *cast) {
		c.document.Attesters[0].Privilege = []string{SeparateUser, SameUser}
		c.evidence.Attester.Privilege = SecondHand
	}},
	{name: "own user where second-hand alone is named", want: CheckAttester, measured: func(c *cast) {
		c.document.Attesters[0].Privilege = []string{SecondHand}
	}},
	{name: "another key confirmed", want: CheckProcessKey, measured: func(c *cast) {
		c.evidence.Confirmation = ConfirmationOf(signingKey("x").Public().(ed25519.PublicKey))
	}},
	{name: "no binding", want: CheckProcessKey, certificate: withoutExtension(oidBinding)},
	{name: "evidence with another nonce", want: CheckProcessKey, certificate: func(t *testing.T, c *cast) {
		c.evidence.Nonce[0] ^= 1
		useEvidence(t, c, ok1(SignEvidence(&c.evidence, c.attester))(t))
	}},
	{name: "request names another program", want: CheckProgram, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Program = "other" }},
	{name: "evidence of another program", want: CheckProgram, measured: func(c *cast) { c.evidence.Claimed.Program = "other" }},
	{name: "program not in the policy", want: CheckProgram, party: func(t *testing.T, c *cast, p *RelyingParty) {
		c.document.References[0].Program = "other"
		p.Policy = c.policy(t)
	}},
	{name: "request names another run", want: CheckRun, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Run = "run-2" }},
	{name: "evidence of another run", want: CheckRun, measured: func(c *cast) { c.evidence.Claimed.Run = "run-2" }},
}

// insecure lets everybody allow crypto none.
func insecure(c *cast) {
	c.parameters.Crypto = None
	c.document.Parameters.Crypto = []string{"hpke", "none"}
}

// cached lets everybody allow verify cached.
func cached(c *cast) {
	c.parameters.Verify = Cached
	c.document.Parameters.Verify = []string{"full", "cached"}
}

var requestCases = []relyingCase{
	{name: "cached, not allowed by the service", want: CheckVerify, measured: cached},
	{name: "cached, not allowed by the policy", want: CheckVerify, measured: cached, party: func(t *testing.T, c *cast, p *RelyingParty) {
		p.AllowVerifyCached = true
		c.document.Parameters.Verify = nil
		p.Policy = c.policy(t)
	}},
	{name: "verify extension says something else", want: CheckVerify, measured: cached, certificate: func(t *testing.T, c *cast) {
		c.reissue(t, func(template *x509.Certificate) {
			replaceExtension(t, template, ok1(textExtension(oidVerify, "full"))(t))
		})
	}, party: func(_ *testing.T, _ *cast, p *RelyingParty) { p.AllowVerifyCached = true }},
	{name: "none, not allowed by the service", want: CheckCrypto, measured: insecure},
	{name: "none, not allowed by the policy", want: CheckCrypto, measured: insecure, party: func(t *testing.T, c *cast, p *RelyingParty) {
		p.AllowCryptoNone = true
		c.document.Parameters.Crypto = []string{"hpke"}
		p.Policy = c.policy(t)
	}},
	{name: "none, not in the certificate", want: CheckCrypto, measured: insecure, certificate: withoutExtension(oidCrypto), party: func(_ *testing.T, _ *cast, p *RelyingParty) { p.AllowCryptoNone = true }},
	{name: "crypto extension says something else", want: CheckCrypto, measured: insecure, certificate: func(t *testing.T, c *cast) {
		c.reissue(t, func(template *x509.Certificate) {
			replaceExtension(t, template, ok1(textExtension(oidCrypto, "rot13"))(t))
		})
	}},
	{name: "signature changed", want: CheckSignature, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Signature = flip(r.Signature) }},
	{name: "ciphertext changed", want: CheckSignature, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Ciphertext = flip(r.Ciphertext) }},
	{name: "another operation", want: CheckSignature, request: func(_ *testing.T, c *cast, r *SealedRequest) { resign(c, Write, r) }},
	{name: "signed by another", want: CheckSignature, request: func(_ *testing.T, c *cast, r *SealedRequest) {
		r.Signature = ed25519.Sign(signingKey("x"), r.toBeSigned(r.Context(Read).Bytes()))
	}},
	{name: "no sealing key, on a write", want: CheckProgramPublicKey, operation: Write, certificate: withoutExtension(oidSealingKey)},
	{name: "program public key missing", want: CheckProgramPublicKey, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.ProgramPublicKey = nil }},
	{name: "program public key replaced", want: CheckProgramPublicKey, request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.ProgramPublicKey = flip(r.ProgramPublicKey) }},
	{name: "for another service", want: CheckRecipient, request: func(_ *testing.T, c *cast, r *SealedRequest) { r.Service = "taxi"; resign(c, Read, r) }},
	{name: "for another solution", want: CheckRecipient, request: func(_ *testing.T, c *cast, r *SealedRequest) { r.Solution = "healthcare"; resign(c, Read, r) }},
}

func TestRelyingPartyRefuses(t *testing.T) {
	for _, rc := range slices.Concat(clientCases, formCases, certificateCases, evidenceCases, requestCases) {
		t.Run(string(rc.want)+"/"+rc.name, func(t *testing.T) { wantCheck(t, rc.run(t), rc.want) })
	}
}

// The appraisal is tested with Appraise; here, that it is made on each request.
func TestRelyingPartyAppraises(t *testing.T) {
	for _, ac := range appraisalCases {
		t.Run(string(ac.want)+"/"+ac.name, func(t *testing.T) {
			wantCheck(t, relyingCase{measured: ac.change}.run(t), ac.want)
		})
	}
}

func TestRelyingPartyAccepts(t *testing.T) {
	allowed := func(_ *testing.T, _ *cast, p *RelyingParty) { p.AllowCryptoNone = true }
	for _, rc := range []relyingCase{
		{name: "read"},
		{name: "no certificate in TLS", presented: presents(func(*testing.T, *cast, *x509.Certificate) []*x509.Certificate { return nil })},
		{name: "own certificate in TLS", presented: presents(func(_ *testing.T, _ *cast, own *x509.Certificate) []*x509.Certificate {
			return []*x509.Certificate{own}
		})},
		{name: "write", operation: Write},
		{name: "crypto none, allowed by all three", measured: insecure, party: allowed},
		{name: "verify cached, allowed by all three", measured: cached, party: func(_ *testing.T, _ *cast, p *RelyingParty) { p.AllowVerifyCached = true }},
		{name: "last second", party: now(noon.Add(10 * time.Minute))},
		{name: "first second", party: now(noon.Add(-ClockSkew))},
		{name: "any solution", party: func(_ *testing.T, _ *cast, p *RelyingParty) { p.Solution = "" }},
		{name: "second URI of another scheme", certificate: alter(func(c *x509.Certificate) { c.URIs = append(c.URIs, &url.URL{Scheme: "urn", Opaque: "x"}) })},
	} {
		t.Run(rc.name, func(t *testing.T) { wantCheck(t, rc.run(t), "") })
	}
}

func TestVerifiedProcess(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	request := c.sealed(t, Write, "plain text")
	process := ok1(c.relyingParty(t).Verify(Write, request))(t)
	client := ok1(c.relyingParty(t).VerifyClient(c.process.Certificate.Raw))(t)
	if client.Program != process.Program || client.Run != process.Run || client.CertificateSHA256 != process.CertificateSHA256 || client.Sealing != nil {
		t.Errorf("verified client is %+v", client)
	}
	if process.Program != "retail" || process.Run != "run-1" || process.Crypto != HPKE ||
		!process.Signing.Equal(c.process.SigningPublic()) || !process.Sealing.Equal(c.process.Sealing.PublicKey()) ||
		process.CertificateSHA256 != sha256.Sum256(c.process.Certificate.Raw) ||
		!process.NotAfter.Equal(noon.Add(10*time.Minute)) || process.Evidence.Mode != "compartment" {
		t.Errorf("verified process is %+v", process)
	}
}

// A fault that several checks would notice is reported by the first in the page's order.
func TestRelyingPartyOrder(t *testing.T) {
	everything := relyingCase{
		measured: func(c *cast) {
			c.evidence.Mode = "hybrid"
			c.evidence.Claimed.Program = "other"
			c.attester = signingKey("stranger")
		},
		request: func(_ *testing.T, _ *cast, r *SealedRequest) { r.Signature = flip(r.Signature); r.Service = "taxi" },
		party:   now(noon.Add(time.Hour)),
	}
	wantCheck(t, everything.run(t), CheckTime)
	everything.party = nil
	wantCheck(t, everything.run(t), CheckAttester)
	everything.measured = func(c *cast) { c.evidence.Mode = "hybrid"; c.evidence.Claimed.Program = "other" }
	wantCheck(t, everything.run(t), CheckProgram)
	everything.measured = func(c *cast) { c.evidence.Mode = "hybrid" }
	wantCheck(t, everything.run(t), CheckMode)
	everything.measured = func(c *cast) { cached(c); insecure(c) }
	wantCheck(t, everything.run(t), CheckVerify)
	everything.measured = nil
	wantCheck(t, everything.run(t), CheckSignature)
}
