package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"eaibench/internal/endpoint"
)

// CheckYAML checks the host's name, or the address, of which there is one.
func (p *ServicePlace) CheckYAML(report func(path, format string, args ...any)) {
	switch {
	case p.Host != "" && p.URL != "":
		report("url", "a service that already runs is started on no host; keep host or url")
	case p.URL != "":
		if fault := endpoint.AddressFault(p.URL); fault != "" {
			report("url", "%.200q %s; want https://HOST:PORT, such as https://ijui-1.example:8441", p.URL, fault)
		}
	case p.Host == "":
		report("", "want host, on which it is started, or url, at which it already runs")
	case !hostPattern.MatchString(p.Host):
		report("host", "%.80q is no host's name", p.Host)
	}
}

// CheckYAML checks the names, and what plays them.
func (h *Hosts) CheckYAML(report func(path, format string, args ...any)) {
	for _, name := range slices.Sorted(maps.Keys(*h)) {
		by := (*h)[name]
		switch {
		case name == LocalHost || name == TargetHost:
			report(name, "every scenario has a host of this name; choose another")
		case !hostPattern.MatchString(name):
			report(name, "want a name of at most 63 lower-case letters, digits and hyphens")
		}
		_, ours := (*h)[by]
		switch {
		case !hostPattern.MatchString(by) || by == TargetHost:
			report(name, "want local or the name of a host of the inventory, found %.80q", by)
		case ours && by != name:
			report(name, "%q is itself a name of this scenario; name what plays it", by)
		}
	}
}

// checkPlacement checks what holds between target, hosts, services and links.
func (s *Scenario) checkPlacement(report reporter) {
	if by := s.PlayedBy(TargetHost); by == LocalHost && s.Target.Kind != "" {
		report("target", "%s is played by local, which is reached without %s", s.Target.Name, s.Target.Kind)
	}
	s.checkLauncher(report)
	for i, link := range s.Links {
		at := element("links", i)
		if len(link.Between) != 2 || slices.ContainsFunc(link.Between, notHost) {
			continue // reported by its own check
		}
		ends := s.endsOf(link)
		before := slices.IndexFunc(s.Links[:i], func(l Link) bool { return s.endsOf(l).are(ends) })
		switch {
		case ends[0] == ends[1]:
			report(at+".between", "%s is one host, %s: a link is between two", names(link.Between), ends[0])
		case before >= 0:
			report(at+".between", "%s stands twice: links[%d] is between these hosts too", names(link.Between), before)
		case s.idle(ends):
			report(at+".between", "nothing goes over a link between %s: want the target, %s, and a host on which a service or the root CA (local) is", names(link.Between), s.Target.name())
		}
	}
}

// idle tells whether nothing goes over a link: launcher and process, on the target, talk to the services and the root CA.
func (s *Scenario) idle(e ends) bool {
	other := e[0]
	switch s.HostNamed(TargetHost) {
	case e[0]:
		other = e[1]
	case e[1]:
	default:
		return true
	}
	if other == LocalHost {
		return false
	}
	for _, place := range s.Services.Places.read {
		if place.URL == "" && s.HostNamed(place.Host) == other {
			return false
		}
	}
	return true
}

// placementFaults is everything wrong with the placement, without places in a file.
func (s *Scenario) placementFaults() error {
	var faults []error
	s.checkPlacement(func(path, format string, args ...any) {
		faults = append(faults, fmt.Errorf(path+": "+format, args...))
	})
	return errors.Join(faults...)
}

func notHost(name string) bool { return !hostPattern.MatchString(name) }

func names(two []string) string { return two[0] + " and " + two[1] }

func element(list string, index int) string { return fmt.Sprintf("%s[%d]", list, index) }
