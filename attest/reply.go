package attest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const replyLabel = "eaibench-reply-signature-v1"

// Timing is one step as the component that timed it reports it (messages.md).
type Timing struct {
	Request     *int   `json:"request,omitempty"` // from 0; nil where the step belongs to no request
	Service     string `json:"service,omitempty"`
	Operation   string `json:"operation"` // start, read, write, execute
	Metric      string `json:"metric"`    // the step's name
	Nanoseconds int64  `json:"nanoseconds"`
}

// MostTimings is how many a message or a reply may have.
const MostTimings = 32_768

// Timings are the steps that one message or reply reports. Two bytes of JSON could ask for a Timing's memory each, so
// no more than MostTimings are read.
type Timings []Timing

// UnmarshalJSONFrom refuses what is too long before it is in memory.
func (t *Timings) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	if decoder.PeekKind() != '[' {
		return json.UnmarshalDecode(decoder, (*[]Timing)(t)) // null, or an error that says what it is instead
	}
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	var read Timings
	for decoder.PeekKind() != ']' {
		if len(read) == MostTimings {
			return fmt.Errorf("more than %d timings", MostTimings)
		}
		var timing Timing
		if err := json.UnmarshalDecode(decoder, &timing); err != nil {
			return err
		}
		read = append(read, timing)
	}
	_, err := decoder.ReadToken()
	*t = read
	return err
}

// SealedReply is the body of a service's answer with status 200 (sealing.md). Timings are not signed: they are for
// measurement only.
type SealedReply struct {
	Version    int     `json:"version"`
	Crypto     Crypto  `json:"crypto"`
	Enc        []byte  `json:"enc"`
	Ciphertext []byte  `json:"ciphertext"`
	Signature  []byte  `json:"signature"`
	Timings    Timings `json:"timings,omitempty"`
}

func (r *SealedReply) toBeSigned(context []byte, requestHash [32]byte) []byte {
	b := make([]byte, 0, len(replyLabel)+len(context)+len(r.Ciphertext)+128)
	b = appendText(b, replyLabel)
	b = appendText(b, string(r.Crypto))
	b = appendBytes(b, context)
	b = appendBytes(b, requestHash[:])
	b = appendBytes(b, r.Enc)
	return appendBytes(b, r.Ciphertext)
}

// replyContext is the request's context with the direction turned.
func replyContext(operation Operation, r *SealedRequest) []byte {
	context := r.Context(operation)
	context.Direction = Reply
	return context.Bytes()
}

// SealReply seals plaintext to the process that sent request, in the request's own crypto, and signs it over the
// request's hash.
func (i *Identity) SealReply(operation Operation, request *SealedRequest, process *VerifiedProcess, requestHash [32]byte, plaintext []byte) (*SealedReply, error) {
	if process == nil || process.CertificateSHA256 != sha256.Sum256(request.ProcessCertificate) {
		return nil, errors.New("sealing a reply to a process that was not verified")
	}
	context := replyContext(operation, request)
	reply := &SealedReply{Version: FormatVersion, Crypto: request.Crypto}
	var err error
	if reply.Enc, reply.Ciphertext, err = seal(request.Crypto, process.Sealing, context, plaintext); err != nil {
		return nil, fmt.Errorf("sealing a reply to %s/%s: %w", process.Program, process.Run, err)
	}
	reply.Signature = ed25519.Sign(i.Signing, reply.toBeSigned(context, requestHash))
	return reply, nil
}

// OpenReply is the process's side in Go, for tests and load: it checks that the service of this certificate signed
// reply as the answer to request (signature), and opens it (sealed).
func (i *Identity) OpenReply(operation Operation, request *SealedRequest, service *x509.Certificate, reply *SealedReply) ([]byte, error) {
	key, ok := service.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, Refuse(CheckSignature, "the service's certificate has no Ed25519 key")
	}
	if reply.Version != FormatVersion || reply.Crypto != request.Crypto {
		return nil, Refuse(CheckSignature, "the reply has version %d and crypto %q, the request %d and %q",
			reply.Version, reply.Crypto, request.Version, request.Crypto)
	}
	if request.ServiceCertificateSHA256 != sha256.Sum256(service.Raw) {
		return nil, Refuse(CheckSignature, "the request was for another certificate than the one given")
	}
	context := replyContext(operation, request)
	plaintext, err := i.openReply(key, reply, context, RequestHash(operation, request))
	if err != nil {
		return nil, fmt.Errorf("the reply of service %s: %w", request.Service, err)
	}
	return plaintext, nil
}

func (i *Identity) openReply(service ed25519.PublicKey, reply *SealedReply, context []byte, requestHash [32]byte) ([]byte, error) {
	if !ed25519.Verify(service, reply.toBeSigned(context, requestHash), reply.Signature) {
		return nil, Refuse(CheckSignature, "it is not signed by the service as the answer to this request")
	}
	return open(reply.Crypto, i.Sealing, context, reply.Enc, reply.Ciphertext)
}
