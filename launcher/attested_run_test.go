package launcher

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// retail compiles the real program for hybrid and purecap. What it is compiled to for compartment is
// the same as for purecap, so it is not compiled a third time.
func retail(t testing.TB, l *Launcher) int {
	t.Helper()
	id := upload(t, l, "retail.c", ok1(integration_process.Source("retail"))(t))
	for _, mode := range []string{"hybrid", "purecap"} {
		ok1(l.Compile(t.Context(), id, mode))(t)
	}
	p := l.store.List()[id-1]
	e := ok1(p.executable("purecap"))(t)
	content := ok1(os.ReadFile(l.store.executablePath(e)))(t)
	e.Mode = "compartment"
	ok1(l.store.addExecutable(id, e, content))(t)
	return id
}

func TestAttestedRuns(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	id := retail(t, l)
	t.Run("modes", func(t *testing.T) {
		for _, mode := range s.options.Profile.Chain() {
			for _, path := range []string{bench.Relayed, bench.Direct} {
				t.Run(mode+" "+path, func(t *testing.T) { checkAttestedRun(t, s, l, id, mode, path) })
			}
		}
	})
	t.Run("refusals", func(t *testing.T) { checkRefusals(t, s, l, id) })
	t.Run("a process that hangs once it is refused", func(t *testing.T) { checkHangsRefused(t, s, l, id) })
	t.Run("dropped connection", func(t *testing.T) { checkDroppedConnection(t, s, l, id) })
	t.Run("given up", func(t *testing.T) { checkGivenUp(t, s, l, id, "compartment") })
	t.Run("servers that are down", func(t *testing.T) { checkServersThatAreDown(t, l, id) })
	t.Run("changed executable", func(t *testing.T) { checkWrongABI(t, s, l, id) })
	nothingLeft(t, l)
	for _, secret := range []string{"91234", "Praia", "T-17"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the launcher's log has %q, which is a customer's", secret)
		}
	}
}

func checkAttestedRun(t *testing.T, s *surroundings, l *Launcher, id int, mode, path string) {
	requests := int64(2)
	run := "run-" + mode + "-" + path
	result := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{Run: run, Parameters: Parameters{Requests: &requests, Path: path}}))(t)
	if result.Status != OK {
		t.Fatalf("%s: %s", result.Message, result.ErrorOutput)
	}
	checkReadings(t, result)
	if result.Attested == nil || result.Attested.Mode != mode || (result.Attested.Compartment != "") != (mode == "compartment") {
		t.Errorf("attested: %+v", result.Attested)
	}
	if own := slices.Contains(result.Attested.Namespaces, "net"); own != (mode == "compartment" && path == bench.Relayed) {
		t.Errorf("it has a network of its own: %v", own)
	}
	if !strings.HasPrefix(result.OpenSSL, "OpenSSL 3.") || result.OpenSSLCPU == "" {
		t.Errorf("OpenSSL %q with %q", result.OpenSSL, result.OpenSSLCPU)
	}
	checkSamples(t, result.Samples, path)
	certificate := ok1(l.store.certificate("retail", run))(t)
	for _, body := range s.services["store"].bodies[len(s.services["store"].bodies)-2:] {
		if !bytes.Contains(body, []byte(`"program_public_key"`)) || bytes.Contains(body, []byte("Praia")) {
			t.Errorf("request to the store: %s", body)
		}
	}
	if len(certificate) == 0 {
		t.Error("no certificate is stored")
	}
	evidence := filepath.Join(l.store.folder, signaturesFolder, result.ExecutableSHA256)
	for _, file := range []string{evidence + ".cose", evidence + ".maps.txt"} {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("evidence: %v", err)
		}
	}
	nothingLeft(t, l)
}

// checkSamples compares with the table of steps: what the launcher, the process, the attester and
// the root CA time must be there, each as often as it happens.
func checkSamples(t *testing.T, samples []Sample, path string) {
	t.Helper()
	type key struct {
		component bench.Component
		operation bench.Operation
		metric    string
	}
	count := map[key]int{}
	for _, s := range samples {
		count[key{s.Component, s.Operation, s.Metric}]++
		if s.Value < 0 || s.Unit != bench.Nanoseconds {
			t.Errorf("sample %+v", s)
		}
		if (s.Operation == bench.Read || s.Operation == bench.Write) && (s.Request == nil || s.Service == "") {
			t.Errorf("sample %+v lacks request or service", s)
		}
	}
	for _, step := range bench.Steps() {
		if step.OncePerMode || step.Component == bench.DigitalService && step.Metric != "verifyCertificate" {
			continue // the services here time no more
		}
		want := map[bench.Operation]int{bench.Start: 1, bench.Execute: 1, bench.Read: 2, bench.Write: 4}[step.Operation]
		if step.OncePerRequest {
			want = 2
		}
		if len(step.Paths) > 0 && !slices.Contains(step.Paths, path) {
			want = 0
		}
		if got := count[key{step.Component, step.Operation, step.Metric}]; got != want {
			t.Errorf("step %s %s of %s: %d samples, want %d", step.Operation, step.Metric, step.Component, got, want)
		}
	}
}

