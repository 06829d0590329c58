package attest

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"
)

// noon is when all tests take place.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

func signingKey(label string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("signing " + label))
	return ed25519.NewKeyFromSeed(seed[:])
}

func sealingKey(t testing.TB, label string) *ecdh.PrivateKey {
	t.Helper()
	scalar := sha256.Sum256([]byte("sealing " + label))
	return ok1(ecdh.X25519().NewPrivateKey(scalar[:]))(t)
}

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

func wantCheck(t testing.TB, err error, want Check) {
	t.Helper()
	if want == "" && err != nil {
		t.Fatalf("refused: %v", err)
	}
	if got := FailedCheck(err); got != want {
		t.Fatalf("failed check %q (%v), want %q", got, err, want)
	}
}

// cast is everybody in a test: a root CA, a store's service, an attester, and a process of program retail with all
// that certification looks at. A test changes a part and sees who refuses it.
type cast struct {
	authority  *Authority
	service    *Identity
	attester   ed25519.PrivateKey
	process    *Identity
	parameters Parameters
	binding    Binding
	evidence   Evidence
	document   PolicyDocument
}

func newCast(t testing.TB) *cast {
	t.Helper()
	c := &cast{
		authority: ok1(CreateAuthority("Test Root", noon.Add(-time.Hour), RootLifetime))(t),
		service:   &Identity{Signing: signingKey("store"), Sealing: sealingKey(t, "store")},
		attester:  signingKey("attester"),
		process:   &Identity{Signing: signingKey("process"), Sealing: sealingKey(t, "process")},
		parameters: Parameters{
			Version: 1, Solution: "retail", Program: "retail", Run: "run-1", Mode: "compartment", Path: PathRelayed,
			Crypto: HPKE, Requests: 10, IntervalMS: 0, Arguments: map[string]any{"threshold_cents": int64(15000)},
		},
	}
	c.service.Certificate = ok1(c.authority.IssueService("store", c.service.SigningPublic(), c.service.Sealing.PublicKey(),
		[]string{"localhost", "127.0.0.1"}, noon.Add(-time.Minute), OperatorLifetime))(t)
	c.evidence = c.measure()
	c.document = c.accepting(t)
	return c
}

// measure is the evidence of an honest attester about the honest process, but for nonce and CSR.
func (c *cast) measure() Evidence {
	return Evidence{
		IssuedAt:        noon.Unix(),
		Profile:         EvidenceProfile,
		Confirmation:    ConfirmationOf(c.process.SigningPublic()),
		Executable:      File{Path: "/launcher/retail", SHA256: sha256.Sum256([]byte("executable"))},
		Libraries:       []File{{Path: "/usr/lib/libcrypto.so.3", SHA256: sha256.Sum256([]byte("libcrypto"))}},
		Environment:     map[string]string{"ASAN_OPTIONS": "detect_leaks=0"},
		Mode:            "compartment",
		Platform:        "linux",
		ABI:             "x86-64",
		CPU:             CPU{Model: "test", Count: 2},
		MemoryMapSHA256: sha256.Sum256([]byte("maps")),
		OperatingSystem: "Linux 6.1 #1 x86_64",
		OpenSSL:         "OpenSSL 3.0.17",
		Compartment: Compartment{
			Kind: "bubblewrap", Namespaces: []string{"ipc", "mnt", "net", "pid", "user", "uts"},
			Seccomp: 2, NoNewPrivs: true, Capabilities: new(uint64(0)),
		},
		Claimed:  Claimed{Program: "retail", Run: "run-1", SourceSHA256: sha256.Sum256([]byte("source")), CompileCommand: "cc retail.c"},
		Attester: AttesterFacts{Privilege: SeparateUser, UID: 990},
		Process:  ProcessFacts{UID: 20001},
	}
}

