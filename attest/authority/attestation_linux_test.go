package authority

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/attest"
)

// TestAttestedStart is the honest start, in every mode, with an attester of its own user: it measures processes of a third uid, in
// folders that are closed to it, also inside bubblewrap.
func TestAttestedStart(t *testing.T) {
	s := newSite(t, siteSettings{separate: true})
	for _, mode := range linuxProfile(t).Chain() {
		t.Run(mode, func(t *testing.T) {
			st := s.prepare(mode, startTiny(t, launch{mode: mode}))
			if err := st.attest(); err != nil {
				t.Fatal(err)
			}
			reply, err := st.certify()
			if err != nil {
				t.Fatal(err)
			}
			certificate, err := s.root.VerifyProcessCertificate(reply.Certificate, st.identity, tinyProgram, testRun, st.binding, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if len(reply.Timings) != 1 || reply.Timings[0].Metric != "sign" || reply.Timings[0].Nanoseconds <= 0 || st.evidence.Nanoseconds <= 0 {
				t.Errorf("timings %v, %d ns", reply.Timings, st.evidence.Nanoseconds)
			}
			signed, err := attest.EvidenceOf(certificate)
			if err != nil {
				t.Fatal(err)
			}
			evidence, err := attest.VerifyEvidence(signed, s.ca.policy)
			if err != nil {
				t.Fatal(err)
			}
			checkEvidence(t, evidence, st, mode)
		})
	}
}

func checkEvidence(t *testing.T, e *attest.Evidence, st *start, mode string) {
	t.Helper()
	user := 0
	for _, m := range linuxProfile(t).Modes {
		if m.Name == mode {
			user = m.Users.First
		}
	}
	if e.Attester != (attest.AttesterFacts{Privilege: attest.SeparateUser, UID: testUID}) {
		t.Errorf("attester %+v", e.Attester)
	}
	if e.Mode != mode || e.Process != (attest.ProcessFacts{UID: user}) {
		t.Errorf("mode %s, process %+v", e.Mode, e.Process)
	}
	if sha256.Sum256([]byte(st.evidence.MemoryMap)) != e.MemoryMapSHA256 || !strings.Contains(st.evidence.MemoryMap, "libcrypto") {
		t.Error("the memory map beside the evidence is not the one measured")
	}
	if !strings.HasPrefix(e.OpenSSL, "OpenSSL 3.") || e.CPU.Count < 1 || !strings.HasPrefix(e.OperatingSystem, "Linux ") {
		t.Errorf("openssl %q, cpu %+v, system %q", e.OpenSSL, e.CPU, e.OperatingSystem)
	}
	if (e.Compartment.Kind == "bubblewrap") != (mode == "compartment") {
		t.Errorf("compartment %+v", e.Compartment)
	}
}

// TestAttesterRefuses holds what the attester itself does not make evidence of.
func TestAttesterRefuses(t *testing.T) {
	s := newSite(t, siteSettings{})
	hybrid := startTiny(t, launch{mode: "hybrid"})
	purecap := startTiny(t, launch{mode: "purecap"})
	compartment := startTiny(t, launch{mode: "compartment"})
	for name, test := range map[string]struct {
		process *tinyProcess
		mode    string // that the launcher names
		spoil   func(*start)
		check   attest.Check
	}{
		"CSR that the process did not make": {hybrid, "hybrid", func(st *start) {
			st.process.holdDigestOf([]byte("its own CSR"))
		}, attest.CheckCSRDigest},
		"process without the digest": {hybrid, "hybrid", func(st *start) { st.process = &tinyProcess{pid: os.Getpid()} }, attest.CheckCSRDigest},
		"CSR altered": {hybrid, "hybrid", func(st *start) {
			st.csr[len(st.csr)-1] ^= 1
			st.process.holdDigestOf(st.csr)
		}, attest.CheckCSRSignature},
		"environment that is no text":    {startTiny(t, launch{mode: "hybrid", environment: []string{"ODD=\xff"}}), "hybrid", nil, attest.CheckEnvironment},
		"another nonce than the CSR's":   {hybrid, "hybrid", func(st *start) { st.request.Nonce = make([]byte, 32) }, attest.CheckNonce},
		"no nonce":                       {hybrid, "hybrid", func(st *start) { st.request.Nonce = nil }, attest.CheckNonce},
		"hybrid named purecap":           {hybrid, "purecap", nil, attest.CheckMode},
		"hybrid named compartment":       {hybrid, "compartment", nil, attest.CheckMode},
		"purecap named hybrid":           {purecap, "hybrid", nil, attest.CheckMode},
		"purecap named compartment":      {purecap, "compartment", nil, attest.CheckCompartment},
		"compartment named purecap":      {compartment, "purecap", nil, attest.CheckCompartment},
		"mode that the platform has not": {hybrid, "benchmark", nil, attest.CheckMode},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.prepare(test.mode, test.process)
			if test.spoil != nil {
				test.spoil(st)
			}
			wantCheck(t, st.attest(), test.check)
		})
	}
}

