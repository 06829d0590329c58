package attest

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"testing/cryptotest"
	"time"
)

// players are the parties of the vectors. Their keys come from labels, all other randomness from a fixed seed.
type players struct {
	authority, stranger *Authority
	store, taxi         *Identity
	process, other      *Identity
	binding             Binding
	storeRenewed        *x509.Certificate
}

func newPlayers(t *testing.T) *players {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1)
	party := func(label string) *Identity {
		return &Identity{Signing: signingKey(label), Sealing: sealingKey(t, label)}
	}
	p := &players{
		authority: authorityOf(t, "eaibench test vectors"), stranger: authorityOf(t, "eaibench test vectors"),
		store: party("vectors store"), taxi: party("vectors taxi"),
		process: party("vectors process"), other: party("vectors other"),
	}
	p.binding = Binding{
		Nonce: sha256.Sum256([]byte("nonce")), RootSHA256: p.authority.Root.SHA256,
		ParametersSHA256: sha256.Sum256([]byte("parameters")),
	}
	p.store.Certificate = p.issueService(t, p.authority, "store", p.store)
	p.storeRenewed = p.issueService(t, p.authority, "store", p.store)
	p.taxi.Certificate = p.issueService(t, p.authority, "taxi", p.taxi)
	p.process.Certificate = p.issueProcess(t, p.process, "run-1", p.binding)
	p.other.Certificate = p.issueProcess(t, p.other, "run-1", p.binding)
	return p
}

func authorityOf(t *testing.T, name string) *Authority {
	t.Helper()
	return ok1(CreateAuthority(name, noon, RootLifetime))(t)
}

func (p *players) issueService(t *testing.T, authority *Authority, id string, i *Identity) *x509.Certificate {
	t.Helper()
	return ok1(authority.IssueService(id, i.SigningPublic(), i.Sealing.PublicKey(), []string{"localhost", "127.0.0.1"}, noon, OperatorLifetime))(t)
}

// issueProcess makes a certificate whose evidence is not evidence: the process does not look at it.
func (p *players) issueProcess(t *testing.T, i *Identity, run string, binding Binding) *x509.Certificate {
	t.Helper()
	csr := &CSR{Signing: i.SigningPublic(), Sealing: i.Sealing.PublicKey(), Binding: binding}
	return ok1(p.authority.issueProcess(&Parameters{Program: "retail", Run: run, Crypto: HPKE}, csr, []byte("evidence"), noon, 10*time.Minute))(t)
}

// flip is b with one bit changed, the lowest of its middle byte.
func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}
