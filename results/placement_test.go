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
	p = nil
	if len(p.LinkKinds("")) != 0 || p.LinksText() != "" || p.TargetHost() != "local" || p.LinkTo("x") != nil || p.Service("a").Host != "local" {
		t.Error("without a placement not everything is on this host")
	}
}
