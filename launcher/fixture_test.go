package launcher

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "write-store-for-ever" {
		writeStoreForEver(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m)
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

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// surroundings are the servers that a launcher needs, small ones that do the real work with package
// attest: a root CA that accepts whatever its attester saw, an attester, three services.
type surroundings struct {
	authority   *attest.Authority
	evidenceKey ed25519.PrivateKey
	services    map[string]*fakeService
	options     Options

	// tamper, when set, changes an answer of the root CA or the attester before it is sent.
	tamper func(path string, answer any) error
	log    *syncLog
}

// syncLog is what the launcher logged.
type syncLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *syncLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *syncLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newSurroundings(t testing.TB) *surroundings {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	ok(t, err)
	s := &surroundings{
		authority:   ok1(attest.CreateAuthority("Test Root", time.Now(), time.Hour))(t),
		evidenceKey: key, services: map[string]*fakeService{}, log: &syncLog{},
	}
	profile := ok1(platform.Load("linux"))(t)
	profile.Limits.MemoryBytes, profile.Limits.Processes, profile.Limits.OutputBytes = 64<<20, 16, 1<<20
	withTestUsers(profile)
	s.options = Options{
		Data: filepath.Join(t.TempDir(), "data"), Root: s.authority.Root, Profile: profile, Host: hosts.Local(),
		AttesterToken: "attester's token", Services: map[string]string{},
		Limits: Limits{Time: long}, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	s.options.CA = s.serve(t, attest.KindCA, "ca", s.caHandler())
	s.options.Attester = s.serve(t, attest.KindAttester, "local", endpoint.RequireToken(s.options.AttesterToken, s.attesterHandler()))
	for id, reply := range map[string]string{
		"store":    `{"customer":"Ana","phone":"+55 51 91234-5678","address":"Rua da Praia 1","total_cents":20000,"sale":1,"dataset":"-"}`,
		"taxi":     `{"taxi":"T-17","driver":"Jo"}`,
		"whatsapp": `{"answer":"accepted"}`,
	} {
		service := newFakeService(t, s, id, reply)
		s.services[id] = service
		s.options.Services[id] = service.address
	}
	return s
}

// long is a time limit that nothing reaches which ends by itself, or is ended, on the busiest machine.
const long = 2 * time.Minute

// firstTestUser is above every user of a platform, so that these tests end nobody else's processes.
const firstTestUser = 61_500

// withTestUsers gives each mode users that only tests have.
func withTestUsers(p *platform.Profile) {
	for i := range p.Modes {
		p.Modes[i].Users = platform.Users{First: firstTestUser + 100*i, Count: 8}
	}
}

// launcher opens a launcher that is closed, and must leave nothing, at the end of the test.
func (s *surroundings) launcher(t testing.TB) *Launcher {
	t.Helper()
	l := ok1(New(context.Background(), s.options))(t)
	t.Cleanup(func() {
		ok(t, l.Close())
		if _, err := os.Stat(l.runs.scratch); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the scratch folder %s is left", l.runs.scratch)
		}
	})
	return l
}

func startTLS(t testing.TB, identity *attest.Identity, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{identity.TLS()}, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func (s *surroundings) serve(t testing.TB, kind attest.Kind, name string, handler http.Handler) string {
	t.Helper()
	return startTLS(t, s.server(t, kind, name), handler)
}

func (s *surroundings) server(t testing.TB, kind attest.Kind, name string) *attest.Identity {
	t.Helper()
	identity := ok1(attest.GenerateIdentity())(t)
	identity.Sealing = nil
	identity.Certificate = ok1(s.authority.IssueServer(kind, name, identity.SigningPublic(), []string{"127.0.0.1"}, time.Now(), time.Hour))(t)
	return identity
}

// answer sends what a fake made, after tampering.
func (s *surroundings) answer(w http.ResponseWriter, r *http.Request, value any, err error) {
	if err == nil && s.tamper != nil {
		err = s.tamper(r.URL.Path, value)
	}
	if refusal, ok := errors.AsType[*attest.Refusal](err); ok {
		err = &endpoint.Fault{Status: refusal.Status(), Check: string(refusal.Check), Message: refusal.Reason}
	}
	if err != nil {
		endpoint.WriteFault(w, err)
		return
	}
	endpoint.WriteJSON(w, http.StatusOK, value)
}

func (s *surroundings) caHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/nonce", func(w http.ResponseWriter, r *http.Request) {
		nonce := make([]byte, 32)
		rand.Read(nonce)
		s.answer(w, r, &nonceReply{Nonce: nonce}, nil)
	})
	mux.HandleFunc("POST /api/certificate", func(w http.ResponseWriter, r *http.Request) {
		var request attest.CertificationRequest
		if err := endpoint.ReadJSON(w, r, 1<<20, &request); err != nil {
			endpoint.WriteFault(w, err)
			return
		}
		policy, err := s.policy(request.Evidence)
		if err != nil {
			endpoint.WriteFault(w, err)
			return
		}
		certificate, err := s.authority.Certify(time.Now(), policy, func([32]byte) error { return nil }, request)
		if err != nil {
			s.answer(w, r, nil, err)
			return
		}
		s.answer(w, r, &certificateReply{
			Certificate: certificate.Raw, Timings: []attest.Timing{{Operation: "start", Metric: "sign", Nanoseconds: 1}},
		}, nil)
	})
	return mux
}

