package mockservices

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

const testToken = "0123456789abcdef"

// serve serves the service over HTTPS on the loopback until the test ends, and returns a client and the base address.
func serve(t testing.TB, s *Service, root *attest.Root) (*http.Client, string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, announce := io.Pipe()
	server := s.Server("127.0.0.1:0", testToken)
	server.Ready = announce
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	var line endpoint.Ready
	if err := json.NewDecoder(ready).Decode(&line); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: root.Pool, MinVersion: tls.VersionTLS13},
		MaxIdleConnsPerHost: 64,
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &http.Client{Transport: transport}, "https://" + line.Address
}

// post posts JSON and returns status and body.
func post(t testing.TB, client *http.Client, address string, body []byte, header ...string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}

func marshalled(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every check of a relying service, broken alone, over HTTPS: the right status, the right name, no effect.
func TestEachCheckIsRefusedByName(t *testing.T) {
	tr := newTrust(t)
	otherTrust := newTrust(t)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, tr.options(t, "store"))
	client, base := serve(t, s, tr.authority.Root)

	newKey := func(t *testing.T) ed25519.PublicKey { return tr.newService(t, "other").SigningPublic() }
	for name, test := range map[string]struct {
		status   int
		process  func(*issued)                                                      // spoils the certificate
		outgoing func(*attest.Outgoing)                                             // spoils what is sealed
		request  func(*attest.SealedRequest)                                        // spoils what is sent
		forge    func(*testing.T, *Service, *attest.Identity) *attest.SealedRequest // makes it instead
		text     string
	}{
		"request: version":           {status: 400, request: func(r *attest.SealedRequest) { r.Version = 2 }},
		"request: nonce":             {status: 400, request: func(r *attest.SealedRequest) { r.Nonce = r.Nonce[1:] }},
		"request: run with a space":  {status: 400, request: func(r *attest.SealedRequest) { r.Run = "run 1" }},
		"request: parameters":        {status: 400, text: `{"customer":7}`},
		"request: unknown parameter": {status: 400, text: `{"customers":"Ana Souza"}`},
		"request: sequence":          {status: 400, outgoing: func(o *attest.Outgoing) { o.Sequence = 1 << 63 }},
		"certificate: missing":       {status: 401, request: func(r *attest.SealedRequest) { r.ProcessCertificate = nil }},
		"certificate: not one":       {status: 401, request: func(r *attest.SealedRequest) { r.ProcessCertificate = []byte("none") }},
		"chain: another root's":      {status: 401, process: func(p *issued) { p.key, p.root = otherTrust.rootKey, otherTrust.authority.Root.Certificate }},
		"chain: a CA's":              {status: 401, process: func(p *issued) { p.template.IsCA = true }},
		"time: expired":              {status: 401, process: func(p *issued) { p.template.NotAfter = time.Now().Add(-time.Second) }},
		"time: not yet":              {status: 401, process: func(p *issued) { p.template.NotBefore = time.Now().Add(time.Minute) }},
		"role: a service's":          {status: 401, process: func(p *issued) { p.template.URIs[0].Opaque = "service/store" }},
		"role: serverAuth":           {status: 401, process: func(p *issued) { p.template.ExtKeyUsage[0] = x509.ExtKeyUsageServerAuth }},
		"role: two names": {status: 401, process: func(p *issued) {
			p.template.URIs = append(p.template.URIs, &url.URL{Scheme: "eai", Opaque: "process/retail/run-2"})
		}},
		"evidence-missing":             {status: 403, process: func(p *issued) { p.spoil = func([]byte) []byte { return nil } }},
		"evidence-signature: changed":  {status: 403, process: func(p *issued) { p.spoil = func(e []byte) []byte { e[len(e)-1] ^= 1; return e } }},
		"evidence-signature: not COSE": {status: 403, process: func(p *issued) { p.spoil = func([]byte) []byte { return []byte("evidence") } }},
		"attester: unknown":            {status: 403, process: func(p *issued) { p.attester = stranger }},
		"attester: privilege":          {status: 403, process: func(p *issued) { p.evidence.Attester.Privilege = attest.SameUser }},
		"process-key: another":         {status: 403, process: func(p *issued) { p.evidence.Confirmation = attest.ConfirmationOf(newKey(t)) }},
		"process-key: nonce":           {status: 403, process: func(p *issued) { p.evidence.Nonce[0] ^= 1 }},
		"program: of the evidence":     {status: 403, process: func(p *issued) { p.evidence.Claimed.Program = "other" }},
		"program: of the request":      {status: 403, request: func(r *attest.SealedRequest) { r.Program = "other" }},
		"run: of the evidence":         {status: 403, process: func(p *issued) { p.evidence.Claimed.Run = "run-2" }},
		"run: of the request":          {status: 403, request: func(r *attest.SealedRequest) { r.Run = "run-2" }},
		"mode":                         {status: 403, process: func(p *issued) { p.evidence.Mode = "hybrid" }},
		"executable":                   {status: 403, process: func(p *issued) { p.evidence.Executable.SHA256[0] ^= 1 }},
		"library: changed":             {status: 403, process: func(p *issued) { p.evidence.Libraries[0].SHA256[0] ^= 1 }},
		"library: unknown":             {status: 403, process: func(p *issued) { p.evidence.Libraries[0].Path = "/tmp/evil.so" }},
		"environment":                  {status: 403, process: func(p *issued) { p.evidence.Environment["LD_PRELOAD"] = "/tmp/evil.so" }},
		"compartment":                  {status: 403, process: func(p *issued) { p.evidence.Compartment.Seccomp = 0 }},
		"tracer":                       {status: 403, process: func(p *issued) { p.evidence.Process.Tracer = 1 }},
		"memory":                       {status: 403, process: func(p *issued) { p.evidence.Process.AnonymousExecutable = 1 }},
		"verify: cached":               {status: 403, process: func(p *issued) { p.verify = "cached" }},
		"crypto: none":                 {status: 403, process: func(p *issued) { p.crypto = "none" }, outgoing: func(o *attest.Outgoing) { o.Crypto = attest.None }},
		"signature: changed":           {status: 403, request: func(r *attest.SealedRequest) { r.Signature[0] ^= 1 }},
		"signature: ciphertext":        {status: 403, request: func(r *attest.SealedRequest) { r.Ciphertext[0] ^= 1 }},
		"signature: sequence":          {status: 403, request: func(r *attest.SealedRequest) { r.Sequence++ }},
		"program-public-key":           {status: 403, request: func(r *attest.SealedRequest) { r.ProgramPublicKey[0] ^= 1 }},
		"program-public-key: missing":  {status: 403, request: func(r *attest.SealedRequest) { r.ProgramPublicKey = nil }},
		"recipient: another solution":  {status: 403, outgoing: func(o *attest.Outgoing) { o.Solution = "healthcare" }},
		"recipient: another service":   {status: 403, outgoing: func(o *attest.Outgoing) { o.Service = tr.newService(t, "taxi").Certificate }},
		"recipient: another key":       {status: 403, outgoing: func(o *attest.Outgoing) { o.Service = tr.newService(t, "store").Certificate }},
		"sealed: as a write":           {status: 403, forge: writeAsRead},
	} {
		t.Run(name, func(t *testing.T) {
			check, _, _ := strings.Cut(name, ":")
			identity := tr.newProcess(t, "retail", "run-1", test.process)
			if subject, err := attest.SubjectOf(identity.Certificate); err != nil || subject.Kind != attest.KindProcess {
				// SealRequest refuses to speak for such a certificate; the cheat swaps it in afterwards.
				spoilt := identity.Certificate
				identity.Certificate = tr.newProcess(t, "retail", "run-1", nil).Certificate
				before := test.request
				test.request = func(r *attest.SealedRequest) {
					r.ProcessCertificate = spoilt.Raw
					if before != nil {
						before(r)
					}
				}
			}
			outgoing := attest.Outgoing{Operation: attest.Read, Solution: "retail", Service: s.identity.Certificate, Sequence: 1, Crypto: attest.HPKE}
			if test.outgoing != nil {
				test.outgoing(&outgoing)
			}
			text := test.text
			if text == "" {
				text = `{}`
			}
			request, err := identity.SealRequest(outgoing, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if test.forge != nil {
				request = test.forge(t, s, identity)
			}
			if test.request != nil {
				test.request(request)
			}
			states := number(t, s, "SELECT count(*) FROM eaibench_sequence")
			status, body := post(t, client, base+"/api/request", marshalled(t, request))
			var fault endpoint.Fault
			if err := json.Unmarshal(body, &fault); err != nil {
				t.Fatalf("%d %s: %v", status, body, err)
			}
			if status != test.status || fault.Check != check {
				t.Errorf("answered %d %q (%s), want %d %q", status, fault.Check, fault.Message, test.status, check)
			}
			if n := number(t, s, "SELECT count(*) FROM eaibench_sequence"); n != states {
				t.Error("a refused request was remembered")
			}
		})
	}
}

// writeAsRead is a request whose names are right and whose signature is good, but which was sealed under another context: as a
// write.
func writeAsRead(t *testing.T, s *Service, process *attest.Identity) *attest.SealedRequest {
	t.Helper()
	write, err := process.SealRequest(attest.Outgoing{
		Operation: attest.Write, Solution: "retail", Service: s.identity.Certificate, Sequence: 1, Crypto: attest.HPKE,
	}, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	read, err := process.SealRequest(attest.Outgoing{
		Operation: attest.Read, Solution: "retail", Service: s.identity.Certificate, Sequence: 1, Crypto: attest.HPKE,
	}, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	read.Enc, read.Ciphertext = write.Enc, write.Ciphertext
	sign(process, attest.Read, read)
	return read
}

// sign signs the request anew, as sealing.md has it: a process that cheats holds its own key.
func sign(process *attest.Identity, operation attest.Operation, r *attest.SealedRequest) {
	lp := func(b []byte, x []byte) []byte {
		return append(append(b, byte(len(x)>>24), byte(len(x)>>16), byte(len(x)>>8), byte(len(x))), x...)
	}
	var tbs []byte
	for _, part := range [][]byte{
		[]byte("eaibench-request-signature-v1"), []byte(r.Crypto), r.Context(operation).Bytes(), r.Nonce, r.Enc, r.Ciphertext,
	} {
		tbs = lp(tbs, part)
	}
	r.Signature = ed25519.Sign(process.Signing, tbs)
}

func TestSequenceAndSolutionRefusalsOverHTTPS(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "store"))
	client, base := serve(t, s, tr.authority.Root)
	c := tr.newCaller(t, s, "run-1")
	request := marshalled(t, c.seal(t, attest.Read, 2, `{}`))
	if status, body := post(t, client, base+"/api/request", request); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for name, test := range map[string]struct {
		request []byte
		status  int
		want    string
	}{
		"repeat":      {request, 200, `"timings"`},
		"other bytes": {marshalled(t, c.seal(t, attest.Read, 2, `{}`)), 409, `"check":"sequence"`},
		"older":       {marshalled(t, c.seal(t, attest.Read, 1, `{}`)), 409, `"check":"sequence"`},
	} {
		if status, body := post(t, client, base+"/api/request", test.request); status != test.status || !bytes.Contains(body, []byte(test.want)) {
			t.Errorf("%s: %d %s, want %d %s", name, status, body, test.status, test.want)
		}
	}
	nobody := marshalled(t, c.seal(t, attest.Read, 3, `{"customer":"Nobody Known"}`))
	status, body := post(t, client, base+"/api/request", nobody)
	if status != 422 || !bytes.Contains(body, []byte("no sale of this customer")) || bytes.Contains(body, []byte("check")) {
		t.Errorf("unknown customer: %d %s", status, body)
	}
}

func TestCryptoNoneWhereEverybodyAllowsIt(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	o.AllowCryptoNone = true
	s := open(t, o)
	c := &caller{identity: tr.newProcess(t, "retail", "run-1", func(p *issued) { p.crypto = "none" }), service: s.identity.Certificate, solution: "retail", crypto: attest.None}
	if reply := c.ask(t, s, attest.Read, 1, `{}`); reply["customer"] != "Ana Souza" {
		t.Errorf("reply %v", reply)
	}
	// The certificate decides too: one for hpke does not do.
	c.identity = tr.newProcess(t, "retail", "run-2", nil)
	if _, err := carriedOut(t, s, attest.Read, c.seal(t, attest.Read, 1, `{}`)); attest.FailedCheck(err) != attest.CheckCrypto {
		t.Errorf("certificate without crypto none: %v", err)
	}
}

// What is sealed must not come out beside the seal: not in a fault, not in the log.
func TestNoDataOfCustomersInFaultsAndLog(t *testing.T) {
	tr := newTrust(t)
	var log lockedBuffer
	for service, test := range map[string]struct {
		operation attest.Operation
		path      string
	}{"store": {attest.Read, "/api/request"}, "taxi": {attest.Write, "/api/post"}, "whatsapp": {attest.Write, "/api/post"}} {
		o := tr.options(t, service)
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s := open(t, o)
		client, base := serve(t, s, tr.authority.Root)
		c := tr.newCaller(t, s, "run-1")
		const canary = "Canary-4711"
		for i, text := range []string{
			`{"phone":"` + canary + `","address":"` + canary + `","customer":"` + canary + `","message":"` + canary + `","more":"` + canary + `"}`,
			`{"customer":"` + canary + `"}`,
			`{"` + canary + `":1}`,
			`{"customer":{"x":"` + canary + `"}}`,
			canary,
			`{"customer":"` + strings.Repeat(canary, 100) + `"}`,
			`{"phone":"` + canary + `","address":"a","customer":"` + canary + `"}`,
			`{"phone":"` + canary + `","message":"` + canary + `"}`,
		} {
			_, body := post(t, client, base+test.path, marshalled(t, c.seal(t, test.operation, uint64(i+1), text)))
			if bytes.Contains(body, []byte(canary)) {
				t.Errorf("%s: the answer to %s shows %s", service, text, body)
			}
		}
		// A database that fails says so to the operator, and not what was to be stored.
		if _, err := s.data.writer.Exec("PRAGMA query_only = true"); err != nil {
			t.Fatal(err)
		}
		status, body := post(t, client, base+test.path, marshalled(t, c.seal(t, test.operation, 100, s.example(test.operation))))
		if status != 500 || bytes.Contains(body, []byte("readonly")) {
			t.Errorf("%s: a failed database: %d %s", service, status, body)
		}
	}
	if text := log.String(); strings.Contains(text, "Canary") || strings.Contains(text, "Ana Souza") || !strings.Contains(text, "readonly") {
		t.Errorf("the log shows data, or not what failed: %s", text)
	}
}

func (s *Service) example(operation attest.Operation) string {
	if operation == attest.Read {
		return s.reading.Example
	}
	return s.writing.Example
}

func TestOwnCertificateMustBeTheServices(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	o.Identity = tr.newService(t, "taxi")
	_, err := Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "eaibench ca issue service store") {
		t.Errorf("another service's: %v, want the command that makes the right one", err)
	}
	o.Identity = newTrust(t).newService(t, "store")
	var refusal *attest.Refusal
	if _, err := Open(t.Context(), o); !errors.As(err, &refusal) || refusal.Check != attest.CheckChain {
		t.Errorf("another root's: %v", err)
	}
}
