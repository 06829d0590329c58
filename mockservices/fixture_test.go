package mockservices

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/integration_process"
)

// trust is a root CA, an attester and a policy that fit together.
type trust struct {
	authority *attest.Authority
	rootKey   ed25519.PrivateKey // to sign what the authority would not
	attester  ed25519.PrivateKey
	policy    attest.PolicyDocument
}

const (
	testMode     = "compartment"
	testPlatform = "linux"
)

func newTrust(t testing.TB) *trust {
	t.Helper()
	authority, err := attest.CreateAuthority("test", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(t.TempDir(), "root.pem"), filepath.Join(t.TempDir(), "key.pem")
	if err := authority.Save(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	rootKey, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	public, attester, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return &trust{
		authority: authority, rootKey: rootKey.(ed25519.PrivateKey), attester: attester,
		policy: attest.PolicyDocument{
			Version: attest.PolicyVersion,
			Attesters: []attest.PolicyAttester{{
				Name: "local", Privilege: []string{attest.SeparateUser},
				PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
			}},
			Modes: []string{testMode},
			References: []attest.Reference{{
				Program: "retail", Platform: testPlatform, Mode: testMode,
				SourceSHA256: sha256.Sum256([]byte("source")), ExecutableSHA256: sha256.Sum256([]byte("executable")),
				Libraries: map[string]attest.Digest{"/lib/libcrypto.so.3": sha256.Sum256([]byte("libcrypto"))},
			}},
			Environment: map[string][]string{"ASAN_OPTIONS": {"detect_leaks=0"}},
			Parameters: attest.ParameterLimits{
				Crypto: []string{"hpke", "none"}, Path: []string{"relayed"}, Verify: []string{"full", "cached"},
				Requests: attest.Limit{Max: 1000}, IntervalMS: attest.Limit{Max: 1000},
			},
			Evidence:    attest.EvidenceLimits{MaxAge: time.Minute},
			Certificate: attest.CertificateLimits{Lifetime: 10 * time.Minute},
		},
	}
}

func (tr *trust) newPolicy(t testing.TB) *attest.Policy {
	t.Helper()
	policy, err := attest.NewPolicy(tr.policy)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func (tr *trust) newService(t testing.TB, id string) *attest.Identity {
	t.Helper()
	identity, err := attest.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	identity.Certificate, err = tr.authority.IssueService(id, identity.SigningPublic(), identity.Sealing.PublicKey(),
		[]string{"127.0.0.1", "localhost"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// issued is a process's certificate in the making. Tests change it to break one check.
type issued struct {
	identity *attest.Identity
	evidence attest.Evidence
	template *x509.Certificate
	binding  []byte
	crypto   string            // "" for none
	verify   string            // the same
	root     *x509.Certificate // signs it with key
	key      ed25519.PrivateKey
	attester ed25519.PrivateKey
	spoil    func(evidence []byte) []byte
}

// newProcess makes a process with a certificate that every check accepts, but for what change changes.
func (tr *trust) newProcess(t testing.TB, program, run string, change func(*issued)) *attest.Identity {
	t.Helper()
	identity, err := attest.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	nonce := sha256.Sum256([]byte(program + run))
	capabilities := uint64(0)
	p := &issued{
		identity: identity, root: tr.authority.Root.Certificate, key: tr.rootKey, attester: tr.attester,
		binding: append(nonce[:], make([]byte, 64)...),
		evidence: attest.Evidence{
			Nonce: nonce, IssuedAt: time.Now().Unix(), Profile: attest.EvidenceProfile,
			Confirmation: attest.ConfirmationOf(identity.SigningPublic()),
			Executable:   attest.File{Path: "/program", SHA256: sha256.Sum256([]byte("executable"))},
			Libraries:    []attest.File{{Path: "/lib/libcrypto.so.3", SHA256: sha256.Sum256([]byte("libcrypto"))}},
			Environment:  map[string]string{"ASAN_OPTIONS": "detect_leaks=0"},
			Mode:         testMode, Platform: testPlatform, ABI: "x86-64", CPU: attest.CPU{Model: "test", Count: 2},
			OperatingSystem: "test", OpenSSL: "test",
			Compartment: attest.Compartment{
				Kind: "bubblewrap", Namespaces: []string{"ipc", "mnt", "net", "pid", "user", "uts"},
				Seccomp: 2, NoNewPrivs: true, Capabilities: &capabilities,
			},
			Claimed:  attest.Claimed{Program: program, Run: run, SourceSHA256: sha256.Sum256([]byte("source")), CompileCommand: "cc"},
			Attester: attest.AttesterFacts{Privilege: attest.SeparateUser, UID: 1},
			Process:  attest.ProcessFacts{UID: 2},
		},
		template: &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: program},
			NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(10 * time.Minute),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			BasicConstraintsValid: true, URIs: []*url.URL{{Scheme: "eai", Opaque: "process/" + program + "/" + run}},
		},
	}
	if change != nil {
		change(p)
	}
	p.issue(t)
	return identity
}

func (p *issued) issue(t testing.TB) {
	t.Helper()
	arc := func(last int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, last} }
	octets := func(content []byte) []byte {
		der, err := asn1.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	sealing, err := x509.MarshalPKIXPublicKey(p.identity.Sealing.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	extensions := []pkix.Extension{{Id: arc(1), Value: sealing}, {Id: arc(2), Value: octets(p.binding)}}
	evidence, err := attest.SignEvidence(&p.evidence, p.attester)
	if err != nil {
		t.Fatal(err)
	}
	if p.spoil != nil {
		evidence = p.spoil(evidence)
	}
	if evidence != nil {
		extensions = append(extensions, pkix.Extension{Id: arc(3), Value: octets(evidence)})
	}
	for last, text := range map[int]string{4: p.crypto, 5: p.verify} {
		if text == "" {
			continue
		}
		value, err := asn1.MarshalWithParams(text, "utf8")
		if err != nil {
			t.Fatal(err)
		}
		extensions = append(extensions, pkix.Extension{Id: arc(last), Value: value})
	}
	p.template.ExtraExtensions = extensions
	der, err := x509.CreateCertificate(rand.Reader, p.template, p.root, p.identity.SigningPublic(), p.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.identity.Certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
}

// retail is the shipped description.
func retail(t testing.TB) *integration_process.Solution {
	t.Helper()
	solution, err := integration_process.LoadSolution("retail")
	if err != nil {
		t.Fatal(err)
	}
	return solution
}

// smallSizes make databases that open fast.
var smallSizes = map[string]map[string]int64{"store": {"customers": 50, "sales": 120}, "taxi": {"drivers": 200}}

// options open a service of retail in a fresh folder.
func (tr *trust) options(t testing.TB, service string) Options {
	t.Helper()
	return Options{
		Solution: retail(t), Service: service, Folder: t.TempDir(), Identity: tr.newService(t, service),
		Root: tr.authority.Root, Policy: tr.newPolicy(t), Seed: 1, Log: slog.New(slog.DiscardHandler),
		Sizes: smallSizes[service],
	}
}

func open(t testing.TB, o Options) *Service {
	t.Helper()
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// caller is a process that asks one service, in memory.
type caller struct {
	identity *attest.Identity
	service  *x509.Certificate
	solution string
	crypto   attest.Crypto
}

func (c *caller) seal(t testing.TB, operation attest.Operation, sequence uint64, plaintext string) *attest.SealedRequest {
	t.Helper()
	request, err := c.identity.SealRequest(attest.Outgoing{
		Operation: operation, Solution: c.solution, Service: c.service, Sequence: sequence, Crypto: c.crypto,
	}, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// open returns the members of a sealed reply.
func (c *caller) open(t testing.TB, operation attest.Operation, request *attest.SealedRequest, body []byte) map[string]any {
	t.Helper()
	var reply attest.SealedReply
	if err := json.Unmarshal(body, &reply); err != nil {
		t.Fatal(err)
	}
	plaintext, err := c.identity.OpenReply(operation, request, c.service, &reply)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(plaintext, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func (tr *trust) newCaller(t testing.TB, s *Service, run string) *caller {
	t.Helper()
	return &caller{
		identity: tr.newProcess(t, "retail", run, nil), service: s.identity.Certificate,
		solution: s.relyingParty.Solution, crypto: attest.HPKE,
	}
}

// newLastingCaller has a certificate for tests that move the clock.
func (tr *trust) newLastingCaller(t testing.TB, s *Service, run string) *caller {
	t.Helper()
	c := tr.newCaller(t, s, run)
	c.identity = tr.newProcess(t, "retail", run, func(p *issued) { p.template.NotAfter = time.Now().Add(50 * time.Minute) })
	return c
}

// ask seals, carries out and opens; it fails the test on any refusal.
func (c *caller) ask(t testing.TB, s *Service, operation attest.Operation, sequence uint64, plaintext string) map[string]any {
	t.Helper()
	request := c.seal(t, operation, sequence, plaintext)
	a, _, err := s.carryOut(t.Context(), operation, request)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != 200 {
		t.Fatalf("refused: %s", a.body)
	}
	return c.open(t, operation, request, a.body)
}
