package authority

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
)

// overSSH is this host, reached by a real SSH server.
func overSSH(t *testing.T) hosts.Host {
	t.Helper()
	requireRoot(t)
	host, err := ssh.New(sshtest.Start(t).Config("board"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// TestSecondHand: over SSH an attester measures what one on the host does, says that it is second-hand, and is believed where the policy
// says so.
func TestSecondHand(t *testing.T) {
	first, second := newSite(t, siteSettings{}), newSite(t, siteSettings{there: overSSH(t)})
	for _, mode := range linuxProfile(t).Chain() {
		t.Run(mode, func(t *testing.T) {
			process := startTiny(t, launch{mode: mode})
			var seen [2]*attest.Evidence
			for i, s := range []*site{first, second} {
				st := s.prepare(mode, process)
				if err := st.finish(); err != nil {
					t.Fatal(err)
				}
				evidence, _, err := attest.ParseEvidence(st.evidence.Evidence)
				if err != nil {
					t.Fatal(err)
				}
				seen[i] = evidence
			}
			if got, want := seen[1].Attester, (attest.AttesterFacts{Privilege: attest.SecondHand, UID: 0}); got != want {
				t.Errorf("attester %+v, want %+v", got, want)
			}
			// What belongs to the start, and not to what is measured.
			for _, e := range seen {
				e.Nonce, e.IssuedAt, e.Confirmation, e.CSRSHA256, e.Attester = [32]byte{}, 0, attest.Confirmation{}, [32]byte{}, attest.AttesterFacts{}
			}
			if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
				t.Errorf("measured here (-), there (+):\n%s", diff)
			}
		})
	}
}

// TestSecondHandHasToBeAllowed: a policy that does not name it refuses it, at the CA.
func TestSecondHandHasToBeAllowed(t *testing.T) {
	process := startTiny(t, launch{mode: "hybrid"})
	s := newSite(t, siteSettings{there: overSSH(t), policy: func(d *attest.PolicyDocument) {
		d.Attesters[0].Privilege = []string{attest.SeparateUser, attest.SameUser}
	}})
	wantCheck(t, s.prepare("hybrid", process).finish(), attest.CheckAttester)
}

// TestSecondHandRefuses: what an attester makes no evidence of on its own host, it does not there either.
func TestSecondHandRefuses(t *testing.T) {
	s := newSite(t, siteSettings{there: overSSH(t)})
	hybrid := startTiny(t, launch{mode: "hybrid"})
	for name, test := range map[string]struct {
		mode  string
		spoil func(*start)
		check attest.Check
	}{
		"CSR that the process did not make": {"hybrid", func(st *start) { st.process.holdDigestOf([]byte("its own CSR")) }, attest.CheckCSRDigest},
		"process without the digest":        {"hybrid", func(st *start) { st.process = &tinyProcess{pid: 1} }, ""},
		"hybrid named purecap":              {"purecap", nil, attest.CheckMode},
		"hybrid named compartment":          {"compartment", nil, attest.CheckMode},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.prepare(test.mode, hybrid)
			if test.spoil != nil {
				test.spoil(st)
			}
			if test.check == "" {
				wantStatus(t, st.attest(), http.StatusBadRequest)
				return
			}
			wantCheck(t, st.attest(), test.check)
		})
	}
	t.Run("another digest meanwhile", func(t *testing.T) {
		s.attester.beforeLast = func() { hybrid.holdDigestOf([]byte("another CSR")) }
		defer func() { s.attester.beforeLast = nil }()
		wantCheck(t, s.prepare("hybrid", hybrid).attest(), attest.CheckCSRDigest)
	})
	t.Run("its end meanwhile", func(t *testing.T) {
		process := startTiny(t, launch{mode: "hybrid"})
		s.attester.beforeLast = func() {
			if err := process.process.Kill(); err != nil {
				t.Error(err)
			}
			waitUntilGone(t, process.pid)
		}
		defer func() { s.attester.beforeLast = nil }()
		wantStatus(t, s.prepare("hybrid", process).attest(), http.StatusConflict)
	})
	t.Run("PID of nobody", func(t *testing.T) {
		st := s.prepare("hybrid", hybrid)
		st.process = &tinyProcess{pid: 1 << 30}
		wantStatus(t, st.attest(), http.StatusConflict)
	})
}