func checkRefusals(t *testing.T, s *surroundings, l *Launcher, id int) {
	for _, test := range []struct {
		name   string
		path   string // whose answer is tampered with
		tamper func(answer any) error
		status Status
		cause  Cause
		check  string
		reason string
	}{
		{"root CA refuses", "/api/certificate", func(any) error { return attest.Refuse(attest.CheckExecutable, "not known") }, Failed, Refused, "executable", "root CA at https://127.0.0.1:"},
		{"attester refuses", "/api/evidence", func(any) error { return attest.Refuse(attest.CheckCSRDigest, "another") }, Failed, Refused, "csr-digest", "attester at https://127.0.0.1:"},
		{"mode's claim fails", "/api/evidence", func(any) error { return attest.Refuse(attest.CheckMode, "no namespaces") }, Invalid, ClaimFailed, "mode", "no namespaces"},
		{"service refuses a read", "/api/request", func(any) error { return attest.Refuse(attest.CheckSequence, "older") }, Failed, Refused, "sequence", "service store at https://127.0.0.1:"},
		{"service refuses a write", "/api/post", func(any) error { return attest.Refuse(attest.CheckTime, "expired") }, Failed, Refused, "time", "service taxi at https://127.0.0.1:"},
		{"reply changed", "/api/request", func(answer any) error {
			answer.(*attest.SealedReply).Ciphertext[0] ^= 1
			return nil
		}, Failed, GaveUp, "signature", "the process failed at step"},
		{"nonce changed", "/api/nonce", func(answer any) error {
			answer.(*nonceReply).Nonce = answer.(*nonceReply).Nonce[:31]
			return nil
		}, Failed, GaveUp, "", "the process failed at step"},
		{"reply without end", "/api/nonce", func(answer any) error {
			answer.(*nonceReply).Nonce = make([]byte, serverReply)
			return nil
		}, Failed, Refused, "", "is longer than 2097152 bytes"},
		{"timings without end", "/api/request", func(answer any) error {
			answer.(*attest.SealedReply).Timings = make(attest.Timings, attest.MostTimings+1)
			return nil
		}, Failed, Refused, "", "more than 32768 timings"},
		{"timings of a service are nonsense", "/api/request", func(answer any) error {
			answer.(*attest.SealedReply).Timings[0].Metric = "a,b"
			return nil
		}, Failed, Refused, "", "no step's name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.tamper = func(path string, answer any) error {
				if path == test.path {
					return test.tamper(answer)
				}
				return nil
			}
			defer func() { s.tamper = nil }()
			result := ok1(l.Execute(t.Context(), id, "hybrid", ExecuteRequest{}))(t)
			if result.Status != test.status || result.Cause != test.cause || !strings.Contains(result.Reason, test.reason) {
				t.Errorf("got %s, %s: %s", result.Status, result.Cause, result.Reason)
			}
			if test.check != "" && result.Check != test.check {
				t.Errorf("check %q, want %q", result.Check, test.check)
			}
		})
	}
}

// checkHangsRefused stops the process before its operation is refused: then it is ended by the time limit, and the refusal stays the
// reason. Where a busy machine leaves little of the time, the run is given more.
func checkHangsRefused(t *testing.T, s *surroundings, l *Launcher, id int) {
	for limit := 2 * time.Second; ; limit *= 4 {
		var after atomic.Int64
		begin := time.Now()
		s.tamper = func(path string, answer any) error {
			if path != "/api/request" {
				return nil
			}
			after.Store(int64(time.Since(begin)))
			for _, pid := range processesUnder(t, l.runs.scratch) {
				ok(t, syscall.Kill(pid, syscall.SIGSTOP))
			}
			answer.(*attest.SealedReply).Timings = make(attest.Timings, attest.MostTimings+1)
			return nil
		}
		result := ok1(l.Execute(t.Context(), id, "hybrid", ExecuteRequest{TimeLimitMS: limit.Milliseconds()}))(t)
		s.tamper = nil
		nothingLeft(t, l)
		if at := time.Duration(after.Load()); (at == 0 || at > limit/2) && limit < long {
			continue
		}
		if result.Status != Failed || result.Cause != Refused || !strings.Contains(result.Reason, "more than 32768 timings") || result.Duration < int64(limit) {
			t.Errorf("after %v of %v: %s, %s: %s", time.Duration(result.Duration), limit, result.Status, result.Cause, result.Reason)
		}
		return
	}
}

