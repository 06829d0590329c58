package mockservices

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
	"eaibench/integration_process"
)

// plainly asks without a seal over the client's connection and returns status and body.
func plainly(t testing.TB, client *http.Client, method, address, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
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

func membersOf(t testing.TB, body []byte) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return members
}

// The use case over attested TLS: the last sale, a trip home, the customer's answer.
func TestUseCaseOverAttestedTLS(t *testing.T) {
	tr := newTrust(t)
	process := directClient(t, tr.authority.Root, tr.newProcess(t, "retail", "run-1", nil).TLS())
	base := map[string]string{}
	for _, service := range []string{"store", "taxi", "whatsapp"} {
		_, base[service] = serve(t, open(t, tr.options(t, service)), tr.authority.Root)
	}
	status, body := plainly(t, process, "GET", base["store"]+"/api/sales", "")
	sale := membersOf(t, body)
	if status != http.StatusOK || sale["customer"] != "Ana Souza" || sale["total_cents"].(float64) <= 15000 {
		t.Fatalf("last sale: %d %s", status, body)
	}
	status, body = plainly(t, process, "GET", base["store"]+"/api/sales?customer=Bruno+Souza", "")
	if other := membersOf(t, body); status != http.StatusOK || other["customer"] != "Bruno Souza" || other["sale"] == sale["sale"] {
		t.Errorf("a customer's last sale: %d %s", status, body)
	}
	trip := marshalled(t, map[string]any{"phone": sale["phone"], "address": sale["address"], "customer": sale["customer"]})
	status, body = plainly(t, process, "POST", base["taxi"]+"/api/trips", string(trip))
	if booked := membersOf(t, body); status != http.StatusOK || booked["taxi"] == "" || booked["ride"] != float64(1) {
		t.Errorf("trip: %d %s", status, body)
	}
	message := marshalled(t, map[string]any{"phone": sale["phone"], "message": "A taxi home is on us"})
	status, body = plainly(t, process, "POST", base["whatsapp"]+"/send-message", string(message))
	if diff := cmp.Diff(map[string]any{"answer": "accepted"}, membersOf(t, body)); status != http.StatusOK || diff != "" {
		t.Errorf("message: %d %s", status, diff)
	}
}

// Nobody is given data, and nobody stores any, without a certificate of an attested process and its key.
func TestPlainCallNeedsAnAttestedProcess(t *testing.T) {
	tr, foreign := newTrust(t), newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	nobody, base := serve(t, s, tr.authority.Root)
	status, body := plainly(t, nobody, "POST", base+"/api/trips", booking)
	if fault := faultOf(t, body); status != http.StatusUnauthorized || fault.Check != "certificate" {
		t.Errorf("without a certificate: %d %s, want 401 certificate", status, body)
	}
	for name, change := range map[string]func(*issued){
		"chain":              func(p *issued) { p.key, p.root = foreign.rootKey, foreign.authority.Root.Certificate },
		"time":               func(p *issued) { p.template.NotAfter = time.Now().Add(-time.Second) },
		"time: not yet":      func(p *issued) { p.template.NotBefore = time.Now().Add(time.Minute) },
		"role: a service's":  func(p *issued) { p.template.URIs[0].Opaque = "service/store" },
		"role: a launcher's": func(p *issued) { p.template.URIs[0].Opaque = "launcher/local" },
		"role: serverAuth":   func(p *issued) { p.template.ExtKeyUsage[0] = x509.ExtKeyUsageServerAuth },
		"role: two names": func(p *issued) {
			p.template.URIs = append(p.template.URIs, &url.URL{Scheme: "eai", Opaque: "process/retail/run-2"})
		},
		"evidence-missing":   func(p *issued) { p.spoil = func([]byte) []byte { return nil } },
		"evidence-signature": func(p *issued) { p.spoil = func(e []byte) []byte { e[len(e)-1] ^= 1; return e } },
		"attester":           func(p *issued) { p.attester = foreign.attester },
		"process-key":        func(p *issued) { p.evidence.Nonce[0] ^= 1 },
		"program":            func(p *issued) { p.evidence.Claimed.Program = "other" },
		"run":                func(p *issued) { p.evidence.Claimed.Run = "run-2" },
		"mode":               func(p *issued) { p.evidence.Mode = "hybrid" },
		"executable":         func(p *issued) { p.evidence.Executable.SHA256[0] ^= 1 },
		"library":            func(p *issued) { p.evidence.Libraries[0].SHA256[0] ^= 1 },
		"environment":        func(p *issued) { p.evidence.Environment["LD_PRELOAD"] = "/tmp/evil.so" },
		"compartment":        func(p *issued) { p.evidence.Compartment.Seccomp = 0 },
		"tracer":             func(p *issued) { p.evidence.Process.Tracer = 1 },
		"memory":             func(p *issued) { p.evidence.Process.AnonymousExecutable = 1 },
		"verify":             func(p *issued) { p.verify = "cached" },
	} {
		t.Run(name, func(t *testing.T) {
			want, _, _ := strings.Cut(name, ":")
			client := directClient(t, tr.authority.Root, tr.newProcess(t, "retail", "run-1", change).TLS())
			status, body := plainly(t, client, "POST", base+"/api/trips", booking)
			if fault := faultOf(t, body); status != http.StatusForbidden || fault.Check != want {
				t.Errorf("%d %s, want 403 %s", status, body, want)
			}
		})
	}
	if n := number(t, s, "SELECT count(*) FROM Viagens"); n != 0 {
		t.Errorf("%d trips were booked", n)
	}
}

