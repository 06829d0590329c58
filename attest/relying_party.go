package attest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"time"
)

// VerifiedProcess is what a relying party knows of a process after every check up to recipient.
type VerifiedProcess struct {
	Program           string
	Run               string
	Sealing           *ecdh.PublicKey
	Signing           ed25519.PublicKey
	CertificateSHA256 [32]byte
	Evidence          *Evidence
	Crypto            Crypto // of the request
	NotAfter          time.Time
}

// RelyingParty verifies the processes that ask a service for data. Its fields do not change while it is in use.
type RelyingParty struct {
	Root            *Root
	Service         string // own ID
	Solution        string // that the service is part of; "" accepts every solution
	Policy          *Policy
	AllowCryptoNone bool
	// AllowVerifyCached accepts certificates that allow it, and keeps what their checks gave, in at most 16 MiB.
	AllowVerifyCached bool
	Now               func() time.Time // nil: time.Now

	results results
}

// Verify makes all checks of certificates.md, in their order, from request to recipient. What is left to the service is
// client-certificate (SealedRequest.CheckClient), sequence, and sealed (Identity.OpenRequest). The error is a *Refusal.
func (p *RelyingParty) Verify(operation Operation, r *SealedRequest) (*VerifiedProcess, error) {
	if err := r.checkForm(operation); err != nil {
		return nil, err
	}
	c, err := p.check(r.ProcessCertificate, &claim{r.Program, r.Run})
	if err != nil {
		return nil, err
	}
	if err := p.checkCrypto(r.Crypto, c.certificate); err != nil {
		return nil, err
	}
	if !ed25519.Verify(c.signing(), r.toBeSigned(r.Context(operation).Bytes()), r.Signature) {
		return nil, Refuse(CheckSignature, "the request is not signed by the key of %s", c.subject)
	}
	sealing, err := checkProgramPublicKey(operation, r, c.certificate)
	if err != nil {
		return nil, err
	}
	if r.Service != p.Service || p.Solution != "" && r.Solution != p.Solution {
		return nil, Refuse(CheckRecipient, "the request is for service %s of solution %s, this is %s", r.Service, r.Solution, p.Service)
	}
	process := c.process()
	process.Sealing, process.Crypto = sealing, r.Crypto
	return process, nil
}

// VerifyClient makes the checks of certificates.md that need no sealed request, certificate to verify, of the certificate
// (DER) whose key a TLS client proved to hold. Sealing and Crypto of the result are empty. The error is a *Refusal.
func (p *RelyingParty) VerifyClient(certificate []byte) (*VerifiedProcess, error) {
	c, err := p.check(certificate, nil)
	if err != nil {
		return nil, err
	}
	return c.process(), nil
}

// check makes the checks certificate to verify. Of a certificate whose result is kept it makes those that another time or another
// request can change: time, and that the claim is the certificate's.
func (p *RelyingParty) check(der []byte, claimed *claim) (*checked, error) {
	digest := sha256.Sum256(der)
	if c := p.results.of(digest); c != nil {
		if err := p.Root.checkTime(c.certificate, p.now()); err != nil {
			return nil, err
		}
		if err := c.checkProgram(claimed); err != nil {
			return nil, err
		}
		return c, c.checkRun(claimed)
	}
	if p.AllowVerifyCached {
		der = bytes.Clone(der) // what is kept shares no memory with the request
	}
	certificate, subject, err := p.verifyCertificate(der)
	if err != nil {
		return nil, err
	}
	evidence, err := p.verifyEvidence(certificate)
	if err != nil {
		return nil, err
	}
	c := &checked{certificate, digest, subject, evidence}
	if err := p.appraise(c, claimed); err != nil {
		return nil, err
	}
	verify, err := p.checkVerify(certificate)
	if err != nil {
		return nil, err
	}
	if verify == Cached {
		p.results.keep(c)
	}
	return c, nil
}

