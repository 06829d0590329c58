package authority

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/internal/endpoint"
)

// TestCARefusesWhatIsBrought holds attacks by the launcher on what it carries: the process itself is honest.
func TestCARefusesWhatIsBrought(t *testing.T) {
	s := newSite(t, siteSettings{})
	process := startTiny(t, launch{mode: "hybrid"})
	// before changes what the process is given, after what the CA is given.
	for name, test := range map[string]struct {
		before, after func(*start)
		check         attest.Check
	}{
		"CSR with the launcher's keys": {nil, func(st *start) {
			st.identity, _ = attest.GenerateIdentity()
			st.csr, _ = attest.CreateCSR(st.identity, tinyProgram, st.binding)
		}, attest.CheckProcessKey},
		"evidence of another start": {nil, func(st *start) {
			other := s.prepare("hybrid", process)
			if err := other.attest(); err != nil {
				t.Fatal(err)
			}
			st.evidence = other.evidence
		}, attest.CheckNonce},
		"nonce of its own": {func(st *start) {
			rand.Read(st.binding.Nonce[:])
			st.request.Nonce = st.binding.Nonce[:]
		}, nil, attest.CheckNonce},
		"root of its own given to the process": {func(st *start) {
			st.binding.RootSHA256 = sha256.Sum256([]byte("another root certificate"))
		}, nil, attest.CheckRoot},
		"other parameters than the process's": {nil, func(st *start) {
			st.parameters = bytes.Replace(st.parameters, []byte("15000"), []byte("15001"), 1)
		}, attest.CheckParameters},
		"parameters outside the policy":  {func(st *start) { st.give(`"requests":1,`, `"requests":11,`) }, nil, attest.CheckParameters},
		"parameters malformed":           {func(st *start) { st.give(`}`, `,"requests":1}`) }, nil, attest.CheckParameters},
		"crypto none":                    {func(st *start) { st.give(`"hpke"`, `"none"`) }, nil, attest.CheckCrypto},
		"verify cached":                  {func(st *start) { st.give(`"requests"`, `"verify":"cached","requests"`) }, nil, attest.CheckVerify},
		"another mode in the parameters": {func(st *start) { st.give(`"mode":"hybrid"`, `"mode":"compartment"`) }, nil, attest.CheckMode},
		"another run in the parameters":  {func(st *start) { st.give(testRun, "run-2") }, nil, attest.CheckRun},
		"another program in the parameters": {func(st *start) {
			st.give(`"program":"tiny"`, `"program":"retail"`)
		}, nil, attest.CheckProgram},
		"evidence altered": {nil, func(st *start) { st.evidence.Evidence[len(st.evidence.Evidence)-1] ^= 1 }, attest.CheckEvidenceSignature},
		"evidence cut off": {nil, func(st *start) { st.evidence.Evidence = st.evidence.Evidence[:100] }, attest.CheckEvidenceSignature},
		"no evidence":      {nil, func(st *start) { st.evidence.Evidence = nil }, attest.CheckEvidenceSignature},
		"CSR altered":      {nil, func(st *start) { st.csr[len(st.csr)-1] ^= 1 }, attest.CheckCSRSignature},
		"evidence resigned by an attester of its own": {nil, resign, attest.CheckAttester},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.prepare("hybrid", process)
			if test.before != nil {
				test.before(st)
				st.makeCSR()
			}
			if err := st.attest(); err != nil {
				t.Fatalf("no evidence: %v", err)
			}
			if test.after != nil {
				test.after(st)
			}
			_, err := st.certify()
			wantCheck(t, err, test.check)
			// The one exception was never shown to the CA.
			if st.binding.Nonce == st.nonce && s.ca.nonces.take(st.nonce) {
				t.Error("the nonce can still be used after a refusal")
			}
		})
	}
}

// give gives the process other parameters, and tells the CA the same.
func (st *start) give(old, replacement string) {
	st.parameters = []byte(strings.Replace(string(st.parameters), old, replacement, 1))
	st.binding.ParametersSHA256 = sha256.Sum256(st.parameters)
}

// resign has the launcher sign what the attester saw.
func resign(st *start) {
	evidence, _, err := attest.ParseEvidence(st.evidence.Evidence)
	if err == nil {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		st.evidence.Evidence, err = attest.SignEvidence(evidence, key)
	}
	if err != nil {
		st.site.t.Fatal(err)
	}
}

func TestCertificateTakesItsNonceAlong(t *testing.T) {
	s := newSite(t, siteSettings{})
	st := s.prepare("hybrid", startTiny(t, launch{mode: "hybrid"}))
	if err := st.finish(); err != nil {
		t.Fatal(err)
	}
	_, err := st.certify()
	wantCheck(t, err, attest.CheckNonce)
}

func TestOneNonceGivesOneCertificateUnderConcurrency(t *testing.T) {
	s := newSite(t, siteSettings{})
	st := s.prepare("hybrid", startTiny(t, launch{mode: "hybrid"}))
	if err := st.attest(); err != nil {
		t.Fatal(err)
	}
	var certified, refused atomic.Int64
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			if _, err := st.certify(); err == nil {
				certified.Add(1)
			} else if fault, ok := errors.AsType[*endpoint.Fault](err); ok && fault.Check == string(attest.CheckNonce) {
				refused.Add(1)
			}
		})
	}
	asking.Wait()
	if certified.Load() != 1 || refused.Load() != 15 {
		t.Errorf("%d certificates and %d refusals by check nonce of 16 requests", certified.Load(), refused.Load())
	}
}