// policy accepts what the evidence says, if the test's attester signed it.
func (s *surroundings) policy(signed []byte) (*attest.Policy, error) {
	evidence, _, err := attest.ParseEvidence(signed)
	if err != nil {
		return nil, err
	}
	public, err := attest.PublicKeyPEM(s.evidenceKey.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	libraries := map[string]attest.Digest{}
	for _, library := range evidence.Libraries {
		libraries[library.Path] = library.SHA256
	}
	environment := map[string][]string{}
	for name, value := range evidence.Environment {
		environment[name] = []string{value}
	}
	return attest.NewPolicy(attest.PolicyDocument{
		Version:   1,
		Attesters: []attest.PolicyAttester{{Name: "local", Privilege: []string{attest.SameUser}, PublicKey: string(public)}},
		Modes:     []string{"hybrid", "purecap", "compartment"},
		References: []attest.Reference{{
			Program: evidence.Claimed.Program, Platform: evidence.Platform, Mode: evidence.Mode,
			SourceSHA256: evidence.Claimed.SourceSHA256, ExecutableSHA256: evidence.Executable.SHA256, Libraries: libraries,
		}},
		Environment: environment,
		Parameters: attest.ParameterLimits{
			Crypto: []string{"hpke"}, Path: []string{attest.PathRelayed, attest.PathDirect}, Requests: attest.Limit{Max: 100}, IntervalMS: attest.Limit{Max: 1000},
		},
		Compartment: attest.CompartmentLimits{Network: attest.NetworkShared},
		Evidence:    attest.EvidenceLimits{MaxAge: time.Minute},
		Certificate: attest.CertificateLimits{Lifetime: 10 * time.Minute},
	})
}

func (s *surroundings) attesterHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/evidence", func(w http.ResponseWriter, r *http.Request) {
		var request evidenceRequest
		if err := endpoint.ReadJSON(w, r, 1<<20, &request); err != nil {
			endpoint.WriteFault(w, err)
			return
		}
		reply, err := s.measure(r.Context(), &request)
		s.answer(w, r, reply, err)
	})
	return mux
}

