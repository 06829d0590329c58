package platform

import (
	"context"
	"fmt"
	"runtime"
)

// OtherSystem is the error of a profile whose programs this host cannot run.
type OtherSystem struct {
	// Platform is the profile's, Needs the operating system that it is for, and Here
	// this host's, both as Go names them.
	Platform, Needs, Here string
}

// Error says what is missing, and what can be done without it.
func (e *OtherSystem) Error() string {
	return fmt.Sprintf("platform %s runs its programs on %s and this host is %s: start eaibench on a host with %s; here its scenarios can be validated and planned",
		e.Platform, e.Needs, e.Here, e.Needs)
}

// CheckHost tells whether this host has the operating system that the platform's
// programs run on. The error is an *OtherSystem.
func (p *Profile) CheckHost() error { return p.checkSystem(runtime.GOOS) }

// tools are programs by system and name, where they are not at the same place on all.
var tools = map[string]map[string]string{
	"linux":   {"chown": "/usr/bin/chown", "realpath": "/usr/bin/realpath"},
	"freebsd": {"chown": "/usr/sbin/chown", "realpath": "/bin/realpath"},
}

// Tool gives the path of chown or realpath on the system that the mode's programs run on.
func (m *Mode) Tool(name string) string {
	system := m.profile.System
	if tools[system] == nil {
		system = "linux"
	}
	return tools[system][name]
}

// ToolHere gives the path of chown or realpath on this host.
func ToolHere(name string) string {
	if found := tools[runtime.GOOS][name]; found != "" {
		return found
	}
	return tools["linux"][name]
}

// FreeBSD tells whether the mode's programs run on FreeBSD.
func (m *Mode) FreeBSD() bool { return m.profile.System == "freebsd" }

// Versions gives the releases that the profile's conditions compare, of the host on which run runs commands; none where the
// profile is of a system that has none.
func (m *Mode) Versions(ctx context.Context, run Commands) (map[string]string, error) {
	if !m.FreeBSD() {
		return nil, nil
	}
	return FreeBSD{Run: run}.Versions(ctx)
}

func (p *Profile) checkSystem(here string) error {
	if p.System == here {
		return nil
	}
	return &OtherSystem{p.Platform, p.System, here}
}
