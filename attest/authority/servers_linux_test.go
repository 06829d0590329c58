package authority

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/internal/endpoint"
)

const testRun = "run-1"

// site is a root CA's server and an attester's, both listening, and what a launcher knows of them.
type site struct {
	t        *testing.T
	ca       *CA
	root     *attest.Root
	caClient *endpoint.Client

	attester       *Attester // nil when it is a process of its own
	attesterPID    int
	attesterToken  string
	attesterURL    string
	attesterClient *endpoint.Client
}

// siteSettings change what an honest operator would do.
type siteSettings struct {
	separate bool       // the attester runs as its own user, in its own process
	there    hosts.Host // the attester measures there, second-hand
	policy   func(*attest.PolicyDocument)
}

func newSite(t *testing.T, settings siteSettings) *site {
	t.Helper()
	caFolder, attesterFolder := newCAFolder(t), filepath.Join(t.TempDir(), "attester")
	if _, err := Issue(caFolder, attesterFolder, Issuing{Kind: attest.KindAttester, Name: "local", Hosts: []string{"127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	if err := PrepareAttester(attesterFolder); err != nil {
		t.Fatal(err)
	}
	policy, err := attest.NewPolicy(policyFor(t, attesterFolder, func(d *attest.PolicyDocument) {
		if settings.there != nil {
			d.Attesters[0].Privilege = []string{attest.SecondHand}
		}
		if settings.policy != nil {
			settings.policy(d)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t}
	if s.ca, err = OpenCA(caFolder, policy, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	s.root = s.ca.authority.Root
	s.caClient = s.client(serve(t, s.ca.Serve), "eai:ca/local", "")
	if s.attesterToken, err = endpoint.LoadToken(filepath.Join(attesterFolder, TokenFile)); err != nil {
		t.Fatal(err)
	}
	if settings.separate {
		s.attesterURL, s.attesterPID = startSeparateAttester(t, attesterFolder)
	} else {
		if s.attester, err = OpenAttester(AttesterSettings{Folder: attesterFolder, Host: settings.there}, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		s.attesterURL = serve(t, s.attester.Serve)
	}
	s.attesterClient = s.client(s.attesterURL, "eai:attester/local", s.attesterToken)
	return s
}

// policyFor accepts the tiny program in every mode, measured by the attester of that folder.
func policyFor(t *testing.T, attesterFolder string, change func(*attest.PolicyDocument)) attest.PolicyDocument {
	t.Helper()
	public, err := os.ReadFile(filepath.Join(attesterFolder, EvidencePublicFile))
	if err != nil {
		t.Fatal(err)
	}
	built := tiny(t)
	document := attest.PolicyDocument{
		Version:     attest.PolicyVersion,
		Attesters:   []attest.PolicyAttester{{Name: "local", Privilege: []string{attest.SeparateUser, attest.SameUser}, PublicKey: string(public)}},
		Environment: map[string][]string{},
		Parameters: attest.ParameterLimits{
			Crypto: []string{"hpke"}, Path: []string{"relayed"}, Requests: attest.Limit{Max: 10}, IntervalMS: attest.Limit{Max: 1000},
		},
		Evidence:    attest.EvidenceLimits{MaxAge: time.Minute},
		Certificate: attest.CertificateLimits{Lifetime: time.Minute},
	}
	profile := linuxProfile(t)
	for i, mode := range profile.Modes {
		document.Modes = append(document.Modes, mode.Name)
		document.References = append(document.References, *built.references[mode.Name])
		for name, values := range profile.Modes[i].AllowedEnvironment() {
			document.Environment[name] = append(document.Environment[name], values...)
		}
	}
	if change != nil {
		change(&document)
	}
	return document
}

func (s *site) client(url, identity, token string) *endpoint.Client {
	client := endpoint.NewClient(url, endpoint.ClientOptions{Roots: s.root.Pool, Identity: identity, Token: token, Timeout: 2 * time.Minute})
	s.t.Cleanup(client.Close)
	return client
}

// serve runs a server until the test ends and gives its URL.
func serve(t *testing.T, server func(context.Context, string, io.Writer) error) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	reader, writer := io.Pipe()
	go func() {
		err := server(ctx, "127.0.0.1:0", writer)
		writer.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return readReady(t, reader).url()
}

type readyLine endpoint.Ready

func (r readyLine) url() string { return "https://" + r.Address }

func readReady(t *testing.T, from io.Reader) readyLine {
	t.Helper()
	var ready readyLine
	line, err := bufio.NewReader(from).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		t.Fatalf("the server does not say that it is ready: %v", err)
	}
	return ready
}

func init() {
	children["attester"] = func(arguments []string) int {
		err := func() error {
			uid, err := strconv.Atoi(arguments[1])
			if err != nil {
				return err
			}
			if os.Geteuid() != uid {
				return BecomeSeparateUser(uid, false)
			}
			attester, err := OpenAttester(AttesterSettings{Folder: arguments[0]}, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
			defer stop()
			return attester.Serve(ctx, "127.0.0.1:0", os.Stdout)
		}()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
}

// startSeparateAttester starts the attester as `attest serve` does for root.
func startSeparateAttester(t *testing.T, folder string) (url string, pid int) {
	t.Helper()
	requireRoot(t)
	command := exec.Command("/proc/self/exe", folder, strconv.Itoa(testUID))
	command.Env = append(os.Environ(), childVariable+"=attester")
	command.Stderr = t.Output()
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The signal goes to the PID that was started: the attester must still be that very process.
		if err := errors.Join(command.Process.Signal(syscall.SIGTERM), command.Wait()); err != nil {
			t.Errorf("the attester did not stop as asked: %v", err)
		}
	})
	ready := readReady(t, output)
	if ready.PID != command.Process.Pid {
		t.Errorf("the attester is process %d, %d was started", ready.PID, command.Process.Pid)
	}
	return ready.url(), ready.PID
}

// start is one start of a process, in the making: what a launcher brings together.
type start struct {
	site       *site
	process    *tinyProcess
	identity   *attest.Identity // the keys of the process
	nonce      [32]byte
	binding    attest.Binding
	parameters []byte
	csr        []byte
	request    EvidenceRequest
	evidence   EvidenceReply
}

// prepare does an honest start up to the CSR. The test makes the keys in the process's stead.
func (s *site) prepare(mode string, process *tinyProcess) *start {
	s.t.Helper()
	identity, err := attest.GenerateIdentity()
	if err != nil {
		s.t.Fatal(err)
	}
	st := &start{site: s, process: process, identity: identity, nonce: s.nonce()}
	st.parameters = fmt.Appendf(nil, `{"version":1,"solution":"retail","program":%q,"run":%q,"mode":%q,"path":"relayed","crypto":"hpke","requests":1,"interval_ms":0,"threshold_cents":15000}`,
		tinyProgram, testRun, mode)
	st.binding = attest.Binding{Nonce: st.nonce, RootSHA256: s.root.SHA256, ParametersSHA256: sha256.Sum256(st.parameters)}
	st.makeCSR()
	st.request = EvidenceRequest{
		Platform: "linux", Mode: mode, Nonce: st.nonce[:],
		Claimed: ClaimedFacts{Program: tinyProgram, Run: testRun, CompileCommand: "gcc tiny.c"},
	}
	return st
}

func (s *site) nonce() [32]byte {
	s.t.Helper()
	var reply NonceReply
	if err := s.caClient.Do(context.Background(), http.MethodPost, "/api/nonce", nil, &reply); err != nil {
		s.t.Fatal(err)
	}
	return [32]byte(reply.Nonce)
}

// makeCSR makes the CSR for the binding as it stands, in the process.
func (st *start) makeCSR() {
	st.site.t.Helper()
	var err error
	if st.csr, err = attest.CreateCSR(st.identity, tinyProgram, st.binding); err != nil {
		st.site.t.Fatal(err)
	}
	st.process.holdDigestOf(st.csr)
}

// attest asks the attester for evidence.
func (st *start) attest() error {
	st.request.PID, st.request.CSR = st.process.pid, st.csr
	return st.site.attesterClient.Do(context.Background(), http.MethodPost, "/api/evidence", st.request, &st.evidence)
}

// certify asks the CA for the certificate.
func (st *start) certify() (CertificateReply, error) {
	var reply CertificateReply
	request := attest.CertificationRequest{CSR: st.csr, Evidence: st.evidence.Evidence, Parameters: st.parameters}
	err := st.site.caClient.Do(context.Background(), http.MethodPost, "/api/certificate", request, &reply)
	return reply, err
}

// finish does the rest of an honest start.
func (st *start) finish() error {
	if err := st.attest(); err != nil {
		return err
	}
	_, err := st.certify()
	return err
}

// wantCheck tells that a server refused with that check, as a fault of 4xx.
func wantCheck(t *testing.T, err error, check attest.Check) {
	t.Helper()
	fault, ok := errors.AsType[*endpoint.Fault](err)
	if !ok || fault.Check != string(check) || fault.Status/100 != 4 {
		t.Errorf("got %v, want a refusal by check %s", err, check)
	}
}
