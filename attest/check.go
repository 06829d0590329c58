package attest

import (
	"errors"
	"fmt"
)

// Check names one thing that must hold, as the tables of docs/formats name it. It is what a refusal, a run's reason
// and a test speak of.
type Check string

// Checks by a relying service on each request, in their order (certificates.md).
const (
	CheckClientCertificate Check = "client-certificate"
	CheckRequest           Check = "request"
	CheckCertificate       Check = "certificate"
	CheckChain             Check = "chain"
	CheckTime              Check = "time"
	CheckRole              Check = "role"
	CheckEvidenceMissing   Check = "evidence-missing"
	CheckEvidenceSignature Check = "evidence-signature"
	CheckAttester          Check = "attester"
	CheckProcessKey        Check = "process-key"
	CheckProgram           Check = "program"
	CheckRun               Check = "run"
	CheckMode              Check = "mode"
	CheckExecutable        Check = "executable"
	CheckLibrary           Check = "library"
	CheckEnvironment       Check = "environment"
	CheckCompartment       Check = "compartment"
	CheckTracer            Check = "tracer"
	CheckMemory            Check = "memory"
	CheckVerify            Check = "verify"
	CheckCrypto            Check = "crypto"
	CheckSignature         Check = "signature"
	CheckProgramPublicKey  Check = "program-public-key"
	CheckRecipient         Check = "recipient"
	CheckSequence          Check = "sequence"
	CheckSealed            Check = "sealed"
)

// Checks by the integration process beside chain, time, role, process-key, signature and sealed (certificates.md).
const (
	CheckSealingKey Check = "sealing-key"
	CheckBinding    Check = "binding"
)

// Checks by the root CA alone (policy.md), and by the attester before it makes evidence (evidence.md).
const (
	CheckNonce        Check = "nonce"
	CheckCSRSignature Check = "csr-signature"
	CheckCSRBinding   Check = "csr-binding"
	CheckRoot         Check = "root"
	CheckParameters   Check = "parameters"
	CheckEvidenceAge  Check = "evidence-age"
	CheckCSRDigest    Check = "csr-digest"
)

// Refusal is the error of whoever does not accept something: which check failed and why. The reason is for people and
// holds no data of a customer and no secret.
type Refusal struct {
	Check  Check
	Reason string
}

func (r *Refusal) Error() string { return string(r.Check) + ": " + r.Reason }

// Status is the HTTP status with which certificates.md has a server answer this refusal: 400 for a body that is not a
// request, 401 for a missing or unverifiable certificate, 409 for a fault of sequence, 403 for all else.
func (r *Refusal) Status() int {
	switch r.Check {
	case CheckRequest:
		return 400
	case CheckCertificate, CheckChain, CheckTime, CheckRole:
		return 401
	case CheckSequence:
		return 409
	default:
		return 403
	}
}

// Refuse makes a Refusal. Servers use it for the checks that only they can make: the sequence number, the nonce, the
// digest in the process's memory.
func Refuse(check Check, format string, args ...any) error {
	return &Refusal{Check: check, Reason: fmt.Sprintf(format, args...)}
}

// FailedCheck returns the check that err names, or "" when err is no refusal.
func FailedCheck(err error) Check {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal.Check
	}
	return ""
}
