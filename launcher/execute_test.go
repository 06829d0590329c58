package launcher

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

// upload stores a file of testdata, or source itself when it is given.
func upload(t testing.TB, l *Launcher, name string, source []byte) int {
	t.Helper()
	if source == nil {
		source = ok1(os.ReadFile(filepath.Join("testdata", name)))(t)
	}
	p, _, err := l.store.Upload(name, source)
	ok(t, err)
	return p.ID
}

// compileSpeaking compiles a program that speaks the messages by itself, without the runtime.
func compileSpeaking(t testing.TB, l *Launcher, id int, mode string) {
	t.Helper()
	ok1(l.Compile(t.Context(), id, mode))(t)
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	p := &l.store.db.Programs[indexOf(l.store.db, id)]
	for i := range p.Executables {
		p.Executables[i].Plain = false
	}
}

func behave(t testing.TB, l *Launcher, id int, mode, behaviour string, limit time.Duration) *RunResult {
	t.Helper()
	return ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{
		Parameters: Parameters{Arguments: bench.Arguments{"customer": behaviour}}, TimeLimitMS: limit.Milliseconds(),
	}))(t)
}

// nothingLeft checks that no process, cgroup or folder of a run is there.
func nothingLeft(t testing.TB, l *Launcher) {
	t.Helper()
	if left := ok1(os.ReadDir(l.scratch))(t); len(left) != 0 {
		t.Errorf("folders are left: %v", left)
	}
	prefix := "eaibench-" + strconv.Itoa(os.Getpid()) + "-"
	for _, hierarchy := range []string{"memory", "pids", "unified", ""} {
		entries, err := os.ReadDir(filepath.Join("/sys/fs/cgroup", hierarchy))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), prefix) {
				t.Errorf("cgroup %s/%s is left", hierarchy, entry.Name())
			}
		}
	}
	for _, pid := range processesUnder(t, l.scratch) {
		t.Errorf("process %d is left", pid)
	}
}

// processesUnder finds processes that execute a file in folder, deleted or not.
func processesUnder(t testing.TB, folder string) []int {
	t.Helper()
	var found []int
	for _, entry := range ok1(os.ReadDir("/proc"))(t) {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if exe, err := os.Readlink(filepath.Join("/proc", entry.Name(), "exe")); err == nil && strings.HasPrefix(exe, folder+"/") {
			found = append(found, pid)
		}
	}
	return found
}

func TestBadProgramsEndWithTheirCause(t *testing.T) {
	const short = 750 * time.Millisecond
	long := 20 * time.Second
	tests := []struct {
		behaviour string
		limit     time.Duration
		cause     Cause
		reason    string // a part of it
	}{
		{"crash", long, Crashed, "at step prepare; its log ends: "},
		{"exit", long, Crashed, "exited with status 3 at step prepare"},
		{"leave", long, Crashed, "exited with status 0 at step prepare"},
		{"hang", short, TimedOut, "at step prepare"},
		{"close-and-hang", short, TimedOut, "at step prepare"},
		{"flood", long, LogTooLong, "printed more than 1048576 bytes"},
		{"fork", long, ProcessLimit, "limit of 16 processes"},
		{"daemon", long, Crashed, "exited with status 6"},
		{"allocate", long, MemoryLimit, "more than 67108864 bytes of memory"},
		{"garbage", long, NotAMessage, "not a message"},
		{"long-start", long, NotAMessage, "a frame of 2097152 bytes follows, allowed are 2 to 1048576"},
		{"oversize", long, NotAMessage, "a frame of 2147483647 bytes"},
		{"half", short, TimedOut, "at step prepare"}, // it waits in the middle of its own frame
		{"unknown-type", long, NotAMessage, `type "greeting" does not exist`},
		{"out-of-turn", long, NotAMessage, "sent the message finished, its turn is prepared"},
		{"gives-up", long, GaveUp, "generateKeyPair: no entropy"},
	}
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	for _, mode := range s.options.Profile.Chain() {
		compileSpeaking(t, l, id, mode)
		for _, test := range tests {
			t.Run(mode+"/"+test.behaviour, func(t *testing.T) {
				begin := time.Now()
				result := behave(t, l, id, mode, test.behaviour, test.limit)
				if result.Status != Failed || result.Cause != test.cause || !strings.Contains(result.Reason, test.reason) {
					t.Errorf("got %s, %s: %s; want failed, %s: … %s …", result.Status, result.Cause, result.Reason, test.cause, test.reason)
				}
				if test.behaviour == "crash" && !strings.HasPrefix(result.ErrorOutput, "about to crash\n") {
					t.Errorf("error output %q", result.ErrorOutput)
				}
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("took %s", took)
				}
				nothingLeft(t, l)
			})
		}
	}
	if strings.Contains(s.log.String(), "phone number") {
		t.Error("what a program wrote is in the launcher's log")
	}
}

