package cli

import (
	"strings"

	"eaibench/integration_process"
	"eaibench/results"
	"eaibench/scenarios"
)

// placementSentences say where the services are, unless all are on the target, and what lies between.
func placementSentences(p *results.Placement) []string {
	var places, sentences []string
	elsewhere := false
	if p.Controlled() {
		sentences = append(sentences, "Launcher and attester run beside the runner and reach the target over its host interface alone: evidence is second-hand.")
	}
	if p.Compile != "" {
		sentences = append(sentences, "Sources are compiled beside the runner, with a toolchain for the target.")
	}
	for _, service := range p.Services {
		place := "on " + service.Host
		switch {
		case service.Runs():
			place = "at " + service.URL + " (it already runs)"
		case service.Host == p.TargetHost():
			place = "on the target"
		}
		elsewhere = elsewhere || place != "on the target"
		places = append(places, service.Service+" "+place)
	}
	if elsewhere {
		sentences = append(sentences, "Services: "+strings.Join(places, ", ")+".")
	}
	for _, link := range p.Links {
		sentences = append(sentences, linkSentence(shownLink{Link: link}))
	}
	return sentences
}

// placementOf is where a scenario's parts run, and what lies between them, as a campaign keeps it.
func placementOf(scenario *scenarios.Scenario) *results.Placement {
	p := &results.Placement{Target: scenario.Target.String(), PlayedBy: map[string]string{}}
	play := func(name string) string {
		name = scenario.HostNamed(name)
		p.PlayedBy[name] = scenario.PlayedBy(name)
		return name
	}
	play(scenarios.TargetHost)
	if scenario.Controlled() {
		p.Launcher = results.OnControl
	}
	if scenario.Toolchain() != nil {
		p.Compile = results.OnControl
	}
	if solution, err := integration_process.LoadSolution(scenario.Solution); err == nil { // a scenario that was read has one
		for _, described := range solution.Services {
			place := results.PlacedService{Service: described.Name, URL: scenario.ServicePlace(described.Name).URL}
			if !place.Runs() {
				place.Host = play(scenario.ServicePlace(described.Name).Host)
			}
			p.Services = append(p.Services, place)
		}
	}
	for _, link := range scenario.Links {
		asked, source := link.Numbers()
		p.Links = append(p.Links, results.Link{
			Between: [2]string{play(link.Between[0]), play(link.Between[1])}, Emulated: scenario.Emulated(link),
			Asked: asked, Preset: link.Preset, Source: source,
		})
	}
	return p
}
