package scenarios

import (
	"maps"
	"slices"
)

// Launcher says where launcher and attester run.
type Launcher struct {
	// Place is target, the default, or control: beside the runner, and compiler and process are reached over the target's host
	// interface alone, so that evidence is second-hand.
	Place string `yaml:"place,omitempty"`
}

// Places of the launcher.
const (
	// OnTarget is on the target.
	OnTarget = "target"
	// OnControl is on the host on which the campaign is run.
	OnControl = "control"
)

var launcherPlaces = []string{OnTarget, OnControl}

// Controlled tells whether launcher and attester run beside the runner; nothing of eaibench is on the target then.
func (s *Scenario) Controlled() bool { return s.Launcher.Place == OnControl }

// checkLauncher checks where the launcher runs, and what cannot be where it runs beside the runner.
func (s *Scenario) checkLauncher(report reporter) {
	oneOf(report, "launcher.place", s.Launcher.Place, launcherPlaces)
	s.checkCompile(report)
	if !s.Controlled() {
		return
	}
	for _, service := range slices.Sorted(maps.Keys(s.Services.Places.read)) {
		if s.Services.Places.read[service].URL != "" {
			report("services."+service+".url", "a service that already runs is reached from the target, where no launcher is with launcher.place: %s; start it on a host instead", OnControl)
			continue
		}
		if place := s.Services.Places.read[service]; hostPattern.MatchString(place.Host) && s.PlayedBy(place.Host) == s.PlayedBy(TargetHost) && s.PlayedBy(TargetHost) != LocalHost {
			report("services."+service+".host", "it is the target, on which nothing of eaibench runs with launcher.place: %s; name another host", OnControl)
		}
	}
	if len(s.Links) > 0 {
		report("links", "with launcher.place: %s nothing on the target could emulate or measure a link; leave one of the two out", OnControl)
	}
}