// A certificate that anybody can see is nobody's without its key.
func TestPlainCallNeedsTheKey(t *testing.T) {
	tr := newTrust(t)
	_, base := serve(t, open(t, tr.options(t, "store")), tr.authority.Root)
	stolen := tls.Certificate{
		Certificate: [][]byte{tr.newProcess(t, "retail", "run-1", nil).Certificate.Raw}, PrivateKey: tr.newService(t, "store").Signing,
	}
	response, err := directClient(t, tr.authority.Root, stolen).Get(base + "/api/sales")
	if err == nil {
		response.Body.Close()
		t.Errorf("a certificate without its key was answered %s", response.Status)
	}
}

// What is wrong with a call is said, in fault and log, without what it said.
func TestPlainCallIsRefused(t *testing.T) {
	tr := newTrust(t)
	process := directClient(t, tr.authority.Root, tr.newProcess(t, "retail", "run-1", nil).TLS())
	var log lockedBuffer
	const canary = "Canary-4711"
	base := map[string]string{}
	for _, service := range []string{"store", "taxi"} {
		o := tr.options(t, service)
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, base[service] = serve(t, open(t, o), tr.authority.Root)
	}
	for name, test := range map[string]struct {
		service, method, path, body string
		status                      int
		check, says                 string
	}{
		"no such customer":  {"store", "GET", "/api/sales?customer=" + canary, "", 422, "", "no sale of this customer"},
		"unknown parameter": {"store", "GET", "/api/sales?" + canary + "=1", "", 400, "request", "not known here"},
		"given twice":       {"store", "GET", "/api/sales?customer=" + canary + "&customer=" + canary, "", 400, "request", "stands 2 times"},
		"malformed query":   {"store", "GET", "/api/sales?customer=%zz" + canary, "", 400, "request", "query is malformed"},
		"too long":          {"store", "GET", "/api/sales?customer=" + strings.Repeat(canary, 30), "", 400, "request", "between 1 and 256"},
		"another method":    {"store", "POST", "/api/sales", "{}", 404, "", "has no POST /api/sales"},
		"another path":      {"store", "GET", "/api/sales/1", "", 404, "", "has no GET /api/sales/1"},
		"no body":           {"taxi", "POST", "/api/trips", "", 415, "", "content type"},
		"not JSON":          {"taxi", "POST", "/api/trips", canary, 400, "request", "no JSON value"},
		"names twice":       {"taxi", "POST", "/api/trips", `{"` + canary + `":1,"` + canary + `":1}`, 400, "request", "no JSON value"},
		"no object":         {"taxi", "POST", "/api/trips", `["` + canary + `"]`, 400, "request", "not a JSON object"},
		"missing member":    {"taxi", "POST", "/api/trips", `{"phone":"` + canary + `"}`, 400, "request", "is missing"},
		"unknown member":    {"taxi", "POST", "/api/trips", `{"` + canary + `":1}`, 400, "request", "not known here"},
		"too large":         {"taxi", "POST", "/api/trips", `{"phone":"` + strings.Repeat("5", plainLimit) + `"}`, 413, "", "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := plainly(t, process, test.method, base[test.service]+test.path, test.body)
			fault := faultOf(t, body)
			if status != test.status || fault.Check != test.check || !strings.Contains(fault.Message, test.says) {
				t.Errorf("%d %s, want %d %q %q", status, body, test.status, test.check, test.says)
			}
			if bytes.Contains(body, []byte(canary)) {
				t.Errorf("the fault repeats the call: %s", body)
			}
		})
	}
	if text := log.String(); strings.Contains(text, canary) || !strings.Contains(text, "plain=true") || !strings.Contains(text, "run=run-1") {
		t.Errorf("the log repeats the calls, or does not tell whose they were: %s", text)
	}
}

