package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/links"
	"eaibench/results"
	"eaibench/scenarios"
)

func TestPlacementOf(t *testing.T) {
	preset, err := links.FindPreset("toronto-ijui")
	if err != nil {
		t.Fatal(err)
	}
	const common = "extends: smoke\nname: placed\n"
	for _, test := range []struct {
		name, text string
		want       *results.Placement
	}{
		{"one already runs", "services: {store: {url: 'https://ijui-1.example:8441'}}\n", &results.Placement{
			Target: "local", PlayedBy: map[string]string{"local": "local"},
			Services: []results.PlacedService{{Service: "store", URL: "https://ijui-1.example:8441"}, {Service: "taxi", Host: "local"}, {Service: "whatsapp", Host: "local"}},
		}},
		{"nothing said", "", &results.Placement{
			Target: "local", PlayedBy: map[string]string{"local": "local"},
			Services: []results.PlacedService{{Service: "store", Host: "local"}, {Service: "taxi", Host: "local"}, {Service: "whatsapp", Host: "local"}},
		}},
		{
			"regions", "target: toronto\nhosts: {toronto: local, ijui-1: local}\n" +
				"services: {store: {host: ijui-1}, taxi: {host: ijui-2}}\n" +
				"links: [{between: [ijui-1, target], preset: toronto-ijui}, {between: [target, ijui-2], rtt: 40ms}]\n",
			&results.Placement{
				Target: "toronto", PlayedBy: map[string]string{"toronto": "local", "ijui-1": "local", "ijui-2": "ijui-2"},
				Services: []results.PlacedService{
					{Service: "store", Host: "ijui-1"}, {Service: "taxi", Host: "ijui-2"}, {Service: "whatsapp", Host: "toronto"},
				},
				Links: []results.Link{
					{Between: [2]string{"ijui-1", "toronto"}, Emulated: true, Asked: preset.Link, Preset: preset.Name, Source: preset.Source},
					{Between: [2]string{"toronto", "ijui-2"}, Asked: links.Link{RTT: 40 * time.Millisecond}},
				},
			},
		},
	} {
		scenario, err := scenarios.Parse("s.yaml", []byte(common+test.text))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, placementOf(scenario)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
