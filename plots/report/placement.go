package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"eaibench/links"
	"eaibench/results"
)

// placement says where the parts ran, and what lay between them.
type placement struct {
	Places []named
	Links  []link
}

// link between two hosts, and what was measured of it.
type link struct {
	Name, Kind, Asked, Source string
	Looks                     []look
}

// look is one measurement.
type look struct {
	When                string
	Runs                int
	RoundTrip, Up, Down string
	Failure             string
}

func placementOf(data *results.Data) placement {
	var p placement
	placed := data.Campaign.Placement
	if placed == nil {
		return p
	}
	p.Places = append(p.Places, named{"launcher and attester", placed.TargetText()})
	for _, service := range placed.Services {
		p.Places = append(p.Places, named{"service " + service.Service, service.Host})
	}
	for _, name := range slices.Sorted(maps.Keys(placed.PlayedBy)) {
		if by := placed.PlayedBy[name]; by != name {
			p.Places = append(p.Places, named{"host " + name, "played by " + by})
		}
	}
	at := map[[2]string]int{}
	for _, one := range placed.Links {
		at[one.Between] = len(p.Links)
		p.Links = append(p.Links, link{Name: one.Name(), Kind: one.Kind(), Asked: presetText(one.Preset, fmt.Sprint(one.Asked)), Source: one.Source})
	}
	for _, event := range data.Events {
		if event.Link == nil {
			continue
		}
		place, known := at[event.Link.Between]
		if !known { // the scenario says nothing of it
			place = len(p.Links)
			at[event.Link.Between] = place
			of := results.Link{Between: event.Link.Between, Emulated: event.Link.Emulated}
			p.Links = append(p.Links, link{Name: of.Name(), Kind: of.Kind()})
		}
		p.Links[place].Looks = append(p.Links[place].Looks, lookOf(*event.Link))
	}
	return p
}

func presetText(name, text string) string {
	if name == "" {
		return text
	}
	return name + ", " + text
}

func lookOf(of results.LinkLook) look {
	shown := look{When: string(of.When), Runs: of.Runs, Failure: of.Failure}
	if m := of.Measured; m != nil {
		shown.RoundTrip = fmt.Sprintf("%.1f (%.1f)", milliseconds(m.RoundTrip.Median), milliseconds(m.RoundTrip.Maximum))
		shown.Up, shown.Down = rate(m.Up), rate(m.Down)
	}
	return shown
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// rate that was measured; "" where nothing was moved.
func rate(t links.Transfer) string {
	bandwidth := t.Bandwidth()
	switch {
	case bandwidth == 0:
		return ""
	case bandwidth >= links.Gbit:
		return fmt.Sprintf("%.1f Gbit/s", float64(bandwidth)/float64(links.Gbit))
	}
	return fmt.Sprintf("%.1f Mbit/s", float64(bandwidth)/float64(links.Mbit))
}