func TestPlainPrograms(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "hello.c", nil)
	for _, mode := range s.options.Profile.Chain() {
		t.Run(mode, func(t *testing.T) {
			ok1(l.Compile(t.Context(), id, mode))(t)
			plain := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{Run: "plain-" + mode}))(t)
			checkPlainRun(t, l, plain)
			// The same program where messages are expected: its text is not one.
			compileSpeaking(t, l, id, mode)
			garbled := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{}))(t)
			if garbled.Status != Failed || garbled.Plain || garbled.Cause != NotAMessage || garbled.Output != "Hello, world\n" {
				t.Errorf("without messages: %s: %s, output %q", garbled.Cause, garbled.Reason, garbled.Output)
			}
			nothingLeft(t, l)
		})
	}
}

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
	t.Run("dropped connection", func(t *testing.T) { checkDroppedConnection(t, s, l, id) })
	t.Run("given up", func(t *testing.T) { checkGivenUp(t, s, l, id) })
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
		if step.OncePerCell || step.Component == bench.DigitalService && step.Metric != "verifyCertificate" {
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
func checkGivenUp(t *testing.T, s *surroundings, l *Launcher, id int) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	store := s.services["store"]
	store.mu.Lock()
	store.meddle = func(http.ResponseWriter, int) bool {
		cancel()
		return false
	}
	store.mu.Unlock()
	result, err := l.Execute(ctx, id, "compartment", ExecuteRequest{})
	ok(t, err)
	store.mu.Lock()
	store.meddle = nil
	store.mu.Unlock()
	// The reply may still have been passed on.
	step := strings.TrimPrefix(result.Reason, "the caller gave the run up at step ")
	if result.Status != Aborted || result.Cause != GivenUp || step != "request 0: read to service store" && step != "running: waiting for the process's next message" {
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

func TestStoppingLauncherAbortsRuns(t *testing.T) {
	s := newSurroundings(t)
	l := ok1(New(t.Context(), s.options))(t)
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "compartment")
	results := make(chan *RunResult, 1)
	go func() {
		result, err := l.Execute(context.Background(), id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
		if err != nil {
			t.Error(err)
		}
		results <- result
	}()
	for len(processesUnder(t, l.scratch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	ok(t, l.Close())
	result := <-results
	if result == nil || result.Status != Aborted || !strings.Contains(result.Reason, "stopping") {
		t.Errorf("got %+v", result)
	}
	if left := processesUnder(t, l.scratch); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
	if _, err := l.Execute(t.Context(), id, "", ExecuteRequest{}); err == nil {
		t.Error("a stopped launcher began a run")
	}
	if _, err := os.Stat(l.scratch); !errors.Is(err, os.ErrNotExist) {
		t.Error("the scratch folder is left")
	}
}

func TestSolutionOfAProgram(t *testing.T) {
	l := &Launcher{services: registry{"b": nil, "a": nil}}
	for _, test := range []struct {
		program, wanted, solution string
		services                  []string
	}{
		{"retail", "", "retail", []string{"store", "taxi", "whatsapp"}},
		{"other", "retail", "retail", []string{"store", "taxi", "whatsapp"}},
		{"other", "", "other", []string{"a", "b"}},
		{"other", "mine", "mine", []string{"a", "b"}},
	} {
		solution, services, err := l.solution(test.program, test.wanted)
		ok(t, err)
		if solution != test.solution || !slices.Equal(services, test.services) {
			t.Errorf("program %s, solution %q: got %s with %v", test.program, test.wanted, solution, services)
		}
	}
	if _, _, err := l.solution("other", "../x"); err == nil {
		t.Error("a solution's name with a slash was taken")
	}
}

func TestRunsWaitForTheirTurn(t *testing.T) {
	s := newSurroundings(t)
	s.options.Limits.Runs = 1
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "hybrid")
	first, giveUp := context.WithCancel(t.Context())
	ended := make(chan Status, 1)
	go func() {
		result, err := l.Execute(first, id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
		if err != nil {
			t.Error(err)
			ended <- ""
			return
		}
		ended <- result.Status
	}()
	for len(processesUnder(t, l.scratch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := l.Execute(impatient, id, "", ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "exit"}}})
	wantFault(t, err, http.StatusServiceUnavailable, "given up")
	giveUp()
	if status := <-ended; status != Aborted {
		t.Errorf("the first run is %s", status)
	}
	if next := behave(t, l, id, "hybrid", "exit", time.Second); next.Cause != Crashed {
		t.Errorf("the next run: %s", next.Message)
	}
}
