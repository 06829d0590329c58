package attest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"testing"
	"time"
)

// certifyCase breaks one thing on the way to a certificate. Change is made before CSR, evidence and parameters are;
// request after.
type certifyCase struct {
	name    string
	want    Check
	change  func(c *cast)
	request func(t *testing.T, c *cast, r *CertificationRequest)
	nonce   error
	now     time.Time
}

func (cc certifyCase) run(t *testing.T) (*cast, *x509.Certificate, error) {
	t.Helper()
	c := newCast(t)
	if cc.change != nil {
		cc.change(c)
	}
	request := c.request(t)
	if cc.request != nil {
		cc.request(t, c, &request)
	}
	now := noon
	if !cc.now.IsZero() {
		now = cc.now
	}
	certificate, err := c.authority.Certify(now, c.policy(t), func([32]byte) error { return cc.nonce }, request)
	if (certificate == nil) != (err != nil) {
		t.Errorf("certificate %v with error %v", certificate, err)
	}
	return c, certificate, err
}

// attest signs the evidence again after a change that c.request would have undone.
func attest(t *testing.T, c *cast, r *CertificationRequest) {
	t.Helper()
	r.Evidence = ok1(SignEvidence(&c.evidence, c.attester))(t)
}

// bind makes CSR and evidence for a binding of the test's own.
func bind(t *testing.T, c *cast, r *CertificationRequest, change func(*Binding)) {
	t.Helper()
	change(&c.binding)
	parameters := r.Parameters
	*r = c.request(t)
	r.Parameters = parameters
}

// otherParameters are bound, but the text is the test's own.
func otherParameters(text string) func(*testing.T, *cast, *CertificationRequest) {
	return func(t *testing.T, c *cast, r *CertificationRequest) {
		r.Parameters = []byte(text)
		bind(t, c, r, func(b *Binding) { b.ParametersSHA256 = sha256.Sum256([]byte(text)) })
	}
}

var certifyCases = []certifyCase{
	{name: "CSR not signed by its key", want: CheckCSRSignature, request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.CSR = flipLast(r.CSR) }},
	{name: "no CSR", want: CheckCSRSignature, request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.CSR = nil }},
	{name: "nonce used up", want: CheckNonce, nonce: Refuse(CheckNonce, "used up")},
	{name: "evidence with another nonce", want: CheckNonce, request: func(t *testing.T, c *cast, r *CertificationRequest) {
		c.evidence.Nonce[0] ^= 1
		attest(t, c, r)
	}},
	{name: "foreign root", want: CheckRoot, request: func(t *testing.T, c *cast, r *CertificationRequest) {
		bind(t, c, r, func(b *Binding) { b.RootSHA256[0] ^= 1 })
	}},
	{name: "other parameters than given", want: CheckParameters, request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.Parameters = append(r.Parameters, ' ') }},
	{name: "malformed parameters", want: CheckParameters, request: otherParameters("{}")},
	{name: "more requests than allowed", want: CheckParameters, change: func(c *cast) { c.parameters.Requests = 1001 }},
	{name: "longer interval than allowed", want: CheckParameters, change: func(c *cast) { c.parameters.IntervalMS = 1001 }},
	{name: "path not allowed", want: CheckParameters, change: func(c *cast) { c.parameters.Path = PathDirect }},
	{name: "hpke not allowed", want: CheckParameters, change: func(c *cast) { c.document.Parameters.Crypto = []string{"none"} }},
	{name: "cached not allowed", want: CheckVerify, change: func(c *cast) { c.parameters.Verify = Cached }},
	{name: "full not allowed", want: CheckParameters, change: func(c *cast) { c.document.Parameters.Verify = []string{"cached"} }},
	{name: "none not allowed", want: CheckCrypto, change: func(c *cast) { c.parameters.Crypto = None }},
	{name: "evidence changed", want: CheckEvidenceSignature, request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.Evidence = flipLast(r.Evidence) }},
	{name: "no evidence", want: CheckEvidenceSignature, request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.Evidence = nil }},
	{name: "unknown attester", want: CheckAttester, change: func(c *cast) { c.attester = signingKey("stranger") }},
	{name: "privilege not accepted", want: CheckAttester, change: func(c *cast) { c.evidence.Attester.Privilege = SameUser }},
	{name: "second-hand where that is not named", want: CheckAttester, change: func(c *cast) {
		c.document.Attesters[0].Privilege = []string{SeparateUser, SameUser}
		c.evidence.Attester.Privilege = SecondHand
	}},
	{name: "own user where second-hand alone is named", want: CheckAttester, change: func(c *cast) {
		c.document.Attesters[0].Privilege = []string{SecondHand}
	}},
	{name: "evidence over another CSR", want: CheckProcessKey, request: func(t *testing.T, c *cast, r *CertificationRequest) {
		c.evidence.CSRSHA256[0] ^= 1
		attest(t, c, r)
	}},
	{name: "evidence confirms another key", want: CheckProcessKey, change: func(c *cast) {
		c.evidence.Confirmation = ConfirmationOf(signingKey("x").Public().(ed25519.PublicKey))
	}},
	{name: "CSR with the launcher's key, evidence of the process", want: CheckProcessKey, request: func(t *testing.T, c *cast, r *CertificationRequest) {
		launcher := &Identity{Signing: signingKey("launcher"), Sealing: sealingKey(t, "launcher")}
		r.CSR = ok1(CreateCSR(launcher, "retail", c.binding))(t)
	}},
	{name: "evidence too old", want: CheckEvidenceAge, now: noon.Add(time.Minute + time.Second)},
	{name: "evidence from the future", want: CheckEvidenceAge, now: noon.Add(-ClockSkew - time.Second)},
	{name: "parameters name another mode", want: CheckMode, change: func(c *cast) { c.parameters.Mode = "hybrid" }},
	{name: "parameters name another program", want: CheckProgram, change: func(c *cast) { c.parameters.Program = "other" }},
	{name: "evidence of another program", want: CheckProgram, change: func(c *cast) { c.evidence.Claimed.Program = "other" }},
	{name: "program without reference", want: CheckProgram, change: func(c *cast) { c.document.References[0].Program = "other" }},
	{name: "evidence of another run", want: CheckRun, change: func(c *cast) { c.evidence.Claimed.Run = "run-2" }},
	{name: "parameters name another run", want: CheckRun, change: func(c *cast) { c.parameters.Run = "run-2" }},
}

