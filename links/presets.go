package links

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Preset is a link with a name.
type Preset struct {
	Name string
	Link Link
	// Source says where each number is from; a number without a source says so.
	Source string
}

// The round trips are monthly averages between data centres of one provider,
// 27 July to 25 August 2024, as it published them.
const measured2024 = "IBM Cloud, VPC network latency, average of 27 July to 25 August 2024 (github.com/ibm-cloud-docs/vpc, network-latency.md)"

// Presets are all links with names, in alphabetical order.
func Presets() []Preset {
	return []Preset{
		{
			Name: "same-city",
			Link: Link{RTT: 2 * time.Millisecond, Bandwidth: Gbit},
			Source: "rtt: between data centres in Toronto, 1.79 to 1.99 ms: " + measured2024 + "; " +
				"jitter 0 and bandwidth 1 Gbit/s: chosen, no source",
		},
		{
			Name: "toronto-ijui",
			Link: Link{RTT: 150 * time.Millisecond, Jitter: 10 * time.Millisecond, Bandwidth: 20 * Mbit},
			Source: "rtt: Toronto to São Paulo, 129 ms: " + measured2024 + "; " +
				"21 ms from São Paulo to Ijuí, jitter 10 ms and bandwidth 20 Mbit/s: chosen, no source",
		},
		{
			Name: "transatlantic",
			Link: Link{RTT: 75 * time.Millisecond, Jitter: 2 * time.Millisecond, Bandwidth: 100 * Mbit},
			Source: "rtt: Washington DC to London, 75 ms: " + measured2024 + "; " +
				"jitter 2 ms and bandwidth 100 Mbit/s: chosen, no source",
		},
	}
}

// FindPreset gives the preset with the name, or an error that lists all names.
func FindPreset(name string) (Preset, error) {
	presets := Presets()
	if i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name }); i >= 0 {
		return presets[i], nil
	}
	var names []string
	for _, preset := range presets {
		names = append(names, preset.Name)
	}
	return Preset{}, fmt.Errorf("there is no link %q: there are %s", name, strings.Join(names, ", "))
}
