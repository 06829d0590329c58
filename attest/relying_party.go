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
	Now             func() time.Time // nil: time.Now
}

// Verify makes all checks of certificates.md, in their order, up to and including recipient. What is left to the
// service is sequence, and sealed (Identity.OpenRequest). The error is a *Refusal.
func (p *RelyingParty) Verify(operation Operation, r *SealedRequest) (*VerifiedProcess, error) {
	if err := r.checkForm(operation); err != nil {
		return nil, err
	}
	certificate, subject, err := p.verifyCertificate(r.ProcessCertificate)
	if err != nil {
		return nil, err
	}
	evidence, err := p.verifyEvidence(certificate)
	if err != nil {
		return nil, err
	}
	if err := p.appraise(r, subject, evidence); err != nil {
		return nil, err
	}
	if err := p.checkCrypto(r.Crypto, certificate); err != nil {
		return nil, err
	}
	signing := certificate.PublicKey.(ed25519.PublicKey)
	if !ed25519.Verify(signing, r.toBeSigned(r.Context(operation).Bytes()), r.Signature) {
		return nil, Refuse(CheckSignature, "the request is not signed by the key of %s", subject)
	}
	sealing, err := checkProgramPublicKey(operation, r, certificate)
	if err != nil {
		return nil, err
	}
	if r.Service != p.Service || p.Solution != "" && r.Solution != p.Solution {
		return nil, Refuse(CheckRecipient, "the request is for service %s of solution %s, this is %s", r.Service, r.Solution, p.Service)
	}
	return &VerifiedProcess{
		Program:           subject.Name,
		Run:               subject.Run,
		Sealing:           sealing,
		Signing:           signing,
		CertificateSHA256: sha256.Sum256(r.ProcessCertificate),
		Evidence:          evidence,
		Crypto:            r.Crypto,
		NotAfter:          certificate.NotAfter,
	}, nil
}

// verifyCertificate makes the checks certificate, chain, time and role.
func (p *RelyingParty) verifyCertificate(der []byte) (*x509.Certificate, Subject, error) {
	certificate, err := parseCertificate(der)
	if err != nil {
		return nil, Subject{}, err
	}
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	if err := p.Root.verify(certificate, now()); err != nil {
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
func (p *RelyingParty) appraise(r *SealedRequest, subject Subject, evidence *Evidence) error {
	if r.Program != subject.Name || evidence.Claimed.Program != subject.Name {
		return Refuse(CheckProgram, "the certificate is for program %s, the request names %s, the evidence %s",
			subject.Name, r.Program, evidence.Claimed.Program)
	}
	if err := p.Policy.checkProgram(subject.Name); err != nil {
		return err
	}
	if r.Run != subject.Run || evidence.Claimed.Run != subject.Run {
		return Refuse(CheckRun, "the certificate is for run %s, the request names %s, the evidence %s",
			subject.Run, r.Run, evidence.Claimed.Run)
	}
	return p.Policy.Appraise(evidence)
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
