package attest

import (
	"crypto/sha256"
	"crypto/x509"
	"time"
)

// CertificationRequest is what a launcher brings to the root CA (policy.md).
type CertificationRequest struct {
	CSR        []byte `json:"csr"`        // DER
	Evidence   []byte `json:"evidence"`   // COSE_Sign1
	Parameters []byte `json:"parameters"` // the text given to the process
}

// Certify is the CA's whole decision: it appraises CSR, evidence and parameters, and signs a process's certificate or
// says which check failed. It depends on its arguments alone. Once the CSR is found to be signed by its own key it
// calls takeNonce with the CSR's nonce, exactly once; takeNonce uses the nonce up and refuses (CheckNonce) one that
// was not handed out, is used up or is too old.
func (a *Authority) Certify(now time.Time, policy *Policy, takeNonce func(nonce [32]byte) error, request CertificationRequest) (*x509.Certificate, error) {
	csr, err := ParseCSR(request.CSR)
	if err != nil {
		return nil, err
	}
	if err := takeNonce(csr.Binding.Nonce); err != nil {
		return nil, err
	}
	parameters, err := a.checkBinding(csr, policy, request.Parameters)
	if err != nil {
		return nil, err
	}
	evidence, err := VerifyEvidence(request.Evidence, policy)
	if err != nil {
		return nil, err
	}
	if err := checkEvidenceOf(csr, evidence, policy, now); err != nil {
		return nil, err
	}
	if err := checkNames(csr, evidence, parameters, policy); err != nil {
		return nil, err
	}
	if err := policy.Appraise(evidence); err != nil {
		return nil, err
	}
	if err := parameters.appraiseNetwork(evidence); err != nil {
		return nil, err
	}
	return a.issueProcess(parameters, csr, request.Evidence, now, policy.Lifetime())
}

// checkBinding makes the checks root, parameters, crypto and verify.
func (a *Authority) checkBinding(csr *CSR, policy *Policy, text []byte) (*Parameters, error) {
	if csr.Binding.RootSHA256 != a.Root.SHA256 {
		return nil, Refuse(CheckRoot, "the process was given the root %s, this CA's is %s",
			Digest(csr.Binding.RootSHA256), Digest(a.Root.SHA256))
	}
	if csr.Binding.ParametersSHA256 != sha256.Sum256(text) {
		return nil, Refuse(CheckParameters, "the process was given other parameters than those sent here")
	}
	parameters, err := ParseParameters(text)
	if err != nil {
		return nil, err
	}
	return parameters, parameters.checkLimits(policy)
}

// checkEvidenceOf makes the checks nonce, process-key and evidence-age: the evidence is fresh and about this CSR.
func checkEvidenceOf(csr *CSR, evidence *Evidence, policy *Policy, now time.Time) error {
	if evidence.Nonce != csr.Binding.Nonce {
		return Refuse(CheckNonce, "evidence and CSR have different nonces")
	}
	if evidence.CSRSHA256 != csr.SHA256 {
		return Refuse(CheckProcessKey, "the evidence is over another CSR")
	}
	if !evidence.SigningKey().Equal(csr.Signing) {
		return Refuse(CheckProcessKey, "the evidence confirms another key than the CSR's")
	}
	return policy.CheckAge(evidence, now)
}

// CheckAge makes the check evidence-age: at now the evidence is neither older than the policy allows nor from the future.
func (p *Policy) CheckAge(evidence *Evidence, now time.Time) error {
	if age := now.Sub(evidence.Time()); age > p.document.Evidence.MaxAge {
		return Refuse(CheckEvidenceAge, "the evidence is %s old, the policy allows %s",
			age.Round(time.Second), p.document.Evidence.MaxAge)
	} else if age < -ClockSkew {
		return Refuse(CheckEvidenceAge, "the evidence is from %s ahead of this clock", -age.Round(time.Second))
	}
	return nil
}

// checkNames makes the checks program and run, and that the parameters name the measured mode.
func checkNames(csr *CSR, evidence *Evidence, parameters *Parameters, policy *Policy) error {
	if csr.Program != parameters.Program || evidence.Claimed.Program != parameters.Program {
		return Refuse(CheckProgram, "the parameters name program %s, the CSR %s, the evidence %s",
			parameters.Program, csr.Program, evidence.Claimed.Program)
	}
	if err := policy.checkProgram(parameters.Program); err != nil {
		return err
	}
	if evidence.Claimed.Run != parameters.Run {
		return Refuse(CheckRun, "the parameters name run %s, the evidence %s", parameters.Run, evidence.Claimed.Run)
	}
	if evidence.Mode != parameters.Mode {
		return Refuse(CheckMode, "the parameters name mode %s, the evidence %s", parameters.Mode, evidence.Mode)
	}
	return nil
}
