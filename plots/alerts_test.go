package plots_test

import (
	"slices"
	"strings"
	"testing"

	"eaibench/environment"
	"eaibench/plots"
	"eaibench/results"
)

// What nobody may overlook is said in the order of its weight, each thing once, and nothing of what is not so.
func TestAlerts(t *testing.T) {
	data := everything() // stand-ins, insecure cells, not sealed
	data.Campaign.Hosts = []results.Host{{Name: "board", Environment: environment.Environment{Virtualization: "qemu"}}}
	data.Campaign.Import = &results.Import{Known: []results.Known{{Check: "flags", Severity: "critical", Text: "of no use", Source: "nobody"}}}
	begins := []string{"Every mode is a stand-in", "Measured under QEMU (host board)", "No valid comparison", "INSECURE: cells with crypto none", "INSECURE: cells with verify cached", "The campaign is not complete: all runs are carried out, but it is not sealed."}
	check := func(want []string) {
		t.Helper()
		alerts := plots.Alerts(data)
		if !slices.EqualFunc(alerts, want, strings.HasPrefix) {
			t.Errorf("alerts are %q, want %q", alerts, want)
		}
	}
	check(begins)
	data.Runs = data.Runs[1:]
	check(append(begins[:5:5], "The campaign is not complete: "))
	data.Complete = true
	check(begins[:5])
	data.Campaign.StandIn, data.Campaign.Hosts, data.Campaign.Import = false, nil, nil
	check(begins[3:5])
}
