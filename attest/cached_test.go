package attest

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"
)

// acceptingCached is a process with a certificate for verify cached, and a relying party that has verified it once.
func acceptingCached(t *testing.T) (*cast, *RelyingParty) {
	t.Helper()
	c := newCast(t)
	cached(c)
	c.certify(t)
	party := c.relyingParty(t)
	party.AllowVerifyCached = true
	ok1(party.Verify(Read, c.sealed(t, Read, "first")))(t)
	return c, party
}

// refusingAll changes the party's root and policy after the fact, so that nothing passes any more that is checked anew. A service
// never does that; here it shows what is kept.
func refusingAll(t *testing.T, c *cast, p *RelyingParty) {
	t.Helper()
	p.Root = ok1(CreateAuthority("Other Root", noon.Add(-time.Hour), RootLifetime))(t).Root
	c.document.Modes = []string{"hybrid"}
	p.Policy = c.policy(t)
}

func TestCachedResultIsUsed(t *testing.T) {
	c, party := acceptingCached(t)
	refusingAll(t, c, party)
	ok1(party.VerifyClient(c.process.Certificate.Raw))(t)
	process := ok1(party.Verify(Write, c.sealed(t, Write, "second")))(t)
	if process.Program != "retail" || process.Run != "run-1" || process.Evidence.Mode != "compartment" || !process.Signing.Equal(c.process.SigningPublic()) {
		t.Errorf("from a kept result %+v", process)
	}
}

// Without the extension nothing is kept, whatever the service allows.
func TestFullVerificationIsMadeEachTime(t *testing.T) {
	c := newCast(t)
	c.certify(t)
	party := c.relyingParty(t)
	party.AllowVerifyCached = true
	ok1(party.Verify(Read, c.sealed(t, Read, "first")))(t)
	refusingAll(t, c, party)
	_, err := party.Verify(Read, c.sealed(t, Read, "second"))
	wantCheck(t, err, CheckChain)
}

// Two certificates of one process are two results.
func TestCachedResultIsOfOneCertificate(t *testing.T) {
	c, party := acceptingCached(t)
	refusingAll(t, c, party)
	c.reissue(t, func(template *x509.Certificate) { template.SerialNumber = big.NewInt(7) })
	_, err := party.Verify(Read, c.sealed(t, Read, "second"))
	wantCheck(t, err, CheckChain)
}

// What one request can break is checked on each, though the certificate's result is kept.
func TestCachedResultDoesNotStandForTheRequest(t *testing.T) {
	for _, rc := range []struct {
		name   string
		want   Check
		change func(c *cast, p *RelyingParty, r *SealedRequest)
	}{
		{"form", CheckRequest, func(_ *cast, _ *RelyingParty, r *SealedRequest) { r.Nonce = nil }},
		{"certificate expired meanwhile", CheckTime, func(_ *cast, p *RelyingParty, _ *SealedRequest) {
			p.Now = func() time.Time { return noon.Add(10*time.Minute + time.Second) }
		}},
		{"root expired meanwhile", CheckTime, func(c *cast, p *RelyingParty, _ *SealedRequest) {
			short := *c.authority.Root
			certificate := *short.Certificate
			certificate.NotAfter = noon.Add(-time.Second)
			short.Certificate = &certificate
			p.Root = &short
		}},
		{"names another program", CheckProgram, func(c *cast, _ *RelyingParty, r *SealedRequest) { r.Program = "other"; resign(c, Read, r) }},
		{"names another run", CheckRun, func(c *cast, _ *RelyingParty, r *SealedRequest) { r.Run = "run-2"; resign(c, Read, r) }},
		{"not sealed", CheckCrypto, func(c *cast, _ *RelyingParty, r *SealedRequest) {
			r.Crypto, r.Enc = None, nil
			resign(c, Read, r)
		}},
		{"signature forged", CheckSignature, func(_ *cast, _ *RelyingParty, r *SealedRequest) { r.Signature = flip(r.Signature) }},
		{"ciphertext changed", CheckSignature, func(_ *cast, _ *RelyingParty, r *SealedRequest) { r.Ciphertext = flip(r.Ciphertext) }},
		{"certificate changed", CheckChain, func(_ *cast, _ *RelyingParty, r *SealedRequest) {
			r.ProcessCertificate = flipLast(r.ProcessCertificate)
		}},
		{"program public key replaced", CheckProgramPublicKey, func(_ *cast, _ *RelyingParty, r *SealedRequest) { r.ProgramPublicKey = flip(r.ProgramPublicKey) }},
		{"for another service", CheckRecipient, func(c *cast, _ *RelyingParty, r *SealedRequest) { r.Service = "taxi"; resign(c, Read, r) }},
	} {
		t.Run(rc.name, func(t *testing.T) {
			c, party := acceptingCached(t)
			request := c.sealed(t, Read, "second")
			rc.change(c, party, request)
			_, err := party.Verify(Read, request)
			wantCheck(t, err, rc.want)
		})
	}
}

// A certificate that was refused is not kept: what comes next is checked anew.
func TestRefusalIsNotKept(t *testing.T) {
	c := newCast(t)
	cached(c)
	c.certify(t)
	party := c.relyingParty(t)
	party.AllowVerifyCached = true
	good := party.Policy
	c.document.Modes = []string{"hybrid"}
	party.Policy = c.policy(t)
	_, err := party.Verify(Read, c.sealed(t, Read, "first"))
	wantCheck(t, err, CheckMode)
	party.Policy = good
	ok1(party.Verify(Read, c.sealed(t, Read, "second")))(t)
}

// The bytes of the request are the caller's again once Verify has returned.
func TestCachedResultSharesNoMemory(t *testing.T) {
	c, party := acceptingCached(t)
	request := c.sealed(t, Read, "second")
	request.ProcessCertificate = append([]byte(nil), request.ProcessCertificate...)
	party.results = results{}
	ok1(party.Verify(Read, request))(t)
	clear(request.ProcessCertificate)
	ok1(party.Verify(Read, c.sealed(t, Read, "third")))(t)
}

// Results are bounded in number and in bytes; the oldest goes first.
func TestCachedResultsAreBounded(t *testing.T) {
	of := func(n, size int) *checked {
		return &checked{certificate: &x509.Certificate{Raw: make([]byte, size)}, sha256: [32]byte{byte(n), byte(n >> 8)}}
	}
	for name, bound := range map[string]struct{ size, kept int }{
		"number": {100, mostKept}, "bytes": {mostKeptBytes / 10, 10}, "one too large": {mostKeptBytes + 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var r results
			all := bound.kept + 5
			for n := range all {
				r.keep(of(n, bound.size))
				r.keep(of(n, bound.size)) // again changes nothing
			}
			for n := range all {
				if kept, want := r.of(of(n, 0).sha256) != nil, bound.kept > 0 && n >= all-bound.kept; kept != want {
					t.Errorf("result %d of %d: kept is %v, want %v", n, all, kept, want)
				}
			}
			if len(r.byCertificate) != bound.kept || len(r.oldestFirst) != bound.kept || r.bytes != bound.kept*bound.size {
				t.Errorf("%d results, %d in order, %d bytes", len(r.byCertificate), len(r.oldestFirst), r.bytes)
			}
		})
	}
}
