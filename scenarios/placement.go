package scenarios

import (
	"errors"
	"fmt"
	"slices"

	"eaibench/integration_process"
)

// Hosts are names that a scenario uses for hosts, and for each what plays it: local, or a host of the inventory.
type Hosts map[string]string

// ServicePlace says where a digital service is: on a host, on which it is started for the campaign, or at the address of one that
// already runs.
type ServicePlace struct {
	// Host on which it is started: local, target, a name of the scenario's hosts, or one of the inventory.
	Host string `yaml:"host,omitempty"`
	// URL of one that already runs, https://HOST:PORT, started by an operator of its own.
	URL string `yaml:"url,omitempty"`
}

// ServicePlaces are the places of the solution's services, under the services' names.
type ServicePlaces struct {
	names []string // of the solution's services
	read  map[string]*ServicePlace
}

// ExtraKeys lists the solution's services.
func (p *ServicePlaces) ExtraKeys() []string { return p.names }

// Extra gives what a service's place is read into.
func (p *ServicePlaces) Extra(key string) any {
	if p.read == nil {
		p.read = map[string]*ServicePlace{}
	}
	p.read[key] = new(ServicePlace)
	return p.read[key]
}

// ServicePlace gives the place of a service; one that the scenario does not place is where the launcher runs: on the target, or beside
// the runner.
func (s *Scenario) ServicePlace(service string) ServicePlace {
	if place := s.Services.Places.read[service]; place != nil {
		return *place
	}
	if s.Controlled() {
		return ServicePlace{Host: LocalHost}
	}
	return ServicePlace{Host: TargetHost}
}

// RunningServices are the addresses of the services that already run, by their IDs.
func (s *Scenario) RunningServices() map[string]string {
	running := map[string]string{}
	for service, place := range s.Services.Places.read {
		if place.URL != "" {
			running[service] = place.URL
		}
	}
	return running
}

// SetTarget runs the scenario on another target than its file says. The error is every reason why the scenario has no such
// target.
func (s *Scenario) SetTarget(target Target) error {
	before := s.Target
	s.Target = target
	if err := s.placementFaults(); err != nil {
		s.Target = before
		return err
	}
	return nil
}

// SetPlatform runs the scenario on another platform than its file says, a shipped one's name or a profile's file. The error is every
// reason why it cannot.
func (s *Scenario) SetPlatform(name string) error {
	before, file := s.Platform, s.platformFile
	s.Platform, s.platformFile = name, ""
	var faults []error
	s.checkModes(func(path, format string, args ...any) {
		faults = append(faults, fmt.Errorf(path+": "+format, args...))
	})
	if len(faults) > 0 {
		s.Platform, s.platformFile = before, file
	}
	return errors.Join(faults...)
}

// HostNamed gives the host's own name where the name is target, else the name as it is.
func (s *Scenario) HostNamed(name string) string {
	if name == TargetHost {
		return s.Target.name()
	}
	return name
}

// PlayedBy gives what plays a host that the scenario names, the target among them: local, or a name of the inventory.
func (s *Scenario) PlayedBy(name string) string {
	name = s.HostNamed(name)
	if by, there := s.Hosts[name]; there {
		return by
	}
	return name
}

// InventoryHosts lists the names that the inventory must have, sorted. Whether it has them, and whether the target is of the
// kind that its prefix says, is for whoever has the inventory to check.
func (s *Scenario) InventoryHosts() []string {
	names := []string{TargetHost}
	for _, place := range s.Services.Places.read {
		names = append(names, place.Host)
	}
	for _, link := range s.Links {
		names = append(names, link.Between...)
	}
	var needed []string
	for _, name := range names {
		if by := s.PlayedBy(name); by != LocalHost && by != "" {
			needed = append(needed, by)
		}
	}
	slices.Sort(needed)
	return slices.Compact(needed)
}

// Emulated tells whether a link is to be emulated: this host plays both of its ends. Between other hosts nothing is emulated.
func (s *Scenario) Emulated(link Link) bool {
	return !slices.ContainsFunc(link.Between, func(name string) bool { return s.PlayedBy(name) != LocalHost })
}

// LinkTo finds the link between the target and another host, whichever names it has there.
func (s *Scenario) LinkTo(host string) (Link, bool) {
	ends := ends{s.HostNamed(TargetHost), s.HostNamed(host)}
	at := slices.IndexFunc(s.Links, func(l Link) bool { return s.endsOf(l).are(ends) })
	if at < 0 {
		return Link{}, false
	}
	return s.Links[at], true
}

// ends are the two hosts of a link, in either order.
type ends [2]string

func (e ends) are(other ends) bool { return e == other || e == ends{other[1], other[0]} }

func (s *Scenario) endsOf(link Link) ends {
	if len(link.Between) != 2 {
		return ends{} // reported by its own check
	}
	return ends{s.HostNamed(link.Between[0]), s.HostNamed(link.Between[1])}
}

// servicesOf lists the services of a solution; of one that is not known, which the check reports, those of every solution.
func servicesOf(solution string) []string {
	var services []string
	for _, name := range solutionsNamed(solution) {
		if described, err := integration_process.LoadSolution(name); err == nil { // else the check reports it
			for _, service := range described.Services {
				services = append(services, service.Name)
			}
		}
	}
	return services
}