// accepting is a policy that accepts measure.
func (c *cast) accepting(t testing.TB) PolicyDocument {
	t.Helper()
	return PolicyDocument{
		Version: 1,
		Attesters: []PolicyAttester{{
			Name: "local", Privilege: []string{SeparateUser},
			PublicKey: string(ok1(PublicKeyPEM(c.attester.Public().(ed25519.PublicKey)))(t)),
		}},
		Modes: []string{"compartment"},
		References: []Reference{{
			Program: "retail", Platform: "linux", Mode: "compartment",
			SourceSHA256:     sha256.Sum256([]byte("source")),
			ExecutableSHA256: sha256.Sum256([]byte("executable")),
			Libraries:        map[string]Digest{"/usr/lib/libcrypto.so.3": sha256.Sum256([]byte("libcrypto"))},
		}},
		Environment: map[string][]string{"ASAN_OPTIONS": {"detect_leaks=0"}},
		Parameters: ParameterLimits{
			Crypto: []string{"hpke"}, Path: []string{PathRelayed}, Requests: Limit{1000}, IntervalMS: Limit{1000},
		},
		Evidence:    EvidenceLimits{MaxAge: time.Minute},
		Certificate: CertificateLimits{Lifetime: 10 * time.Minute},
	}
}

// policy is the document as it stands.
func (c *cast) policy(t testing.TB) *Policy {
	t.Helper()
	return ok1(NewPolicy(c.document))(t)
}

// request is what the honest launcher brings to the CA: it fills in nonce, binding and CSR.
func (c *cast) request(t testing.TB) CertificationRequest {
	t.Helper()
	parameters := ok1(json.Marshal(c.parameters))(t)
	if c.binding == (Binding{}) {
		c.binding = Binding{Nonce: sha256.Sum256([]byte("nonce")), RootSHA256: c.authority.Root.SHA256, ParametersSHA256: sha256.Sum256(parameters)}
	}
	csr := ok1(CreateCSR(c.process, "retail", c.binding))(t)
	c.evidence.Nonce = c.binding.Nonce
	c.evidence.CSRSHA256 = sha256.Sum256(csr)
	return CertificationRequest{CSR: csr, Evidence: ok1(SignEvidence(&c.evidence, c.attester))(t), Parameters: parameters}
}

// certify gives the process the certificate for what it is, as a CA without a policy would: the checks of a service
// are tested with certificates that the honest CA would not sign.
func (c *cast) certify(t testing.TB) {
	t.Helper()
	request := c.request(t)
	csr := ok1(ParseCSR(request.CSR))(t)
	c.process.Certificate = ok1(c.authority.issueProcess(&c.parameters, csr, request.Evidence, noon, 10*time.Minute))(t)
}

// relyingParty is the store's, with the policy as it stands.
func (c *cast) relyingParty(t testing.TB) *RelyingParty {
	t.Helper()
	return &RelyingParty{
		Root: c.authority.Root, Service: "store", Solution: "retail", Policy: c.policy(t), Now: func() time.Time { return noon },
	}
}

func (c *cast) sealed(t testing.TB, operation Operation, plaintext string) *SealedRequest {
	t.Helper()
	return ok1(c.process.SealRequest(Outgoing{
		Operation: operation, Solution: "retail", Service: c.service.Certificate, Sequence: 1, Crypto: c.parameters.Crypto,
	}, []byte(plaintext)))(t)
}

// reissue signs the process's certificate again after change, by the root of the test.
func (c *cast) reissue(t testing.TB, change func(*x509.Certificate)) {
	t.Helper()
	template := *c.process.Certificate
	template.ExtraExtensions = nil
	for _, extension := range template.Extensions {
		if len(extension.Id) > 6 && extension.Id[6] == 32473 {
			template.ExtraExtensions = append(template.ExtraExtensions, extension)
		}
	}
	change(&template)
	key := template.PublicKey.(ed25519.PublicKey)
	c.process.Certificate = ok1(c.authority.sign(&template, key))(t)
}
