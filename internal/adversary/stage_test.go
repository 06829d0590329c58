package adversary

import (
	"crypto/ed25519"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
	"eaibench/mockservices"
	"eaibench/platform"
)

var serviceIDs = []string{"store", "taxi", "whatsapp"}

// smallSizes make databases that are filled fast.
var smallSizes = map[string]map[string]int64{"store": {"customers": 50, "sales": 120}, "taxi": {"drivers": 200}}

// stage is everything that takes part in a run. Its parties last for one test function.
type stage struct {
	t         *testing.T
	folder    string
	authority *attest.Authority // the root CA's key, for certificates that only it could sign
	profile   *platform.Profile
	policy    attest.PolicyDocument

	ca, attester *middle
	services     map[string]*middle
	open         map[string]*mockservices.Service
	identities   map[string]*attest.Identity
	host         *cheatingHost
	launcher     *launcher.Launcher
	client       *launcher.Client
	program      int
	undo         []func() // takes back what a cheat changed in files
}

// arrangement is what a stage has that differs from an honest one.
type arrangement struct {
	modes             []string                     // compiled; hybrid if empty
	caPolicy          func(*attest.PolicyDocument) // changes what the root CA accepts
	servicePolicy     func(*attest.PolicyDocument) // changes what the services accept
	allowCryptoNone   bool                         // at the services
	allowVerifyCached bool                         // the same
	direct            bool                         // processes may reach the services themselves
	serviceLog        *slog.Logger                 // nil: dropped
	launcherLog       *slog.Logger                 // nil: dropped
}

// raise builds the stage, whose launcher has the retail program in each mode.
func raise(t *testing.T, a arrangement) *stage {
	t.Helper()
	if len(a.modes) == 0 {
		a.modes = []string{"hybrid"}
	}
	s := &stage{
		t: t, folder: t.TempDir(),
		services: make(map[string]*middle), open: make(map[string]*mockservices.Service), identities: make(map[string]*attest.Identity),
	}
	var err error
	s.profile, err = platform.Load("linux")
	s.must(err)
	s.raiseAuthority(a)
	s.raiseServices(a)
	s.raiseLauncher(a)
	return s
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) path(names ...string) string {
	return filepath.Join(append([]string{s.folder}, names...)...)
}

func (s *stage) issue(kind attest.Kind, name string) *attest.Identity {
	s.t.Helper()
	identity, err := authority.Issue(s.path("ca"), s.path(string(kind), name), authority.Issuing{Kind: kind, Name: name, Hosts: []string{"127.0.0.1"}})
	s.must(err)
	return identity
}

func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

// raiseAuthority starts root CA and attester, each behind a middle.
func (s *stage) raiseAuthority(a arrangement) {
	s.t.Helper()
	s.must(authority.CreateCA(s.path("ca"), authority.CASettings{Name: "root", Hosts: []string{"127.0.0.1"}}))
	var err error
	s.authority, err = attest.LoadAuthority(s.path("ca", authority.RootFile), s.path("ca", authority.RootKeyFile))
	s.must(err)
	attesterIdentity := s.issue(attest.KindAttester, "local")
	attesterFolder := s.path("attester", "local")
	s.must(authority.PrepareAttester(attesterFolder))
	attester, err := authority.OpenAttester(authority.AttesterSettings{Folder: attesterFolder}, quiet(nil))
	s.must(err)
	s.policy = s.document(filepath.Join(attesterFolder, authority.EvidencePublicFile), a)

	document := s.policy
	if a.caPolicy != nil {
		a.caPolicy(&document)
	}
	policy, err := attest.NewPolicy(document)
	s.must(err)
	ca, err := authority.OpenCA(s.path("ca"), policy, quiet(nil))
	s.must(err)
	caIdentity, err := attest.LoadIdentity(s.path("ca", authority.CertificateFile), s.path("ca", authority.PrivateKeyFile))
	s.must(err)
	s.ca = s.between("ca", caIdentity, ca.Handler())
	s.attester = s.between("attester", attesterIdentity, attester.Handler())
}

// document is the honest policy, with references of a build of the tests' own.
func (s *stage) document(attesterKey string, a arrangement) attest.PolicyDocument {
	s.t.Helper()
	key, err := os.ReadFile(attesterKey)
	s.must(err)
	document := attest.PolicyDocument{
		Version:   attest.PolicyVersion,
		Attesters: []attest.PolicyAttester{{Name: "local", Privilege: []string{attest.SeparateUser, attest.SameUser}, PublicKey: string(key)}},
		Modes:     s.profile.Chain(), Environment: make(map[string][]string),
		Parameters: attest.ParameterLimits{
			Crypto: []string{"hpke"}, Path: []string{"relayed"},
			Requests: attest.Limit{Max: 100}, IntervalMS: attest.Limit{Max: 1000},
		},
		Evidence: attest.EvidenceLimits{MaxAge: time.Minute}, Certificate: attest.CertificateLimits{Lifetime: 10 * time.Minute},
	}
	if a.direct {
		document.Parameters.Path = append(document.Parameters.Path, attest.PathDirect)
		document.Compartment.Network = attest.NetworkShared
	}
	for _, name := range a.modes {
		mode, err := s.profile.Mode(name)
		s.must(err)
		for name, values := range mode.AllowedEnvironment() {
			document.Environment[name] = append(document.Environment[name], values...)
		}
		reference, err := referenceOf(mode)
		s.must(err)
		document.References = append(document.References, *reference)
	}
	return document
}