// measure looks at the real process, as an attester does.
func (s *surroundings) measure(ctx context.Context, request *evidenceRequest) (*evidenceReply, error) {
	csr, err := attest.ParseCSR(request.CSR)
	if err != nil {
		return nil, err
	}
	facts, err := platform.Observe(ctx, request.PID)
	if err != nil {
		return nil, err
	}
	observer, err := platform.ObserveSelf()
	if err != nil {
		return nil, err
	}
	mode, err := s.options.Profile.Mode(request.Mode)
	if err != nil {
		return nil, err
	}
	proof, err := mode.CheckLive(facts, observer)
	if err != nil {
		return nil, attest.Refuse(attest.CheckMode, "%v", err)
	}
	source, err := attest.ParseDigest(request.Claimed.SourceSHA256)
	if err != nil {
		return nil, err
	}
	evidence := &attest.Evidence{
		Nonce: csr.Binding.Nonce, IssuedAt: time.Now().Unix(), Profile: attest.EvidenceProfile,
		Confirmation: attest.ConfirmationOf(csr.Signing), Executable: attest.File(facts.Executable), Environment: facts.Environment,
		Mode: request.Mode, Platform: request.Platform, ABI: facts.ELF.ABI, CPU: attest.CPU{Model: "test", Count: 1},
		MemoryMapSHA256: sha256.Sum256(facts.MemoryMap), OperatingSystem: "test", OpenSSL: facts.OpenSSL, CSRSHA256: csr.SHA256,
		Claimed:  attest.Claimed{Program: request.Claimed.Program, Run: request.Claimed.Run, SourceSHA256: source, CompileCommand: request.Claimed.CompileCommand},
		Attester: attest.AttesterFacts{Privilege: attest.SameUser, UID: os.Geteuid()},
		Process:  attest.ProcessFacts{UID: facts.UID, Tracer: facts.Tracer, AnonymousExecutable: facts.AnonymousExecutable},
	}
	for _, library := range facts.Libraries {
		evidence.Libraries = append(evidence.Libraries, attest.File(library))
	}
	if proof.Kind != "" {
		evidence.Compartment = attest.Compartment{
			Kind: proof.Kind, Namespaces: proof.Namespaces, Seccomp: proof.Seccomp, NoNewPrivs: proof.NoNewPrivileges, Capabilities: &proof.Capabilities,
		}
	}
	signed, err := attest.SignEvidence(evidence, s.evidenceKey)
	if err != nil {
		return nil, err
	}
	return &evidenceReply{Evidence: signed, MemoryMap: string(facts.MemoryMap), Nanoseconds: 1}, nil
}

// fakeService verifies requests, opens them, and always gives the same reply, sealed.
type fakeService struct {
	surroundings *surroundings
	identity     *attest.Identity
	id, reply    string
	address      string

	mu       sync.Mutex
	bodies   [][]byte                                // of requests, as they came
	meddle   func(w http.ResponseWriter, n int) bool // of the n-th request; true: it has been answered
	requests []string                                // plain texts
}

func newFakeService(t testing.TB, s *surroundings, id, reply string) *fakeService {
	t.Helper()
	f := &fakeService{surroundings: s, id: id, reply: reply, identity: ok1(attest.GenerateIdentity())(t)}
	f.identity.Certificate = ok1(s.authority.IssueService(id, f.identity.SigningPublic(), f.identity.Sealing.PublicKey(), []string{"127.0.0.1"}, time.Now(), time.Hour))(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/public-key", func(w http.ResponseWriter, _ *http.Request) {
		endpoint.WriteJSON(w, http.StatusOK, map[string]string{"service": id, "certificate": string(attest.CertificatePEM(f.identity.Certificate))})
	})
	mux.HandleFunc("POST /api/request", func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, attest.Read) })
	mux.HandleFunc("POST /api/post", func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, attest.Write) })
	f.address = startTLS(t, f.identity, mux)
	return f
}

func (f *fakeService) serve(w http.ResponseWriter, r *http.Request, operation attest.Operation) {
	var body json.RawMessage
	if err := endpoint.ReadJSON(w, r, 1<<20, &body); err != nil {
		endpoint.WriteFault(w, err)
		return
	}
	f.mu.Lock()
	f.bodies = append(f.bodies, body)
	number, meddle := len(f.bodies), f.meddle
	f.mu.Unlock()
	if meddle != nil && meddle(w, number) {
		return
	}
	reply, err := f.carryOut(operation, body)
	f.surroundings.answer(w, r, reply, err)
}

func (f *fakeService) carryOut(operation attest.Operation, body []byte) (*attest.SealedReply, error) {
	var request attest.SealedRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(request.ProcessCertificate)
	if err != nil {
		return nil, err
	}
	evidence, err := attest.EvidenceOf(certificate)
	if err != nil {
		return nil, err
	}
	policy, err := f.surroundings.policy(evidence)
	if err != nil {
		return nil, err
	}
	party := attest.RelyingParty{Root: f.surroundings.authority.Root, Service: f.id, Policy: policy}
	process, err := party.Verify(operation, &request)
	if err != nil {
		return nil, err
	}
	plain, hash, err := f.identity.OpenRequest(operation, &request, process)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.requests = append(f.requests, string(plain))
	f.mu.Unlock()
	reply, err := f.identity.SealReply(operation, &request, process, hash, []byte(f.reply))
	if err != nil {
		return nil, err
	}
	reply.Timings = []attest.Timing{{Operation: string(operation), Metric: "verifyCertificate", Nanoseconds: 1}}
	return reply, nil
}
