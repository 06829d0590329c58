package authority

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"eaibench/attest"
)

// Outcome is what became of one check.
type Outcome string

// The outcomes. Checks are made in order; those after a refusal are not made, nor is the age of evidence at no given time.
const (
	Passed  Outcome = "ok"
	Refused Outcome = "refused"
	NotMade Outcome = "not made"
)

// CheckResult is one line of a verification.
type CheckResult struct {
	Check   attest.Check `json:"check"`
	Outcome Outcome      `json:"outcome"`
	Reason  string       `json:"reason,omitempty"` // of a refusal, or why it was not made although nothing was refused before
}

// What is checked, in the order of docs/formats/certificates.md. The decisions are attest's; a test keeps the order in step.
var (
	appraisalChecks = []attest.Check{
		attest.CheckMode, attest.CheckExecutable, attest.CheckLibrary, attest.CheckEnvironment,
		attest.CheckCompartment, attest.CheckTracer, attest.CheckMemory,
	}
	evidenceChecks = append([]attest.Check{attest.CheckEvidenceSignature, attest.CheckAttester, attest.CheckEvidenceAge}, appraisalChecks...)
	processChecks  = slices.Concat(
		[]attest.Check{
			attest.CheckCertificate, attest.CheckChain, attest.CheckTime, attest.CheckRole, attest.CheckEvidenceMissing,
			attest.CheckEvidenceSignature, attest.CheckAttester, attest.CheckProcessKey, attest.CheckProgram, attest.CheckRun,
		}, appraisalChecks, []attest.Check{attest.CheckVerify, attest.CheckCrypto})
	serviceChecks = []attest.Check{attest.CheckCertificate, attest.CheckChain, attest.CheckTime, attest.CheckRole, attest.CheckSealingKey}
	serverChecks  = []attest.Check{attest.CheckChain, attest.CheckTime, attest.CheckRole}
)

// Verifier makes the checks that a relying party makes, of a document at rest.
type Verifier struct {
	Root   *attest.Root   // needed for certificates
	Policy *attest.Policy // needed for evidence and for processes' certificates
	// At is when the checks are made; zero: now, and without the age of evidence, which is at rest.
	At time.Time
}

// Verify gives every check of the document with its outcome, and whether all passed. The error is about what cannot be verified
// at all.
func (v *Verifier) Verify(d *Document) (results []CheckResult, accepted bool, err error) {
	var checks []attest.Check
	var refusal error
	switch {
	case d.CSR != nil:
		return nil, false, errors.New("a CSR is not verified by itself: the root CA appraises it together with evidence and parameters")
	case d.Evidence != nil:
		if v.Policy == nil {
			return nil, false, errors.New("evidence is verified against a policy; none was given")
		}
		checks, refusal = evidenceChecks, v.evidence(d.SignedEvidence)
	default:
		if checks, refusal, err = v.certificate(d.Certificate); err != nil {
			return nil, false, err
		}
	}
	if results, accepted, err = outcomes(checks, refusal); err != nil {
		return nil, false, err
	}
	for i := range results {
		if results[i].Check == attest.CheckEvidenceAge && results[i].Outcome == Passed && v.At.IsZero() {
			results[i].Outcome, results[i].Reason = NotMade, "how old it is depends on the time of looking: none is given"
		}
	}
	return results, accepted, nil
}

// at is when the checks are made.
func (v *Verifier) at() time.Time {
	if v.At.IsZero() {
		return time.Now()
	}
	return v.At
}

// outcomes lays the one refusal out over the checks in their order.
func outcomes(checks []attest.Check, refusal error) ([]CheckResult, bool, error) {
	var refused *attest.Refusal
	if refusal != nil && !errors.As(refusal, &refused) {
		return nil, false, refusal
	}
	results := make([]CheckResult, len(checks))
	outcome := Passed
	for i, check := range checks {
		results[i] = CheckResult{Check: check, Outcome: outcome}
		if refused != nil && check == refused.Check {
			results[i].Outcome, results[i].Reason = Refused, refused.Reason
			outcome = NotMade
		}
	}
	if refused != nil && outcome == Passed {
		return nil, false, fmt.Errorf("verifying: an unexpected refusal: %w", refusal)
	}
	return results, refused == nil, nil
}

func (v *Verifier) evidence(signed []byte) error {
	evidence, err := attest.VerifyEvidence(signed, v.Policy)
	if err != nil {
		return err
	}
	if !v.At.IsZero() {
		if err := v.Policy.CheckAge(evidence, v.At); err != nil {
			return err
		}
	}
	return v.Policy.Appraise(evidence)
}

func (v *Verifier) certificate(certificate *x509.Certificate) ([]attest.Check, error, error) {
	if v.Root == nil {
		return nil, nil, errors.New("a certificate is verified against the root CA's; none was given")
	}
	subject, err := attest.SubjectOf(certificate)
	switch {
	case err == nil && subject.Kind == attest.KindService:
		_, err := v.Root.VerifyServiceCertificate(certificate.Raw, subject.Name, v.at())
		return serviceChecks, err, nil
	case err == nil && subject.Kind != attest.KindProcess:
		return serverChecks, v.server(certificate), nil
	case v.Policy == nil:
		return nil, nil, errors.New("the certificate of a process is verified against a policy; none was given")
	default: // also what has no role at all: a service would look at it as at a process's
		return processChecks, v.process(certificate, subject), nil
	}
}

// process makes a service's checks by asking for them with a request that is right in everything but its signature: the service's
// checks of the certificate come before that.
func (v *Verifier) process(certificate *x509.Certificate, subject attest.Subject) error {
	crypto, err := attest.CryptoOf(certificate)
	if err != nil {
		crypto = attest.HPKE
	}
	name := func(given string) string {
		if attest.ValidName(given) {
			return given
		}
		return "none"
	}
	request := &attest.SealedRequest{
		Version: attest.FormatVersion, Crypto: crypto, Solution: "none", Service: "none", Sequence: 1,
		Program: name(subject.Name), Run: name(subject.Run), ProcessCertificate: certificate.Raw,
		Nonce: make([]byte, 16), Signature: make([]byte, ed25519.SignatureSize),
	}
	if crypto == attest.HPKE {
		request.Enc = make([]byte, 32)
	}
	party := &attest.RelyingParty{
		Root: v.Root, Service: "none", Policy: v.Policy, AllowCryptoNone: true, AllowVerifyCached: true, Now: v.at,
	}
	_, err = party.Verify(attest.Write, request)
	if attest.FailedCheck(err) == attest.CheckSignature {
		return nil
	}
	return err
}

// server makes a TLS client's checks of the certificate of a launcher, an attester or the root CA's server, but for the host's name.
func (v *Verifier) server(certificate *x509.Certificate) error {
	_, err := certificate.Verify(x509.VerifyOptions{
		Roots: v.Root.Pool, CurrentTime: v.at(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case err == nil:
		return nil
	case ok && invalid.Reason == x509.Expired:
		return attest.Refuse(attest.CheckTime, "%v", err)
	case ok && invalid.Reason == x509.IncompatibleUsage:
		return attest.Refuse(attest.CheckRole, "%v", err)
	default:
		return attest.Refuse(attest.CheckChain, "%v", err)
	}
}
