package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
)

const (
	// FormatVersion is the version of sealed requests, replies and run parameters that this package writes and reads.
	FormatVersion = 1

	requestLabel = "eaibench-request-signature-v1"
	nonceSize    = 16 // of a request
)

// SealedRequest is the body of POST /api/request and POST /api/post (sealing.md). The launcher relays it and can read
// none of its payload.
type SealedRequest struct {
	Version                  int    `json:"version"`
	Crypto                   Crypto `json:"crypto"`
	Solution                 string `json:"solution"`
	Service                  string `json:"service"`
	Program                  string `json:"program"`
	Run                      string `json:"run"`
	Sequence                 uint64 `json:"sequence"`
	ProcessCertificate       []byte `json:"process_certificate"`
	ServiceCertificateSHA256 Digest `json:"service_certificate_sha256"`
	ProgramPublicKey         []byte `json:"program_public_key,omitempty"`
	Nonce                    []byte `json:"nonce"`
	Enc                      []byte `json:"enc"`
	Ciphertext               []byte `json:"ciphertext"`
	Signature                []byte `json:"signature"`
}

// Context is the request's context for the operation that its path names.
func (r *SealedRequest) Context(operation Operation) Context {
	return Context{
		Direction:          Request,
		Operation:          operation,
		Solution:           r.Solution,
		Service:            r.Service,
		Program:            r.Program,
		Run:                r.Run,
		Sequence:           r.Sequence,
		ProcessCertificate: sha256.Sum256(r.ProcessCertificate),
		ServiceCertificate: r.ServiceCertificateSHA256,
	}
}

// toBeSigned is what the process signs, and whose SHA-256 is the request hash.
func (r *SealedRequest) toBeSigned(context []byte) []byte {
	b := make([]byte, 0, len(requestLabel)+len(context)+len(r.Ciphertext)+128)
	b = appendText(b, requestLabel)
	b = appendText(b, string(r.Crypto))
	b = appendBytes(b, context)
	b = appendBytes(b, r.Nonce)
	b = appendBytes(b, r.Enc)
	return appendBytes(b, r.Ciphertext)
}

// RequestHash is the SHA-256 of what the process signed: what a reply answers and a repeat is recognised by.
func RequestHash(operation Operation, r *SealedRequest) [32]byte {
	return sha256.Sum256(r.toBeSigned(r.Context(operation).Bytes()))
}

// checkForm refuses what is not a request at all, before anything is computed over it.
func (r *SealedRequest) checkForm(operation Operation) error {
	encSize := encapsulatedKeySize
	if r.Crypto == None {
		encSize = 0
	}
	switch {
	case operation != Read && operation != Write:
		return Refuse(CheckRequest, "operation is %q, want %q or %q", operation, Read, Write)
	case r.Version != FormatVersion:
		return Refuse(CheckRequest, "version is %d, want %d", r.Version, FormatVersion)
	case r.Crypto != HPKE && r.Crypto != None:
		return Refuse(CheckRequest, "crypto is %q, want %q or %q", r.Crypto, HPKE, None)
	case !ValidName(r.Solution) || !ValidName(r.Service) || !ValidName(r.Program) || !ValidName(r.Run):
		return Refuse(CheckRequest, "solution, service, program or run is not a name of [a-z0-9-]")
	case r.Sequence == 0:
		return Refuse(CheckRequest, "sequence is 0, want 1 or more")
	case len(r.Nonce) != nonceSize:
		return Refuse(CheckRequest, "nonce has %d bytes, want %d", len(r.Nonce), nonceSize)
	case len(r.Enc) != encSize:
		return Refuse(CheckRequest, "enc has %d bytes, want %d", len(r.Enc), encSize)
	case len(r.Signature) != ed25519.SignatureSize:
		return Refuse(CheckRequest, "signature has %d bytes, want %d", len(r.Signature), ed25519.SignatureSize)
	default:
		return nil
	}
}