// There is no sequence number: what is asked for twice happens twice, and sealed requests are none the wiser.
func TestPlainWriteIsCarriedOutEachTime(t *testing.T) {
	tr := newTrust(t)
	s := open(t, tr.options(t, "taxi"))
	_, base := serve(t, s, tr.authority.Root)
	c := tr.newCaller(t, s, "run-1")
	process := directClient(t, tr.authority.Root, c.identity.TLS())
	rides := map[any]bool{}
	for range 3 {
		status, body := plainly(t, process, "POST", base+"/api/trips", booking)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		rides[membersOf(t, body)["ride"]] = true
	}
	if n := number(t, s, "SELECT count(*) FROM eaibench_sequence"); len(rides) != 3 || n != 0 {
		t.Errorf("rides %v, and %d sequence numbers, want three and none", rides, n)
	}
	if reply := c.ask(t, s, attest.Write, 1, booking); rides[reply["ride"]] {
		t.Errorf("a sealed write booked the ride of a plain one: %v", reply)
	}
}

// A drawn answer is drawn for each call, and the same ones again by a service with the same seed.
func TestPlainWritesDrawAnswers(t *testing.T) {
	tr := newTrust(t)
	process := directClient(t, tr.authority.Root, tr.newProcess(t, "retail", "run-1", nil).TLS())
	var before []string
	for range 2 {
		o := tr.options(t, "whatsapp")
		o.Outcome = integration_process.DrawnOutcome
		_, base := serve(t, open(t, o), tr.authority.Root)
		var answers []string
		given := map[string]bool{}
		for range 60 {
			_, body := plainly(t, process, "POST", base+"/send-message", `{"phone":"+5551912345678","message":"A taxi home is on us"}`)
			answer := membersOf(t, body)["answer"].(string)
			answers, given[answer] = append(answers, answer), true
		}
		if !given["accepted"] || !given["declined"] {
			t.Errorf("60 answers are all the same: %v", given)
		}
		if diff := cmp.Diff(before, answers); before != nil && diff != "" {
			t.Errorf("the same seed drew others: %s", diff)
		}
		before = answers
	}
}

// A description without plain calls has none, and no description can take a path that every service has.
func TestPlainCallsAreTheDescriptions(t *testing.T) {
	tr := newTrust(t)
	o := tr.options(t, "store")
	store, err := o.Solution.Service("store")
	if err != nil {
		t.Fatal(err)
	}
	store.Read.Plain = nil
	_, base := serve(t, open(t, o), tr.authority.Root)
	process := directClient(t, tr.authority.Root, tr.newProcess(t, "retail", "run-1", nil).TLS())
	if status, body := plainly(t, process, "GET", base+"/api/sales", ""); status != http.StatusNotFound {
		t.Errorf("%d %s, want 404", status, body)
	}
	taxi := open(t, tr.options(t, "taxi")).Handler(testToken).(*http.ServeMux)
	reader := open(t, tr.options(t, "store")).Handler(testToken).(*http.ServeMux)
	for _, path := range integration_process.ReservedPaths() {
		served := false
		for _, mux := range []*http.ServeMux{taxi, reader} {
			for _, method := range []string{"GET", "POST"} {
				_, pattern := mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}})
				served = served || pattern == method+" "+path
			}
		}
		if !served {
			t.Errorf("%s is reserved and no service has it", path)
		}
	}
}
