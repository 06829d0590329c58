package launcher

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"time"

	"eaibench/attest"
	"eaibench/bench"
)

// The start of a run, step by step as docs/formats/messages.md has it and DESIGN orders it.

// Bodies of the root CA's and the attester's servers (docs/formats/policy.md, evidence.md).
type (
	nonceReply struct {
		Nonce []byte `json:"nonce"`
	}
	evidenceRequest struct {
		PID      int          `json:"pid"`
		Platform string       `json:"platform"`
		Mode     string       `json:"mode"`
		Nonce    []byte       `json:"nonce"`
		CSR      []byte       `json:"csr"`
		Claimed  claimedFacts `json:"claimed"`
	}
	claimedFacts struct {
		Program        string `json:"program"`
		Run            string `json:"run"`
		SourceSHA256   string `json:"source_sha256"`
		CompileCommand string `json:"compile_command"`
	}
	evidenceReply struct {
		Evidence    []byte `json:"evidence"`
		MemoryMap   string `json:"memory_map"`
		Nanoseconds int64  `json:"nanoseconds"`
	}
	certificateReply struct {
		Certificate []byte         `json:"certificate"`
		Timings     attest.Timings `json:"timings"`
	}
)

// start brings the process from its stored executable to its attested start.
func (r *run) start(ctx context.Context, cancel context.CancelCauseFunc) error {
	begin := time.Now()
	if err := r.retrieveProgram(); err != nil {
		return err
	}
	if err := r.deploy(ctx); err != nil {
		return err
	}
	if err := r.createCompartment(ctx, cancel); err != nil {
		return err
	}
	nonce, err := r.fetchNonce(ctx)
	if err != nil {
		return err
	}
	csr, err := r.prepare(nonce)
	if err != nil {
		return err
	}
	evidence, err := r.generateAttestableDoc(ctx, nonce, csr)
	if err != nil {
		return err
	}
	if err := r.exchangeKeys(ctx); err != nil {
		return err
	}
	certificate, err := r.generateCertificate(ctx, csr, evidence)
	if err != nil {
		return err
	}
	if err := r.sayRun(certificate); err != nil {
		return err
	}
	r.samples.start("start_total", time.Since(begin))
	return nil
}

func (r *run) fetchNonce(ctx context.Context) ([]byte, error) {
	r.step = "asking the root CA for a nonce"
	var reply nonceReply
	if err := r.launcher.ca.Do(ctx, http.MethodPost, "/api/nonce", nil, &reply); err != nil {
		return nil, endingOf("root CA", r.launcher.ca.Address(), err)
	}
	return reply.Nonce, nil
}

// prepare gives the process what its CSR is bound to, and gets the CSR.
func (r *run) prepare(nonce []byte) (csr []byte, err error) {
	r.step = "prepare"
	err = r.compartment.send(prepareMessage{
		Type: "prepare", Version: messagesVersion, Nonce: nonce,
		RootCertificate: r.launcher.root.Certificate.Raw, Parameters: r.text,
	})
	if err != nil {
		return nil, r.broken(err)
	}
	prepared, err := r.expect("prepared")
	if err != nil {
		return nil, err
	}
	return prepared.CSR, r.reportedByProcess(prepared)
}

// generateAttestableDoc has the attester measure the live process, which waits meanwhile.
func (r *run) generateAttestableDoc(ctx context.Context, nonce, csr []byte) ([]byte, error) {
	r.step = "generateAttestableDoc"
	pid, err := r.findProcess(ctx)
	if err != nil {
		return nil, err
	}
	attester := r.launcher.attester
	var reply evidenceReply
	err = attester.Do(ctx, http.MethodPost, "/api/evidence", evidenceRequest{
		PID: pid, Platform: r.launcher.profile.Platform, Mode: r.mode.Name, Nonce: nonce, CSR: csr,
		Claimed: claimedFacts{
			Program: r.program.Name, Run: r.name,
			SourceSHA256: r.executable.SourceSHA256, CompileCommand: strings.Join(r.executable.CompileCommand, " "),
		},
	}, &reply)
	if err != nil {
		return nil, claimOf(endingOf("attester", attester.Address(), err))
	}
	r.samples.add(bench.Attester, "generateAttestableDoc", time.Duration(reply.Nanoseconds))
	if err := r.launcher.store.saveEvidence(fmt.Sprintf("%x", r.deployed), reply.Evidence, reply.MemoryMap); err != nil {
		return nil, err
	}
	return reply.Evidence, r.recordProof(reply.Evidence)
}

