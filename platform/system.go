package platform

import (
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

func (p *Profile) checkSystem(here string) error {
	if p.System == here {
		return nil
	}
	return &OtherSystem{p.Platform, p.System, here}
}
