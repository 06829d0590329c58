package results

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/links"
)

func TestDifferencesOfCampaigns(t *testing.T) {
	campaign := func(change func(*Data)) *Data {
		data := &Data{Campaign: newCampaign(3)}
		data.Campaign.Hosts = []Host{{Name: "local", Environment: Environment{Kernel: "6.1"}}}
		for _, id := range []string{"r00", "r01", "r02"} {
			run := okRun(id)
			run.Mode = "hybrid"
			data.Runs = append(data.Runs, run)
		}
		change(data)
		return data
	}
	for _, test := range []struct {
		name   string
		change func(*Data)
		want   []string
	}{
		{"none", func(d *Data) { d.Campaign.Seed, d.Campaign.Started = 8, moment.AddDate(0, 0, 1) }, nil},
		{"what was planned", func(d *Data) {
			d.Campaign.Solution, d.Campaign.Order, d.Campaign.DataSeed, d.Campaign.Scenario.Text = "healthcare", "random", 2, "version: 1\n#"
		}, []string{
			`solution was "retail", is "healthcare"`, `order of the runs was "blocks", is "random"`, `seed of the services' data was 1, is 2`,
			"the scenario's text is another",
		}},
		{"versions", func(d *Data) { d.Campaign.Versions = map[string]string{"gcc": "13"} }, []string{
			`eaibench was "test", is not there`, `gcc was not there, is "13"`,
		}},
		{"programs", func(d *Data) { d.Runs[1].SourceSHA256, d.Runs[2].ExecutableSHA256 = "cc", "dd" }, []string{
			`the executable of mode hybrid was "` + strings.Repeat("a", 64) + `", is "` + strings.Repeat("a", 64) + ` dd"`,
			`the program's source was "` + strings.Repeat("b", 64) + `", is "` + strings.Repeat("b", 64) + ` cc"`,
		}},
		{"placement", func(d *Data) {
			d.Campaign.Placement = &Placement{
				Target: "ssh:board", PlayedBy: map[string]string{"board": "board", "ijui": "local"},
				Services: []PlacedService{{Service: "store", Host: "ijui"}, {Service: "taxi", Host: "board"}},
				Links:    []Link{{Between: [2]string{"board", "ijui"}, Asked: links.Link{RTT: time.Millisecond}}},
			}
		}, []string{
			`host ijui was not there, is "played by local"`, `link between board and ijui was not there, is "real, rtt 1ms, jitter 0s, bandwidth without limit"`,
			`service store was not there, is "ijui"`, `target was "local", is "ssh:board"`,
		}},
		{"a service that already runs", func(d *Data) {
			d.Campaign.Placement = &Placement{
				Target: "local", PlayedBy: map[string]string{"local": "local"}, Services: []PlacedService{{Service: "store", URL: "https://ijui.example:8441"}},
			}
		}, []string{`service store was not there, is "already ran at https://ijui.example:8441"`}},
		{"placement that says that all is here", func(d *Data) {
			d.Campaign.Placement = &Placement{
				Target: "local", PlayedBy: map[string]string{"local": "local"}, Services: []PlacedService{{Service: "store", Host: "local"}},
			}
		}, nil},
		{"programs of runs that do not count", func(d *Data) { d.Runs[1].SourceSHA256, d.Runs[1].WarmUp = "cc", true }, nil},
		{"hosts", func(d *Data) {
			d.Campaign.Hosts[0].Environment.Kernel = "6.2"
			d.Campaign.Hosts = append(d.Campaign.Hosts, Host{Name: "board"})
		}, []string{`kernel was "6.1", is "6.2"`, "host board takes part in out/now, not in out/then"}},
		{"fewer hosts", func(d *Data) { d.Campaign.Hosts = nil }, []string{"host local takes part in out/then, not in out/now"}},
	} {
		got := campaign(func(*Data) {}).Differences(campaign(test.change), "out/then", "out/now")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Targets are compared with each other, and other hosts with those of their names, wherever they stand in the list.
func TestDifferencesOfHosts(t *testing.T) {
	on := func(name, kernel string) Host { return Host{Name: name, Environment: Environment{Kernel: kernel}} }
	local, board, ijui := on("local", "6.1"), on("board", "15.0"), on("ijui", "5.4")
	for _, test := range []struct {
		name    string
		was, is []Host
		want    []string
	}{
		{"the same", []Host{board, local}, []Host{board, local}, nil},
		{"this host is the target of one, and beside that of the other", []Host{local}, []Host{board, local}, []string{`kernel was "6.1", is "15.0"`}},
		{"the reverse", []Host{board, local}, []Host{local}, []string{`kernel was "15.0", is "6.1"`}},
		{"one more between two", []Host{board, local}, []Host{board, ijui, local}, []string{"host ijui takes part in now, not in then"}},
		{"one less", []Host{board, ijui, local}, []Host{board, local}, []string{"host ijui takes part in then, not in now"}},
		{"one in place of another", []Host{board, ijui}, []Host{board, local}, []string{"host ijui takes part in then, not in now", "host local takes part in now, not in then"}},
		{"another kernel beside the target", []Host{board, ijui, local}, []Host{board, on("ijui", "5.5"), local}, []string{`host ijui: kernel was "5.4", is "5.5"`}},
		{"none in one of them", nil, []Host{board, local}, []string{"host board takes part in now, not in then", "host local takes part in now, not in then"}},
	} {
		if diff := cmp.Diff(test.want, hostDifferences(test.was, test.is, "then", "now")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