func TestCARefusesWhatIsTooOld(t *testing.T) {
	process := startTiny(t, launch{mode: "hybrid"})
	for name, test := range map[string]struct {
		age   func(*site, time.Duration)
		by    time.Duration
		check attest.Check
	}{
		"nonce":                    {func(s *site, d time.Duration) { s.ca.nonces.now = later(d) }, NonceLifetime, attest.CheckNonce},
		"evidence":                 {func(s *site, d time.Duration) { s.ca.now = later(d) }, time.Minute + 2*time.Second, attest.CheckEvidenceAge},
		"evidence from the future": {func(s *site, d time.Duration) { s.ca.now = later(-d) }, time.Hour, attest.CheckEvidenceAge},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, siteSettings{})
			st := s.prepare("hybrid", process)
			if err := st.attest(); err != nil {
				t.Fatal(err)
			}
			test.age(s, test.by)
			_, err := st.certify()
			wantCheck(t, err, test.check)
		})
	}
}

func later(d time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(d) }
}

func TestCAKeepsToItsPolicy(t *testing.T) {
	process := startTiny(t, launch{mode: "hybrid"})
	for name, test := range map[string]struct {
		policy func(*attest.PolicyDocument)
		check  attest.Check
	}{
		"mode below the required":   {func(d *attest.PolicyDocument) { d.Modes = []string{"compartment"} }, attest.CheckMode},
		"privilege not accepted":    {func(d *attest.PolicyDocument) { d.Attesters[0].Privilege = []string{attest.SeparateUser} }, attest.CheckAttester},
		"attester unknown":          {func(d *attest.PolicyDocument) { d.Attesters[0].PublicKey = foreignPublicKey() }, attest.CheckAttester},
		"program without reference": {func(d *attest.PolicyDocument) { d.References = nil }, attest.CheckProgram},
		"variable with another value": {func(d *attest.PolicyDocument) {
			d.Environment["PWD"] = []string{"/home"}
		}, attest.CheckEnvironment},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, siteSettings{policy: test.policy})
			wantCheck(t, s.prepare("hybrid", process).finish(), test.check)
		})
	}
}

func TestAttesterNoticesAChangeDuringTheMeasurement(t *testing.T) {
	s := newSite(t, siteSettings{})
	t.Run("another digest", func(t *testing.T) {
		process := startTiny(t, launch{mode: "hybrid"})
		s.attester.beforeLast = func() { process.holdDigestOf([]byte("another CSR")) }
		wantCheck(t, s.prepare("hybrid", process).attest(), attest.CheckCSRDigest)
	})
	t.Run("its end", func(t *testing.T) {
		process := startTiny(t, launch{mode: "hybrid"})
		s.attester.beforeLast = func() {
			if err := process.process.Kill(); err != nil {
				t.Error(err)
			}
			waitUntilGone(t, process.pid)
		}
		wantStatus(t, s.prepare("hybrid", process).attest(), http.StatusConflict)
	})
}

// waitUntilGone waits for the process's end by the descriptor that tells it.
func waitUntilGone(t *testing.T, pid int) {
	t.Helper()
	held, err := holdProcess(pid)
	if err != nil {
		return // gone already
	}
	defer held.release()
	for deadline := time.Now().Add(2 * time.Minute); held.alive() == nil; {
		if time.Now().After(deadline) {
			t.Fatal("the process does not end")
		}
	}
}

func TestAttesterNamesWhatItCannotMeasure(t *testing.T) {
	s := newSite(t, siteSettings{})
	process := startTiny(t, launch{mode: "hybrid"})
	for name, test := range map[string]struct {
		spoil  func(*start)
		status int
	}{
		"PID of nobody":      {func(st *start) { st.process = &tinyProcess{pid: 1 << 30} }, http.StatusConflict},
		"PID 0":              {func(st *start) { st.process = &tinyProcess{} }, http.StatusBadRequest},
		"thread":             {func(st *start) { st.process = &tinyProcess{pid: threadOfSelf(t)} }, http.StatusUnprocessableEntity},
		"negative PID":       {func(st *start) { st.process = &tinyProcess{pid: -1} }, http.StatusBadRequest},
		"unknown platform":   {func(st *start) { st.request.Platform = "solaris" }, http.StatusBadRequest},
		"platform as a path": {func(st *start) { st.request.Platform = "../../etc/passwd" }, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.prepare("hybrid", process)
			test.spoil(st)
			wantStatus(t, st.attest(), test.status)
		})
	}
}

// threadOfSelf is the id of a thread that is not the first of its process.
func threadOfSelf(t *testing.T) int {
	t.Helper()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		if id, err := strconv.Atoi(thread.Name()); err == nil && id != os.Getpid() {
			return id
		}
	}
	t.Fatal("this test's process has one thread only")
	return 0
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	if fault, ok := errors.AsType[*endpoint.Fault](err); !ok || fault.Status != status {
		t.Errorf("got %v, want a fault of status %d", err, status)
	}
}
