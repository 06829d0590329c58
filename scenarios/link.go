package scenarios

import (
	"strings"
	"time"

	"eaibench/links"
)

// Link is what lies between two hosts: a link with a name, or its round trip, jitter and bandwidth.
type Link struct {
	// Between are two hosts' names: local, target, a name of the scenario's hosts, or one of the inventory.
	Between []string `yaml:"between"`
	// Preset is a link with a name (docs/links.md).
	Preset string `yaml:"preset,omitempty"`
	// RTT is the round trip, 0s to 10s in whole milliseconds.
	RTT *time.Duration `yaml:"rtt,omitempty"`
	// Jitter of a round trip, up to the round trip, in whole milliseconds; the default is 0s.
	Jitter time.Duration `yaml:"jitter,omitempty"`
	// Bandwidth of each direction, 8kbit to 10Gbit; the default is no limit.
	Bandwidth Bandwidth `yaml:"bandwidth,omitempty"`
}

// Bandwidth is in bits per second. In a file it is a number with its unit: bit, kbit, Mbit or Gbit.
type Bandwidth links.Bandwidth

// UnmarshalText reads a bandwidth as links.ParseBandwidth does.
func (b *Bandwidth) UnmarshalText(text []byte) error {
	bandwidth, err := links.ParseBandwidth(string(text))
	*b = Bandwidth(bandwidth)
	return err
}

// MarshalText writes the bandwidth as UnmarshalText reads it.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(links.Bandwidth(b).String()), nil }

// Numbers are the link's round trip, jitter and bandwidth, and where they are from: a preset's source, "" for a link without
// preset.
func (l Link) Numbers() (numbers links.Link, source string) {
	if l.Preset != "" {
		if preset, err := links.FindPreset(l.Preset); err == nil { // else reported by the check
			return preset.Link, preset.Source
		}
	}
	numbers = links.Link{Jitter: l.Jitter, Bandwidth: links.Bandwidth(l.Bandwidth)}
	if l.RTT != nil {
		numbers.RTT = *l.RTT
	}
	return numbers, ""
}

// roundTrips is one to each service, as far as the scenario says how long that takes.
func (s *Scenario) roundTrips() time.Duration {
	var all time.Duration
	for _, service := range s.Services.Places.names {
		if link, there := s.LinkTo(s.ServicePlace(service).Host); there {
			numbers, _ := link.Numbers()
			all += numbers.RTT
		}
	}
	return all
}

// CheckYAML checks what needs no other link.
func (l *Link) CheckYAML(report func(path, format string, args ...any)) {
	if len(l.Between) != 2 {
		report("between", "want two hosts' names, found %d", len(l.Between))
	}
	for i, name := range l.Between {
		if !hostPattern.MatchString(name) {
			report(element("between", i), "%.80q is no host's name", name)
		}
	}
	own := l.RTT != nil || l.Jitter != 0 || l.Bandwidth != 0
	switch {
	case l.Preset != "" && own:
		report("preset", "a preset has its own rtt, jitter and bandwidth; keep one of them")
	case l.Preset != "":
		var names []string
		for _, preset := range links.Presets() {
			names = append(names, preset.Name)
		}
		oneOf(report, "preset", l.Preset, names)
	case l.RTT == nil:
		report("", "want rtt, or the preset of a link; 0ms is a round trip too")
	default:
		numbers, _ := l.Numbers()
		for _, fault := range reasons(numbers.Check()) {
			key, text, _ := strings.Cut(fault.Error(), " ") // a fault begins with what it is of
			report(key, "%s", text)
		}
	}
}

// reasons takes joined errors apart.
func reasons(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
