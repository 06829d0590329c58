package attest

import (
	"crypto/ed25519"
	"crypto/x509"
	"sync"
)

// claim is what a request says of the process that sent it.
type claim struct{ program, run string }

// checked is a process's certificate with what its checks gave. It is never changed.
type checked struct {
	certificate *x509.Certificate
	sha256      [32]byte
	subject     Subject
	evidence    *Evidence
}

func (c *checked) signing() ed25519.PublicKey { return c.certificate.PublicKey.(ed25519.PublicKey) }

func (c *checked) process() *VerifiedProcess {
	return &VerifiedProcess{
		Program: c.subject.Name, Run: c.subject.Run, Signing: c.signing(), CertificateSHA256: c.sha256, Evidence: c.evidence,
		NotAfter: c.certificate.NotAfter,
	}
}

// checkProgram makes the check program, but for the policy's part. Nothing claimed is no fault.
func (c *checked) checkProgram(claimed *claim) error {
	if claimed != nil && claimed.program != c.subject.Name {
		return Refuse(CheckProgram, "the certificate is for program %s, the request names %s", c.subject.Name, claimed.program)
	}
	if c.evidence.Claimed.Program != c.subject.Name {
		return Refuse(CheckProgram, "the certificate is for program %s, the evidence is about %s", c.subject.Name, c.evidence.Claimed.Program)
	}
	return nil
}

// checkRun makes the check run. Nothing claimed is no fault.
func (c *checked) checkRun(claimed *claim) error {
	if claimed != nil && claimed.run != c.subject.Run {
		return Refuse(CheckRun, "the certificate is for run %s, the request names %s", c.subject.Run, claimed.run)
	}
	if c.evidence.Claimed.Run != c.subject.Run {
		return Refuse(CheckRun, "the certificate is for run %s, the evidence is about %s", c.subject.Run, c.evidence.Claimed.Run)
	}
	return nil
}

// What a relying party keeps at most. A certificate with its evidence has some 4 kB, and takes about three times that when
// parsed: 16 MiB together.
const (
	mostKept      = 1024
	mostKeptBytes = 4 << 20 // of certificates, DER
)

// results are of certificates that allow it (verify cached), by SHA-256 of the DER. When there are too many the oldest goes;
// its certificate is checked anew. The zero value is empty.
type results struct {
	mutex         sync.Mutex
	byCertificate map[[32]byte]*checked
	oldestFirst   []*checked
	bytes         int
}

// of returns what is kept for a certificate, nil if nothing is.
func (r *results) of(sha256 [32]byte) *checked {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.byCertificate[sha256]
}

func (r *results) keep(c *checked) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	size := len(c.certificate.Raw)
	if _, kept := r.byCertificate[c.sha256]; kept || size > mostKeptBytes {
		return
	}
	for len(r.oldestFirst) >= mostKept || r.bytes+size > mostKeptBytes {
		oldest := r.oldestFirst[0]
		r.oldestFirst = r.oldestFirst[1:]
		r.bytes -= len(oldest.certificate.Raw)
		delete(r.byCertificate, oldest.sha256)
	}
	if r.byCertificate == nil {
		r.byCertificate = make(map[[32]byte]*checked)
	}
	r.byCertificate[c.sha256] = c
	r.oldestFirst = append(r.oldestFirst, c)
	r.bytes += size
}
