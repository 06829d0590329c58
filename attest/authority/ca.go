package authority

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// maxCertificateRequest bounds the body of POST /api/certificate, in bytes: an evidence of the largest environment a policy would
// accept, a CSR and run parameters stay far below.
const maxCertificateRequest = 256 << 10

// CertificateReply is the answer to POST /api/certificate, whose body is an attest.CertificationRequest.
type CertificateReply struct {
	Certificate []byte          `json:"certificate"` // DER
	Timings     []attest.Timing `json:"timings"`     // sign: appraisal and signature
}

// NonceReply is the answer to POST /api/nonce.
type NonceReply struct {
	Nonce []byte `json:"nonce"` // 32 bytes
}

// CA is the root CA's server with the verifier inside.
type CA struct {
	authority *attest.Authority
	policy    *attest.Policy
	identity  *attest.Identity
	nonces    *nonces
	now       func() time.Time
	log       *slog.Logger
}

// OpenCA reads the data folder that CreateCA or ImportCA made.
func OpenCA(folder string, policy *attest.Policy, log *slog.Logger) (*CA, error) {
	authority, err := loadAuthority(folder)
	if err != nil {
		return nil, err
	}
	identity, err := loadServer(filepath.Join(folder, CertificateFile), filepath.Join(folder, PrivateKeyFile), attest.KindCA)
	if err != nil {
		return nil, err
	}
	return &CA{
		authority: authority, policy: policy, identity: identity,
		nonces: newNonces(NonceLifetime, maxOutstandingNonces, time.Now), now: time.Now, log: log,
	}, nil
}

// Serve listens on address until ctx ends, and tells ready when it does (internal/endpoint).
func (c *CA) Serve(ctx context.Context, address string, ready io.Writer) error {
	server := endpoint.Server{
		Name: "ca", Address: address, Certificate: c.identity.TLS(), Handler: c.Handler(), Log: c.log, Ready: ready,
	}
	return server.Serve(ctx)
}

// Handler answers the paths of docs/formats/policy.md.
func (c *CA) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/nonce", c.nonce)
	mux.HandleFunc("POST /api/certificate", c.certificate)
	mux.HandleFunc("GET /api/root", func(w http.ResponseWriter, _ *http.Request) {
		writePEM(w, attest.CertificatePEM(c.authority.Root.Certificate))
	})
	mux.HandleFunc("GET /api/health", health)
	return mux
}

func (c *CA) nonce(w http.ResponseWriter, r *http.Request) {
	nonce := c.nonces.issue(networkOf(r.RemoteAddr))
	endpoint.WriteJSON(w, http.StatusOK, NonceReply{nonce[:]})
}

func (c *CA) certificate(w http.ResponseWriter, r *http.Request) {
	var request attest.CertificationRequest
	if err := endpoint.ReadJSON(w, r, maxCertificateRequest, &request); err != nil {
		endpoint.WriteFault(w, err)
		return
	}
	begin := time.Now()
	certificate, err := c.authority.Certify(c.now(), c.policy, c.takeNonce, request)
	if err != nil {
		c.useEvidenceNonce(request.Evidence)
		c.log.Warn("certificate refused", "error", err)
		writeRefusal(w, err)
		return
	}
	timing := attest.Timing{Operation: "start", Metric: "sign", Nanoseconds: time.Since(begin).Nanoseconds()}
	c.log.Info("certificate signed", "subject", certificate.URIs[0].String(), "serial", certificate.SerialNumber.Text(16), "until", certificate.NotAfter)
	endpoint.WriteJSON(w, http.StatusOK, CertificateReply{certificate.Raw, []attest.Timing{timing}})
}

func (c *CA) takeNonce(nonce [32]byte) error {
	if !c.nonces.take(nonce) {
		return attest.Refuse(attest.CheckNonce, "the nonce was not handed out here, is used up, or is older than %s", NonceLifetime)
	}
	return nil
}

// useEvidenceNonce uses up the nonce that refused evidence names. The CSR's is used up by the decision itself, if the CSR could
// be read. A nonce serves one attempt, not one success: nobody can try variants until one is accepted.
func (c *CA) useEvidenceNonce(signed []byte) {
	if evidence, _, err := attest.ParseEvidence(signed); err == nil {
		c.nonces.take(evidence.Nonce)
	}
}

// writeRefusal answers with the failed check when err is a refusal, else as endpoint does.
func writeRefusal(w http.ResponseWriter, err error) {
	if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
		err = &endpoint.Fault{Status: refusal.Status(), Message: refusal.Reason, Check: string(refusal.Check)}
	}
	endpoint.WriteFault(w, err)
}

func writePEM(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(text) // an error means that the client has gone
}

func health(w http.ResponseWriter, _ *http.Request) {
	endpoint.WriteJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}