// CheckClient makes the check client-certificate: presented is what the client showed in the TLS handshake, where it
// proved to hold the key of the first; nothing is no fault. Another process's request sent through a process's own
// connection is refused.
func (r *SealedRequest) CheckClient(presented []*x509.Certificate) error {
	if len(presented) == 0 || bytes.Equal(presented[0].Raw, r.ProcessCertificate) {
		return nil
	}
	return Refuse(CheckClientCertificate, "the certificate presented in TLS is not the request's process certificate")
}

// Outgoing describes a request that a process is about to make. Program and run come from the process's certificate.
type Outgoing struct {
	Operation Operation
	Solution  string
	Service   *x509.Certificate // verified before, see VerifyServiceCertificate
	Sequence  uint64            // from 1
	Crypto    Crypto
}

// SealRequest is the process's side in Go, for tests and load: it seals plaintext to the service and signs the request
// with a fresh nonce.
func (i *Identity) SealRequest(o Outgoing, plaintext []byte) (*SealedRequest, error) {
	process, err := SubjectOf(i.Certificate)
	if err != nil {
		return nil, fmt.Errorf("sealing a request: own certificate: %w", err)
	}
	service, err := SubjectOf(o.Service)
	if err != nil {
		return nil, fmt.Errorf("sealing a request: service's certificate: %w", err)
	}
	if process.Kind != KindProcess || service.Kind != KindService {
		return nil, fmt.Errorf("sealing a request from %s to %s: want a process and a service", process, service)
	}
	r := &SealedRequest{
		Version: FormatVersion, Crypto: o.Crypto,
		Solution: o.Solution, Service: service.Name, Program: process.Name, Run: process.Run, Sequence: o.Sequence,
		ProcessCertificate:       i.Certificate.Raw,
		ServiceCertificateSHA256: sha256.Sum256(o.Service.Raw),
		Nonce:                    make([]byte, nonceSize),
	}
	if o.Operation == Read && i.Sealing != nil {
		r.ProgramPublicKey = i.Sealing.PublicKey().Bytes()
	}
	rand.Read(r.Nonce)
	key, err := SealingKeyOf(o.Service)
	if err != nil {
		return nil, fmt.Errorf("sealing a request to %s: %w", service, err)
	}
	context := r.Context(o.Operation).Bytes()
	if r.Enc, r.Ciphertext, err = seal(o.Crypto, key, context, plaintext); err != nil {
		return nil, fmt.Errorf("sealing a request to %s: %w", service, err)
	}
	r.Signature = ed25519.Sign(i.Signing, r.toBeSigned(context))
	return r, nil
}

// OpenRequest opens a verified request as the service it was sent to, and returns the plain text and the request's
// hash. It refuses (recipient) what names another service or an older certificate of this one, and (sealed) what does
// not open under this request's context.
func (i *Identity) OpenRequest(operation Operation, r *SealedRequest, process *VerifiedProcess) (plaintext []byte, hash [32]byte, err error) {
	if process == nil || process.CertificateSHA256 != sha256.Sum256(r.ProcessCertificate) {
		return nil, hash, errors.New("opening a request whose process was not verified")
	}
	if err := i.checkRecipient(r); err != nil {
		return nil, hash, err
	}
	context := r.Context(operation).Bytes()
	hash = sha256.Sum256(r.toBeSigned(context))
	plaintext, err = open(r.Crypto, i.Sealing, context, r.Enc, r.Ciphertext)
	if err != nil {
		return nil, hash, fmt.Errorf("opening a request: %w", err)
	}
	return plaintext, hash, nil
}

func (i *Identity) checkRecipient(r *SealedRequest) error {
	own, err := SubjectOf(i.Certificate)
	if err != nil {
		return fmt.Errorf("own certificate: %w", err)
	}
	if own.Kind != KindService || own.Name != r.Service {
		return Refuse(CheckRecipient, "the request is for service %s, this is %s", r.Service, own)
	}
	if r.ServiceCertificateSHA256 != sha256.Sum256(i.Certificate.Raw) {
		return Refuse(CheckRecipient, "the request is for another certificate of service %s", r.Service)
	}
	return nil
}