func (s *stage) raiseServices(a arrangement) {
	s.t.Helper()
	solution, err := integration_process.LoadSolution("retail")
	s.must(err)
	document := s.policy
	if a.servicePolicy != nil {
		a.servicePolicy(&document)
	}
	policy, err := attest.NewPolicy(document)
	s.must(err)
	for _, id := range serviceIDs {
		identity := s.issue(attest.KindService, id)
		service, err := mockservices.Open(s.t.Context(), mockservices.Options{
			Solution: solution, Service: id, Folder: s.path("service", id), Identity: identity,
			Root: s.authority.Root, Policy: policy, AllowCryptoNone: a.allowCryptoNone, AllowVerifyCached: a.allowVerifyCached, Seed: 1, Sizes: smallSizes[id], Log: quiet(a.serviceLog),
		})
		s.must(err)
		s.t.Cleanup(func() { service.Close() })
		s.open[id], s.identities[id] = service, identity
		s.services[id] = s.between("service "+id, identity, service.Handler("token"))
	}
}

func (s *stage) raiseLauncher(a arrangement) {
	s.t.Helper()
	token, err := endpoint.LoadToken(s.path("attester", "local", authority.TokenFile))
	s.must(err)
	addresses := make(map[string]string)
	for id, m := range s.services {
		addresses[id] = m.url
	}
	s.host = &cheatingHost{Host: hosts.Local()}
	options := launcher.Options{
		Data: s.path("launcher"), Root: s.authority.Root, CA: s.ca.url, Attester: s.attester.url, AttesterToken: token,
		Services: addresses, Profile: s.profile, Host: s.host, Log: quiet(a.launcherLog),
	}
	s.program, err = compiledInto(options, a.modes)
	s.must(err)
	s.launcher, err = launcher.New(s.t.Context(), options)
	s.must(err)
	s.t.Cleanup(func() {
		if err := s.launcher.Close(); err != nil {
			s.t.Errorf("closing the launcher: %v", err)
		}
	})
	front := s.between("launcher", s.issue(attest.KindLauncher, "local"), s.launcher.Handler("token"))
	s.client = launcher.NewClient(front.url, s.authority.Root.Pool, "token")
	s.t.Cleanup(s.client.Close)
}

// uploadTo stores and compiles the retail program over a launcher's API, as anybody does.
func (s *stage) uploadTo(client *launcher.Client, modes ...string) (id int) {
	s.t.Helper()
	source, err := integration_process.Source("retail")
	s.must(err)
	uploaded, err := client.Upload(s.t.Context(), "retail.c", source)
	s.must(err)
	for _, mode := range modes {
		_, err := client.Compile(s.t.Context(), uploaded.ProgramID, mode)
		s.must(err)
	}
	return uploaded.ProgramID
}

// hangs is longer than any run takes, however busy the host is: it ends one that hangs, and decides nothing.
const hangs = 3 * time.Minute

// execute carries out one run, hybrid if mode is empty.
func (s *stage) execute(mode string, parameters launcher.Parameters) *launcher.RunResult {
	s.t.Helper()
	if mode == "" {
		mode = "hybrid"
	}
	result, err := s.client.Execute(s.t.Context(), s.program, mode, launcher.ExecuteRequest{Parameters: parameters, TimeLimitMS: hangs.Milliseconds()})
	s.must(err)
	return result
}

// rootKey is the root CA's private key, as whoever holds its folder has it.
func (s *stage) rootKey() ed25519.PrivateKey {
	s.t.Helper()
	text, err := os.ReadFile(s.path("ca", authority.RootKeyFile))
	s.must(err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	s.must(err)
	return key.(ed25519.PrivateKey)
}

// certificateOfRun is a run's certificate, DER, as the launcher stored it.
func (s *stage) certificateOfRun(run string) []byte {
	s.t.Helper()
	for _, e := range s.ca.exchanges("/api/certificate") {
		var reply authority.CertificateReply
		s.must(json.Unmarshal(e.reply, &reply))
		certificate, err := x509.ParseCertificate(reply.Certificate)
		s.must(err)
		if subject, err := attest.SubjectOf(certificate); err == nil && subject.Run == run {
			return reply.Certificate
		}
	}
	s.t.Fatalf("no certificate of run %s was signed", run)
	return nil
}

// count counts the rows of a table of a service's database.
func (s *stage) count(id, database, table string) int {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.path("service", id, database))
	s.must(err)
	defer db.Close()
	var n int
	s.must(db.QueryRowContext(s.t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// post sends a body to a service again, as anybody may who saw it pass.
func (s *stage) post(id, path string, body []byte) []byte {
	s.t.Helper()
	client := endpoint.NewClient(s.services[id].url, endpoint.ClientOptions{Roots: s.authority.Root.Pool})
	defer client.Close()
	var reply json.RawMessage
	s.must(client.Do(s.t.Context(), http.MethodPost, path, json.RawMessage(body), &reply))
	return reply
}