// checkDroppedConnection breaks the connection under a write after it came: the launcher must send
// the same bytes again.
func checkDroppedConnection(t *testing.T, s *surroundings, l *Launcher, id int) {
	taxi := s.services["taxi"]
	taxi.mu.Lock()
	taxi.bodies = nil
	taxi.meddle = func(w http.ResponseWriter, n int) bool {
		if n > 1 {
			return false
		}
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			err = connection.Close()
		}
		return err == nil
	}
	taxi.mu.Unlock()
	result := ok1(l.Execute(t.Context(), id, "hybrid", ExecuteRequest{}))(t)
	taxi.mu.Lock()
	defer taxi.mu.Unlock()
	taxi.meddle = nil
	if result.Status != OK {
		t.Errorf("got %s", result.Message)
	}
	if len(taxi.bodies) != 2 || !bytes.Equal(taxi.bodies[0], taxi.bodies[1]) {
		t.Errorf("%d requests came, want the same twice", len(taxi.bodies))
	}
}

// checkGivenUp ends a run whose caller goes away in the middle of a request.
func checkGivenUp(t *testing.T, s *surroundings, l *Launcher, id int, mode string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	store, ended := s.services["store"], make(chan struct{})
	store.mu.Lock()
	store.meddle = func(http.ResponseWriter, int) bool {
		cancel()
		<-ended // no reply that could still be passed on
		return false
	}
	store.mu.Unlock()
	result, err := l.Execute(ctx, id, mode, ExecuteRequest{})
	close(ended)
	ok(t, err)
	store.mu.Lock()
	store.meddle = nil
	store.mu.Unlock()
	if result.Status != Aborted || result.Cause != GivenUp || result.Reason != "the caller gave the run up at step request 0: read to service store" {
		t.Errorf("got %s, %s: %s", result.Status, result.Cause, result.Reason)
	}
	nothingLeft(t, l)
}

// checkWrongABI puts one mode's executable in the place of another's.
func checkWrongABI(t *testing.T, _ *surroundings, l *Launcher, id int) {
	p := l.store.List()[id-1]
	hybrid, purecap := ok1(p.executable("hybrid"))(t), ok1(p.executable("purecap"))(t)
	original := ok1(os.ReadFile(l.store.executablePath(purecap)))(t)
	ok(t, os.WriteFile(l.store.executablePath(purecap), ok1(os.ReadFile(l.store.executablePath(hybrid)))(t), 0o700))
	result := ok1(l.Execute(t.Context(), id, "purecap", ExecuteRequest{}))(t)
	ok(t, os.WriteFile(l.store.executablePath(purecap), original, 0o700))
	if result.Status != Invalid || result.Cause != ClaimFailed || result.Check != "abi" {
		t.Errorf("got %s, %s, %s: %s", result.Status, result.Cause, result.Check, result.Reason)
	}
}

func checkServersThatAreDown(t *testing.T, l *Launcher, id int) {
	const nobody = "https://127.0.0.1:1" // tcpmux: nobody listens
	down := endpoint.NewClient(nobody, endpoint.ClientOptions{})
	ca, attester, services := l.ca, l.attester, l.services
	for _, test := range []struct {
		name, want string
		stop       func()
	}{
		{"root CA", "root CA at " + nobody, func() { l.ca = down }},
		{"attester", "attester at " + nobody, func() { l.attester = down }},
		{"service", "service taxi at " + nobody, func() { l.services["taxi"] = &service{"taxi", down} }},
		{"not registered", `service "taxi" is not registered: known are store, whatsapp`, func() { delete(l.services, "taxi") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.services = maps.Clone(services)
			test.stop()
			defer func() { l.ca, l.attester, l.services = ca, attester, services }()
			result := ok1(l.Execute(t.Context(), id, "hybrid", ExecuteRequest{}))(t)
			if result.Status != Failed || result.Cause != Unreachable || !strings.Contains(result.Reason, test.want) {
				t.Errorf("got %s, %s: %s", result.Status, result.Cause, result.Reason)
			}
			nothingLeft(t, l)
		})
	}
}
