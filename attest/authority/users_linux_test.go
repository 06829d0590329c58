package authority

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/platform"
)

// strangerUID is a user of the host: of no mode, and not the attester.
const strangerUID = 64322

// TestPrivilegeIsOfTheProcessToo starts the program as users that somebody else than root could have started it as. The attester has its
// own user and rights each time, and the policy wants just that.
func TestPrivilegeIsOfTheProcessToo(t *testing.T) {
	s := newSite(t, siteSettings{separate: true, policy: func(d *attest.PolicyDocument) {
		d.Attesters[0].Privilege = []string{attest.SeparateUser}
	}})
	usersOf := func(mode string) platform.Users {
		m, err := linuxProfile(t).Mode(mode)
		if err != nil {
			t.Fatal(err)
		}
		return m.Users
	}
	// The effective user is another than the rest.
	oddEffective := func(command []string) []string {
		uid := strconv.Itoa(usersOf("hybrid").First)
		at := slices.Index(command, "--reuid="+uid)
		return slices.Replace(slices.Clone(command), at, at+1, "--ruid="+uid, "--euid="+strconv.Itoa(strangerUID))
	}
	for name, test := range map[string]struct {
		launch launch
		want   string
	}{
		"hybrid, the last of its users":     {launch{mode: "hybrid", uid: usersOf("hybrid").First + usersOf("hybrid").Count - 1}, attest.SeparateUser},
		"hybrid, a stranger":                {launch{mode: "hybrid", uid: strangerUID}, attest.SameUser},
		"hybrid, the attester's user":       {launch{mode: "hybrid", uid: testUID}, attest.SameUser},
		"hybrid, a user of purecap":         {launch{mode: "hybrid", uid: usersOf("purecap").First}, attest.SameUser},
		"hybrid, a stranger beside":         {launch{mode: "hybrid", arguments: oddEffective}, attest.SameUser},
		"purecap, a stranger":               {launch{mode: "purecap", uid: strangerUID}, attest.SameUser},
		"compartment, a stranger":           {launch{mode: "compartment", uid: strangerUID}, attest.SameUser},
		"compartment, the first and beyond": {launch{mode: "compartment", uid: usersOf("compartment").First - 1}, attest.SameUser},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.prepare(test.launch.mode, startTiny(t, test.launch))
			if err := st.attest(); err != nil {
				t.Fatalf("no evidence: %v", err)
			}
			evidence, _, err := attest.ParseEvidence(st.evidence.Evidence)
			if err != nil || evidence.Attester.Privilege != test.want {
				t.Errorf("got %+v, %v, want %s", evidence.Attester, err, test.want)
			}
			_, err = st.certify()
			if test.want == attest.SeparateUser {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantCheck(t, err, attest.CheckAttester)
		})
	}
}

// TestAttesterAmongTheRunsUsers has an attester whose own uid a run could be given.
func TestAttesterAmongTheRunsUsers(t *testing.T) {
	users := platform.Users{First: os.Geteuid() + 1, Count: 64}
	process := &platform.ProcessFacts{UIDs: [4]int{users.First + 1, users.First + 1, users.First + 1, users.First + 1}}
	a := &Attester{separate: true}
	if got := a.privilegeOver(process, users); got != attest.SeparateUser {
		t.Errorf("an attester outside: %s", got)
	}
	users.First--
	if got := a.privilegeOver(process, users); got != attest.SameUser {
		t.Errorf("an attester that is one of them: %s", got)
	}
}

// TestLibraryOfAnotherUser maps the very library of the reference, under its path, from a file that somebody else than root can write to
// after it was measured.
func TestLibraryOfAnotherUser(t *testing.T) {
	libcrypto := mappedLibrary(t, tiny(t).references["compartment"], "libcrypto.so")
	content, err := os.ReadFile(libcrypto)
	if err != nil {
		t.Fatal(err)
	}
	sites := []*site{newSite(t, siteSettings{}), newSite(t, siteSettings{separate: true})}
	for name, test := range map[string]struct {
		owner int
		mode  os.FileMode
		check attest.Check
	}{
		"root's":                {0, 0o755, ""},
		"a user's":              {strangerUID, 0o555, attest.CheckLibrary},
		"root's, group's too":   {0, 0o775, attest.CheckLibrary},
		"root's, everybody's":   {0, 0o757, attest.CheckLibrary},
		"the process's own one": {60828, 0o755, attest.CheckLibrary},
	} {
		t.Run(name, func(t *testing.T) {
			library := filepath.Join(reachableFolder(t), "library")
			if err := errors.Join(os.WriteFile(library, content, 0o600), os.Chown(library, test.owner, test.owner), os.Chmod(library, test.mode)); err != nil {
				t.Fatal(err)
			}
			process := startTiny(t, launch{mode: "compartment", arguments: mapFile(library, libcrypto)})
			for _, s := range sites {
				err := s.prepare("compartment", process).finish()
				if test.check != "" {
					wantCheck(t, err, test.check)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestMeasurementHasATimeLimit waits for a place that does not get free, and measures without time.
func TestMeasurementHasATimeLimit(t *testing.T) {
	s := newSite(t, siteSettings{})
	process := startTiny(t, launch{mode: "hybrid"})
	s.attester.patience = 0
	wantStatus(t, s.prepare("hybrid", process).attest(), http.StatusServiceUnavailable)

	s.attester.patience = 50 * time.Millisecond
	for range cap(s.attester.measuring) {
		s.attester.measuring <- struct{}{}
	}
	wantStatus(t, s.prepare("hybrid", process).attest(), http.StatusServiceUnavailable)
	for range cap(s.attester.measuring) {
		<-s.attester.measuring
	}
	s.attester.patience = measurementTime
	if err := s.prepare("hybrid", process).attest(); err != nil {
		t.Errorf("with a place and time again: %v", err)
	}
}