func TestCertifyRefuses(t *testing.T) {
	for _, cc := range certifyCases {
		t.Run(string(cc.want)+"/"+cc.name, func(t *testing.T) {
			_, _, err := cc.run(t)
			wantCheck(t, err, cc.want)
		})
	}
	for _, ac := range appraisalCases {
		t.Run(string(ac.want)+"/"+ac.name, func(t *testing.T) {
			_, _, err := certifyCase{change: ac.change}.run(t)
			wantCheck(t, err, ac.want)
		})
	}
}

// What CSRs are refused for is in csr.json; here, that the CA takes a CSR with no binding to be that.
func TestCertifyCSRBinding(t *testing.T) {
	for _, v := range readVectors[csrVector](t, "csr.json") {
		if v.Expect == success {
			continue
		}
		_, _, err := certifyCase{request: func(_ *testing.T, _ *cast, r *CertificationRequest) { r.CSR = v.CSR }}.run(t)
		v.Expect.compare(t, err)
	}
}

func TestCertify(t *testing.T) {
	for _, cc := range []certifyCase{
		{name: "hpke"},
		{name: "crypto none where allowed", change: insecure},
		{name: "verify cached where allowed", change: cached},
		{name: "path direct where allowed", change: func(c *cast) {
			c.parameters.Path, c.document.Parameters.Path = PathDirect, []string{PathRelayed, PathDirect}
		}},
		{name: "evidence in its last second", now: noon.Add(time.Minute)},
		{name: "evidence a little ahead", now: noon.Add(-ClockSkew)},
	} {
		t.Run(cc.name, func(t *testing.T) {
			c, certificate, err := cc.run(t)
			if err != nil {
				t.Fatal(err)
			}
			now := noon
			if !cc.now.IsZero() {
				now = cc.now
			}
			ok1(c.authority.Root.VerifyProcessCertificate(certificate.Raw, c.process, "retail", "run-1", c.binding, now))(t)
			if crypto := ok1(CryptoOf(certificate))(t); crypto != c.parameters.Crypto {
				t.Errorf("the certificate allows %s, the parameters say %s", crypto, c.parameters.Crypto)
			}
			if verify := ok1(VerifyOf(certificate))(t); (verify == Cached) != (c.parameters.Verify == Cached) {
				t.Errorf("the certificate allows %s, the parameters say %q", verify, c.parameters.Verify)
			}
			if !certificate.NotAfter.Equal(now.Add(10*time.Minute)) || !certificate.NotBefore.Equal(now.Add(-ClockSkew)) {
				t.Errorf("valid %s to %s", certificate.NotBefore, certificate.NotAfter)
			}
			c.process.Certificate = certificate
			party := c.relyingParty(t)
			party.AllowCryptoNone, party.AllowVerifyCached, party.Now = true, true, func() time.Time { return now }
			ok1(party.Verify(Read, c.sealed(t, Read, "plain text")))(t)
		})
	}
}

// A nonce is used up once for each CSR that is signed by its own key, whatever comes of it, and never for another.
func TestCertifyTakesNonceOnce(t *testing.T) {
	for _, cc := range []struct {
		name   string
		change func(r *CertificationRequest)
		want   int
	}{
		{"certified", func(*CertificationRequest) {}, 1},
		{"refused later", func(r *CertificationRequest) { r.Evidence = nil }, 1},
		{"CSR not signed", func(r *CertificationRequest) { r.CSR = flipLast(r.CSR) }, 0},
	} {
		t.Run(cc.name, func(t *testing.T) {
			c := newCast(t)
			request := c.request(t)
			cc.change(&request)
			var taken [][32]byte
			_, err := c.authority.Certify(noon, c.policy(t), func(nonce [32]byte) error {
				taken = append(taken, nonce)
				return nil
			}, request)
			if len(taken) != cc.want || cc.want == 1 && !slices.Contains(taken, c.binding.Nonce) {
				t.Errorf("took %d nonces (%v), want %d", len(taken), err, cc.want)
			}
		})
	}
}