// claimOf makes a run invalid, not failed, when the attester says that the live process is not what
// its mode claims.
func claimOf(e *Ending) *Ending {
	switch attest.Check(e.Check) {
	case attest.CheckMode, attest.CheckCompartment:
		e.Status, e.Cause = Invalid, ClaimFailed
	}
	return e
}

// findProcess finds the process itself behind the mode's wrappers.
func (r *run) findProcess(ctx context.Context) (int, error) {
	c := r.compartment
	pid, err := c.at.processes.Find(ctx, c.process.PID(), c.executablePath())
	return pid, endedMeanwhile(err)
}

// exchangeKeys hands the services' certificates to the process, which verifies them, and on the path direct
// their addresses.
func (r *run) exchangeKeys(ctx context.Context) error {
	r.step = "getIntegratedServices"
	begin := time.Now()
	message := exchangeKeysMessage{Type: "exchangeKeys", Services: make([]serviceKey, 0, len(r.services))}
	for _, id := range r.services {
		s, err := r.launcher.services.lookup(id)
		if err != nil {
			return err
		}
		certificate, err := s.certificate(ctx)
		if err != nil {
			return err
		}
		key := serviceKey{Service: id, Certificate: certificate}
		if r.direct() {
			if key.Address, err = r.launcher.runs.reach(ctx, s); err != nil {
				return err
			}
		}
		message.Services = append(message.Services, key)
	}
	r.samples.start("getIntegratedServices", time.Since(begin))

	r.step = "exchangeKeys"
	begin = time.Now()
	if err := r.compartment.send(message); err != nil {
		return r.broken(err)
	}
	exchanged, err := r.expect("keysExchanged")
	if err != nil {
		return err
	}
	r.samples.start("exchangeKeys", time.Since(begin))
	return r.reportedByProcess(exchanged)
}

// generateCertificate has the root CA certify the process, and stores the certificate.
func (r *run) generateCertificate(ctx context.Context, csr, evidence []byte) ([]byte, error) {
	r.step = "generateCertificate"
	ca := r.launcher.ca
	begin := time.Now()
	var reply certificateReply
	err := ca.Do(ctx, http.MethodPost, "/api/certificate", attest.CertificationRequest{CSR: csr, Evidence: evidence, Parameters: []byte(r.text)}, &reply)
	if err != nil {
		return nil, endingOf("root CA", ca.Address(), err)
	}
	r.samples.start("generateCertificate", time.Since(begin))
	if err := r.samples.reported(bench.RootCA, reply.Timings, r.parameters.Requests); err != nil {
		return nil, failedRun(Refused, "root CA at %s: %v", ca.Address(), err)
	}
	certificate, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		return nil, failedRun(Refused, "root CA at %s answered with something that is no certificate: %v", ca.Address(), err)
	}
	if err := r.launcher.store.saveCertificate(r.program.Name, r.name, certificate); err != nil {
		return nil, err
	}
	return reply.Certificate, nil
}

// sayRun gives the process its certificate; it starts working when it has verified it.
func (r *run) sayRun(certificate []byte) error {
	r.step = "run"
	begin := time.Now()
	r.began = begin
	if err := r.compartment.send(runMessage{Type: "run", Certificate: certificate}); err != nil {
		return r.broken(err)
	}
	if _, err := r.expect("running"); err != nil {
		return err
	}
	r.samples.start("run", time.Since(begin))
	r.compartment.limit = r.launcher.limits.Frame
	return nil
}
