package results

import (
	"strings"
	"testing"
)

func TestLinkKinds(t *testing.T) {
	p := &Placement{
		Target: "ssh:board", PlayedBy: map[string]string{"board": "local", "near": "local", "far": "local", "other": "ijui"},
		Services: []PlacedService{{Service: "a", Host: "board"}, {Service: "b", Host: "near"}, {Service: "c", Host: "far"}, {Service: "d", Host: "other"}},
		Links:    []Link{{Between: [2]string{"far", "board"}, Emulated: true}},
	}
	for service, want := range map[string]string{"a": "", "b": "", "c": "emulated", "d": "real", "of nobody": "", "": "emulated real"} {
		if got := strings.Join(p.LinkKinds(service), " "); got != want {
			t.Errorf("%s: got %q, want %q", service, got, want)
		}
	}
	if got := p.LinksText(); got != "Links between launcher and services are emulated and real." {
		t.Error(got)
	}
	p.Links = append(p.Links, Link{Between: [2]string{"board", "local"}})
	p.Services = p.Services[:1]
	if got := p.LinksText(); got != "Links between launcher and services are real." {
		t.Error(got)
	}
	p.Services = []PlacedService{{Service: "a", URL: "https://ijui.example:8441"}}
	p.Links = nil
	if got := strings.Join(p.LinkKinds("a"), " "); got != "real" {
		t.Errorf("a service that already runs is behind a link that is %q", got)
	}
	p = nil
	if len(p.LinkKinds("")) != 0 || p.LinksText() != "" || p.TargetHost() != "local" || p.LinkTo("x") != nil || p.Service("a").Host != "local" {
		t.Error("without a placement not everything is on this host")
	}
}

// A service that already runs is what it was, or it is said in what it is not.
func TestChangesOfRunningServices(t *testing.T) {
	p := &Placement{Target: "local", Services: []PlacedService{
		{Service: "store", URL: "https://ijui.example:8441", CertificateSHA256: "aa"}, {Service: "taxi", Host: "local"},
	}}
	for _, test := range []struct {
		now  PlacedService
		want string
	}{
		{p.Services[0], ""},
		{PlacedService{Service: "store", URL: p.Services[0].URL, CertificateSHA256: "bb"}, "service store: its certificate had SHA-256 aa, now bb"},
		{PlacedService{Service: "store", URL: p.Services[0].URL, CertificateSHA256: "aa", NotReset: true}, "service store: its data were reset, now not reset"},
	} {
		if got := strings.Join(p.Changes([]PlacedService{test.now}), "; "); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if !p.Services[0].Runs() || p.Services[1].Runs() {
		t.Error("what already runs is not told from what is started")
	}
}

// TestLauncherBesideTheRunner: what is beside the launcher is behind no link, whatever the target is; what is elsewhere is.
func TestLauncherBesideTheRunner(t *testing.T) {
	onTarget := &Placement{
		Target: "ssh:board", PlayedBy: map[string]string{"board": "board", "local": "local", "ijui": "ijui"},
		Services: []PlacedService{{Service: "a", Host: "local"}, {Service: "b", Host: "ijui"}},
	}
	beside := *onTarget
	beside.Launcher, beside.Compile = OnControl, OnControl
	for _, test := range []struct {
		placement *Placement
		host      string
		a, b      string
	}{
		{onTarget, "board", "real", "real"},
		{&beside, "local", "", "real"},
	} {
		p := test.placement
		if a, b := strings.Join(p.LinkKinds("a"), " "), strings.Join(p.LinkKinds("b"), " "); p.LauncherHost() != test.host || a != test.a || b != test.b {
			t.Errorf("launcher on %s, links %q and %q, want %+v", p.LauncherHost(), a, b, test)
		}
	}
	if got := beside.Service("c").Host; got != "local" {
		t.Errorf("a service that is not placed is on %s", got)
	}
	words := beside.words()
	if words["launcher"] != OnControl || words["compile"] != OnControl || onTarget.words()["launcher"] != "" || words["service b"] != "ijui" {
		t.Errorf("it is told as %v", words)
	}
}