// TestCARefusesWhatRuns holds attacks on the process: honest evidence of something that must not be certified. An attester of its own
// user reads mapped files in another way than root does, and one on another host by commands, so all three measure.
func TestCARefusesWhatRuns(t *testing.T) {
	built := tiny(t)
	libcrypto := mappedLibrary(t, built.references["hybrid"], "libcrypto.so")
	folder := reachableFolder(t)
	library, executable := filepath.Join(folder, filepath.Base(libcrypto)), filepath.Join(folder, "altered")
	appendByte(t, libcrypto, library)
	appendByte(t, filepath.Join(built.folder, "hybrid", "build", tinyProgram), executable)

	sites := []*site{newSite(t, siteSettings{}), newSite(t, siteSettings{separate: true}), newSite(t, siteSettings{there: overSSH(t)})}
	for name, test := range map[string]struct {
		launch launch
		act    func(*testing.T, *tinyProcess)
		check  attest.Check
	}{
		"executable changed after compiling":  {launch{mode: "hybrid", executable: executable}, nil, attest.CheckExecutable},
		"library preloaded":                   {launch{mode: "hybrid", environment: []string{"LD_PRELOAD=" + library}}, nil, attest.CheckLibrary},
		"library from elsewhere":              {launch{mode: "hybrid", environment: []string{"LD_LIBRARY_PATH=" + folder}}, nil, attest.CheckLibrary},
		"library changed under the same name": {launch{mode: "compartment", arguments: mapFile(library, libcrypto)}, nil, attest.CheckLibrary},
		"variable that is not allowed":        {launch{mode: "hybrid", environment: []string{"EXTRA=1"}}, nil, attest.CheckEnvironment},
		"memory made executable":              {launch{mode: "purecap"}, func(_ *testing.T, p *tinyProcess) { p.command('m') }, attest.CheckMemory},
		"memory made executable, confined":    {launch{mode: "compartment"}, func(_ *testing.T, p *tinyProcess) { p.command('m') }, attest.CheckMemory},
		"traced":                              {launch{mode: "hybrid"}, func(t *testing.T, p *tinyProcess) { trace(t, p.pid) }, attest.CheckTracer},
	} {
		t.Run(name, func(t *testing.T) {
			process := startTiny(t, test.launch)
			if test.act != nil {
				test.act(t, process)
			}
			for _, s := range sites {
				st := s.prepare(test.launch.mode, process)
				if err := st.attest(); err != nil {
					t.Fatalf("no evidence: %v", err)
				}
				_, err := st.certify()
				wantCheck(t, err, test.check)
			}
		})
	}
}

func mappedLibrary(t *testing.T, reference *attest.Reference, name string) string {
	t.Helper()
	for path := range reference.Libraries {
		if strings.HasPrefix(filepath.Base(path), name) {
			return path
		}
	}
	t.Fatalf("the reference has no library %s", name)
	return ""
}

// appendByte copies a file with one byte more: it works as before, and is not the same.
func appendByte(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, append(content, 0), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