func (p *RelyingParty) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// verifyCertificate makes the checks certificate, chain, time and role.
func (p *RelyingParty) verifyCertificate(der []byte) (*x509.Certificate, Subject, error) {
	certificate, err := parseCertificate(der)
	if err != nil {
		return nil, Subject{}, err
	}
	if err := p.Root.verify(certificate, p.now()); err != nil {
		return nil, Subject{}, err
	}
	subject, err := checkRole(certificate, KindProcess, x509.ExtKeyUsageClientAuth)
	return certificate, subject, err
}

// verifyEvidence makes the checks evidence-missing, evidence-signature, attester and process-key.
func (p *RelyingParty) verifyEvidence(certificate *x509.Certificate) (*Evidence, error) {
	signed, err := EvidenceOf(certificate)
	if err != nil {
		return nil, err
	}
	evidence, err := VerifyEvidence(signed, p.Policy)
	if err != nil {
		return nil, err
	}
	if !evidence.SigningKey().Equal(certificate.PublicKey) {
		return nil, Refuse(CheckProcessKey, "the evidence confirms another key than the certificate's")
	}
	binding, err := BindingOf(certificate)
	if err != nil {
		return nil, Refuse(CheckProcessKey, "the evidence cannot be compared: %v", err)
	}
	if evidence.Nonce != binding.Nonce {
		return nil, Refuse(CheckProcessKey, "the evidence has another nonce than the certificate's binding")
	}
	return evidence, nil
}

// appraise makes the checks program and run, and those of the policy.
func (p *RelyingParty) appraise(c *checked, claimed *claim) error {
	if err := c.checkProgram(claimed); err != nil {
		return err
	}
	if err := p.Policy.checkProgram(c.subject.Name); err != nil {
		return err
	}
	if err := c.checkRun(claimed); err != nil {
		return err
	}
	return p.Policy.Appraise(c.evidence)
}

// checkVerify makes the check verify: cached must be allowed by service, policy and certificate.
func (p *RelyingParty) checkVerify(certificate *x509.Certificate) (Verification, error) {
	verify, err := VerifyOf(certificate)
	switch {
	case err != nil || verify == Full:
		return verify, err
	case !p.AllowVerifyCached:
		return "", Refuse(CheckVerify, "%s is not allowed by this service", verify)
	case !p.Policy.allowsVerify(verify):
		return "", Refuse(CheckVerify, "%s is not allowed by this service's policy", verify)
	default:
		return verify, nil
	}
}

// checkCrypto makes the check crypto: none must be allowed by service, policy and certificate.
func (p *RelyingParty) checkCrypto(crypto Crypto, certificate *x509.Certificate) error {
	certified, err := CryptoOf(certificate)
	if err != nil {
		return err
	}
	if crypto == HPKE {
		return nil
	}
	switch {
	case !p.AllowCryptoNone:
		return Refuse(CheckCrypto, "%s is not allowed by this service", crypto)
	case !p.Policy.allowsCrypto(crypto):
		return Refuse(CheckCrypto, "%s is not allowed by this service's policy", crypto)
	case certified != crypto:
		return Refuse(CheckCrypto, "%s is not allowed by the process's certificate", crypto)
	default:
		return nil
	}
}

// checkProgramPublicKey makes the check program-public-key and returns the certificate's sealing key.
func checkProgramPublicKey(operation Operation, r *SealedRequest, certificate *x509.Certificate) (*ecdh.PublicKey, error) {
	sealing, err := SealingKeyOf(certificate)
	if err != nil {
		return nil, Refuse(CheckProgramPublicKey, "the certificate has no usable sealing key")
	}
	if operation == Read && !bytes.Equal(r.ProgramPublicKey, sealing.Bytes()) {
		return nil, Refuse(CheckProgramPublicKey, "the request's program public key is not the certificate's sealing key")
	}
	return sealing, nil
}
