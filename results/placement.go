package results

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/links"
)

// Placement says where the parts of a campaign run, and what lies between them. Hosts have the names that the scenario uses for
// them; the target has its own.
type Placement struct {
	// Target is the host on which launcher and attester run, with the kind that was asked of it: "ssh:board".
	Target string `json:"target"`
	// Launcher is control where launcher and attester run beside the runner instead, and reach the target over its host interface alone.
	Launcher string `json:"launcher,omitempty"`
	// Compile is control where sources are compiled beside the runner, with a toolchain for the target.
	Compile string `json:"compile,omitempty"`
	// PlayedBy says for each host what plays it: local, or a host of the inventory.
	PlayedBy map[string]string `json:"played_by"`
	// Services are all of the solution.
	Services []PlacedService `json:"services"`
	Links    []Link          `json:"links,omitempty"`
}

// PlacedService is where a digital service is: the host on which it is started for the campaign, or the address of one that already
// runs, with what it showed when the campaign was made.
type PlacedService struct {
	Service string `json:"service"`
	Host    string `json:"host,omitempty"`
	// URL of one that already runs; then there is no Host.
	URL string `json:"url,omitempty"`
	// CertificateSHA256 is of the DER of its certificate.
	CertificateSHA256 string `json:"certificate_sha256,omitempty"`
	// NotReset is true where its data are not reset before each run: its operator has given nobody its token.
	NotReset bool `json:"not_reset,omitempty"`
}

// Runs tells whether the service already runs, and is not started for the campaign.
func (s PlacedService) Runs() bool { return s.URL != "" }

// Changes say, a line each, in what services that already run are not as they were when the campaign was made.
func (p *Placement) Changes(now []PlacedService) (changes []string) {
	for _, is := range now {
		was := p.Service(is.Service)
		for _, field := range []struct{ name, was, is string }{
			{"its certificate had SHA-256", was.CertificateSHA256, is.CertificateSHA256},
			{"its data were", resetText(was), resetText(is)},
		} {
			if field.was != field.is {
				changes = append(changes, fmt.Sprintf("service %s: %s %s, now %s", is.Service, field.name, field.was, field.is))
			}
		}
	}
	return changes
}

func resetText(s PlacedService) string {
	if s.NotReset {
		return "not reset"
	}
	return "reset"
}

// Link is what lies between two hosts.
type Link struct {
	Between [2]string `json:"between"`
	// Emulated is true where one computer plays both ends, and the link between them; else it is a real one, to which nothing is
	// added, and Asked is what the scenario expects of it.
	Emulated bool       `json:"emulated"`
	Asked    links.Link `json:"asked"`
	// Preset is the name of the link, and Source says where its numbers are from; "" for one without a name.
	Preset string `json:"preset,omitempty"`
	Source string `json:"source,omitempty"`
}

// Name is the link for people: "toronto and ijui-1".
func (l Link) Name() string { return l.Between[0] + " and " + l.Between[1] }

// TargetHost is the target's name, without its kind. Without a placement everything is on this host.
func (p *Placement) TargetHost() string {
	if p == nil {
		return thisHost
	}
	if _, name, prefixed := strings.Cut(p.Target, ":"); prefixed {
		return name
	}
	return p.Target
}

// TargetText is the target with the kind that was asked of it: "ssh:board".
func (p *Placement) TargetText() string {
	if p == nil {
		return thisHost
	}
	return p.Target
}

// OnControl is the place of a launcher beside the runner.
const OnControl = "control"

// Controlled tells whether launcher and attester run beside the runner, so that evidence is second-hand.
func (p *Placement) Controlled() bool { return p != nil && p.Launcher == OnControl }

// LauncherHost is the host on which launcher and attester run.
func (p *Placement) LauncherHost() string {
	if p.Controlled() {
		return thisHost
	}
	return p.TargetHost()
}

// thisHost is what the host is called on which eaibench runs.
const thisHost = "local"

