package conversation

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"eaibench/attest"
)

// ok1 ends the test on an error: value := ok1(f())(t).
func ok1[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// peers is everybody else: root CA, attester and services, all honest.
type peers struct {
	t          testing.TB
	authority  *attest.Authority
	attester   ed25519.PrivateKey
	services   map[string]*attest.Identity
	parameters attest.Parameters
	nonce      [32]byte
	total      int64 // cents, of the store's bill
	answer     string
	bill       *string   // the store's plain text, instead of a bill of total
	requests   []request // as the services opened them
}

// request is what a service opened.
type request struct {
	service   string
	operation attest.Operation
	sequence  uint64
	plaintext string
}

const (
	customer = "Quitéria \"Q\" Fonseca"
	phone    = "+5551987654321"
	address  = "Rua 314, 1592"
)

func newPeers(t testing.TB) *peers {
	t.Helper()
	_, attester, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &peers{
		t:         t,
		authority: ok1(attest.CreateAuthority("Conversation", time.Now(), attest.RootLifetime))(t),
		attester:  attester,
		services:  map[string]*attest.Identity{},
		parameters: attest.Parameters{
			Version: 1, Solution: "retail", Program: "retail", Run: "run-1", Mode: "hybrid", Path: attest.PathRelayed,
			Crypto: attest.HPKE, Requests: 1, Arguments: map[string]any{"threshold_cents": int64(15000)},
		},
		nonce: sha256.Sum256([]byte("nonce")), total: 15001, answer: "accepted",
	}
	for _, id := range []string{"store", "taxi", "whatsapp"} {
		p.services[id] = p.newService(p.authority, id)
	}
	return p
}

// service makes a service's identity under a root.
func (p *peers) newService(root *attest.Authority, id string) *attest.Identity {
	p.t.Helper()
	identity := ok1(attest.GenerateIdentity())(p.t)
	identity.Certificate = ok1(root.IssueService(id, identity.SigningPublic(), identity.Sealing.PublicKey(), []string{"localhost"},
		time.Now(), attest.OperatorLifetime))(p.t)
	return identity
}

func (p *peers) parametersText() string {
	p.t.Helper()
	return string(ok1(json.Marshal(p.parameters))(p.t))
}

// policy accepts this process and no other.
func (p *peers) policy() *attest.Policy {
	p.t.Helper()
	return ok1(attest.NewPolicy(attest.PolicyDocument{
		Version: 1,
		Attesters: []attest.PolicyAttester{{
			Name: "local", Privilege: []string{attest.SeparateUser},
			PublicKey: string(ok1(attest.PublicKeyPEM(p.attester.Public().(ed25519.PublicKey)))(p.t)),
		}},
		Modes: []string{"hybrid"},
		References: []attest.Reference{{
			Program: "retail", Platform: "linux", Mode: "hybrid",
			SourceSHA256: sha256.Sum256([]byte("source")), ExecutableSHA256: sha256.Sum256([]byte("executable")),
			Libraries: map[string]attest.Digest{},
		}},
		Environment: map[string][]string{},
		Parameters: attest.ParameterLimits{
			Crypto: []string{"hpke", "none"}, Path: []string{attest.PathRelayed, attest.PathDirect},
			Requests: attest.Limit{Max: 1000}, IntervalMS: attest.Limit{Max: 1000},
		},
		Evidence:    attest.EvidenceLimits{MaxAge: time.Minute},
		Certificate: attest.CertificateLimits{Lifetime: 10 * time.Minute},
	}))(p.t)
}

// certify attests whatever asks, and has the CA decide.
func (p *peers) certify(csrDER []byte, parameters string) []byte {
	p.t.Helper()
	csr := ok1(attest.ParseCSR(csrDER))(p.t)
	evidence := attest.Evidence{
		Nonce: csr.Binding.Nonce, IssuedAt: time.Now().Unix(), Profile: attest.EvidenceProfile,
		Confirmation: attest.ConfirmationOf(csr.Signing),
		Executable:   attest.File{Path: "/retail", SHA256: sha256.Sum256([]byte("executable"))},
		Libraries:    []attest.File{}, Environment: map[string]string{},
		Mode: "hybrid", Platform: "linux", ABI: "x86-64", CPU: attest.CPU{Model: "test", Count: 2},
		OperatingSystem: "Linux", OpenSSL: "OpenSSL 3", CSRSHA256: csr.SHA256,
		Claimed:  attest.Claimed{Program: p.parameters.Program, Run: p.parameters.Run, SourceSHA256: sha256.Sum256([]byte("source"))},
		Attester: attest.AttesterFacts{Privilege: attest.SeparateUser, UID: 1}, Process: attest.ProcessFacts{UID: 2},
	}
	certificate := ok1(p.authority.Certify(time.Now(), p.policy(), func([32]byte) error { return nil }, attest.CertificationRequest{
		CSR: csrDER, Evidence: ok1(attest.SignEvidence(&evidence, p.attester))(p.t), Parameters: []byte(parameters),
	}))(p.t)
	return certificate.Raw
}

// serve is a service's whole work on one request: verify, open, answer, seal.
func (p *peers) serve(operation attest.Operation, r *attest.SealedRequest) *attest.SealedReply {
	p.t.Helper()
	return ok1(p.carryOut(p.relyingParty(r.Service), operation, r))(p.t)
}

func (p *peers) carryOut(relying *attest.RelyingParty, operation attest.Operation, r *attest.SealedRequest) (*attest.SealedReply, error) {
	verified, err := relying.Verify(operation, r)
	if err != nil {
		return nil, err
	}
	identity := p.services[relying.Service]
	plaintext, hash, err := identity.OpenRequest(operation, r, verified)
	if err != nil {
		return nil, err
	}
	p.requests = append(p.requests, request{r.Service, operation, r.Sequence, string(plaintext)})
	return identity.SealReply(operation, r, verified, hash, p.answerOf(r.Service))
}

func (p *peers) verify(operation attest.Operation, r *attest.SealedRequest) *attest.VerifiedProcess {
	p.t.Helper()
	return ok1(p.relyingParty(r.Service).Verify(operation, r))(p.t)
}

func (p *peers) relyingParty(service string) *attest.RelyingParty {
	p.t.Helper()
	return &attest.RelyingParty{
		Root: p.authority.Root, Service: service, Solution: "retail", Policy: p.policy(), AllowCryptoNone: true,
	}
}

func (p *peers) answerOf(service string) []byte {
	p.t.Helper()
	if service == "store" && p.bill != nil {
		return []byte(*p.bill)
	}
	answers := map[string]any{
		"store":    map[string]any{"customer": customer, "phone": phone, "address": address, "total_cents": p.total, "sale": 7, "dataset": "-"},
		"taxi":     map[string]any{"taxi": "Táxi 42", "driver": "João \\ 100%", "ride": 1},
		"whatsapp": map[string]any{"answer": p.answer},
	}
	return ok1(json.Marshal(answers[service]))(p.t)
}