// Service gives where a service is; one that the placement does not have is on the target.
func (p *Placement) Service(name string) PlacedService {
	if p != nil {
		if at := slices.IndexFunc(p.Services, func(s PlacedService) bool { return s.Service == name }); at >= 0 {
			return p.Services[at]
		}
	}
	return PlacedService{Service: name, Host: p.LauncherHost()}
}

// LinkTo finds the link between the launcher's host and another host; nil where there is none.
func (p *Placement) LinkTo(host string) *Link {
	if p == nil {
		return nil
	}
	target := p.LauncherHost()
	for i, link := range p.Links {
		if link.Between == [2]string{target, host} || link.Between == [2]string{host, target} {
			return &p.Links[i]
		}
	}
	return nil
}

// LinkKinds says of which kinds, emulated and real, the links are between the launcher's host and a service, sorted; "" is all services and
// the root CA. A host that another computer plays is behind a real link, whether or not the scenario says anything of it.
func (p *Placement) LinkKinds(service string) []string {
	if p == nil {
		return nil
	}
	var kinds []string
	add := func(host string) {
		if link := p.LinkTo(host); link != nil {
			kinds = append(kinds, link.Kind())
		} else if host != "" && p.playing(host) != p.playing(p.LauncherHost()) {
			kinds = append(kinds, RealLink)
		}
	}
	addService := func(service PlacedService) {
		if service.Runs() { // wherever it is, nothing is emulated
			kinds = append(kinds, RealLink)
			return
		}
		add(service.Host)
	}
	if service != "" {
		addService(p.Service(service))
		return kinds
	}
	for _, service := range p.Services {
		addService(service)
	}
	if p.LinkTo(thisHost) != nil {
		add(thisHost)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// playing is what plays a host; this one plays itself.
func (p *Placement) playing(host string) string {
	if host == thisHost {
		return thisHost
	}
	return p.PlayedBy[host]
}

// LinksText is a sentence for whoever sees a figure: which kind of links lie between launcher and services; "" where none does.
func (p *Placement) LinksText() string {
	kinds := p.LinkKinds("")
	if len(kinds) == 0 {
		return ""
	}
	return fmt.Sprintf("Links between launcher and services are %s.", strings.Join(kinds, " and "))
}

// RealLink is the kind of a link to which nothing is added.
const RealLink = "real"

const emulated = "emulated"

// Kind is emulated or real.
func (l Link) Kind() string {
	if l.Emulated {
		return emulated
	}
	return RealLink
}

// words say what a placement is, by what they are of, so that two can be compared. What is on the target goes with it.
func (p *Placement) words() map[string]string {
	words := map[string]string{"target": p.TargetHost()}
	if p == nil {
		return words
	}
	words["target"] = p.Target
	for part, place := range map[string]string{"launcher": p.Launcher, "compile": p.Compile} {
		if place != "" {
			words[part] = place
		}
	}
	for name, by := range p.PlayedBy {
		if by != name {
			words["host "+name] = "played by " + by
		}
	}
	for _, service := range p.Services {
		switch {
		case service.Runs():
			words["service "+service.Service] = "already ran at " + service.URL
		case service.Host != p.LauncherHost():
			words["service "+service.Service] = service.Host
		}
	}
	for _, link := range p.Links {
		words["link between "+link.Name()] = fmt.Sprintf("%s, %v", link.Kind(), link.Asked)
	}
	return words
}

// Moment of a campaign's session.
type Moment string

// The moments at which links are measured.
const (
	Before  Moment = "before"  // the session's first run
	Between Moment = "between" // two runs
	After   Moment = "after"   // the session's last run
)

// LinkLook is what a link did while no run was under way.
type LinkLook struct {
	Between [2]string `json:"between"`
	When    Moment    `json:"when"`
	// Runs that were done by then.
	Runs     int  `json:"runs"`
	Emulated bool `json:"emulated"`
	// Forwarded is true where it goes through connections of eaibench's host, and so do requests.
	Forwarded bool `json:"forwarded,omitempty"`
	// Measured is nil where Failure says why it could not be measured.
	Measured *links.Measured `json:"measured,omitempty"`
	Failure  string          `json:"failure,omitempty"`
}
