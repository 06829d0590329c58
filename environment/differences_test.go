package environment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	host := func(change func(*Environment)) Environment {
		e := Environment{
			System: "debian", Kernel: "6.1", CPU: "Xeon", CPUs: 4, Usable: 2, Memory: 1 << 30, Load1: 0.1,
			CommandLine: "quiet", Frequency: &Frequency{Governors: map[string]int{"performance": 4}},
			Raw: map[string]string{
				"/proc/loadavg": "0.10", "/proc/cmdline": "quiet", "/proc/cpuinfo": "model name: Xeon\ncpu MHz\t\t: 2000\nflags: sse2",
			},
		}
		change(&e)
		return e
	}
	for _, test := range []struct {
		name   string
		change func(*Environment)
		want   []string
	}{
		{"none", func(*Environment) {}, nil},
		{"what never stays the same", func(e *Environment) {
			e.Load1, e.Raw["/proc/loadavg"], e.Raw["/proc/cpuinfo"] = 3, "3.00", "model name: Xeon\ncpu MHz\t\t: 3100\nflags: sse2"
		}, nil},
		{"fields", func(e *Environment) { e.Kernel, e.Usable = "6.2", 1 }, []string{
			`kernel was "6.1", is "6.2"`, "number of usable processors was 2, is 1",
		}},
		{"a field and the file that says the same", func(e *Environment) {
			e.CommandLine, e.Raw["/proc/cmdline"] = "quiet nosmt", "quiet nosmt"
		}, []string{`kernel's command line was "quiet", is "quiet nosmt"`}},
		{"governor and turbo", func(e *Environment) {
			on := true
			e.Frequency = &Frequency{Governors: map[string]int{"powersave": 3, "performance": 1}, Turbo: &on}
		}, []string{`governors was {"performance":4}, is {"performance":1,"powersave":3}`, "turbo was unknown, is true"}},
		{"what was tuned", func(e *Environment) { e.Tuned = []Change{{"/sys/boost", "1", "0"}} }, []string{
			`settings that eaibench changed was unknown, is [{"setting":"/sys/boost","was":"1","set":"0"}]`,
		}},
		{"counters", func(e *Environment) { e.Raw["sysctl"] = "security.cheri.stats.quarantine: 1\nvm.loadavg: 3" }, nil},
		{"a file's line", func(e *Environment) { e.Raw["/proc/cpuinfo"] = "model name: Xeon\nflags: sse2 avx" }, []string{
			`/proc/cpuinfo had "flags: sse2", has "flags: sse2 avx"`,
		}},
		{"a file that is new, and one that is gone", func(e *Environment) {
			e.Raw["/sys/no_turbo"] = "1"
			delete(e.Raw, "/proc/cmdline")
		}, []string{`/proc/cmdline had "quiet", has ""`, `/sys/no_turbo had "", has "1"`}},
		{"no files were kept", func(e *Environment) { e.Raw = nil }, []string{
			`/proc/cmdline had "quiet", has ""`, `/proc/cpuinfo had "model name: Xeon", has ""`,
		}},
	} {
		got := host(func(*Environment) {}).Differences(host(test.change))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

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
			`eaibench was "test", is ""`, `gcc was "", is "13"`,
		}},
		{"programs", func(d *Data) { d.Runs[1].SourceSHA256, d.Runs[2].ExecutableSHA256 = "cc", "dd" }, []string{
			`the executable of mode hybrid was "` + strings.Repeat("a", 64) + `", is "` + strings.Repeat("a", 64) + ` dd"`,
			`the program's source was "` + strings.Repeat("b", 64) + `", is "` + strings.Repeat("b", 64) + ` cc"`,
		}},
		{"programs of runs that do not count", func(d *Data) { d.Runs[1].SourceSHA256, d.Runs[1].WarmUp = "cc", true }, nil},
		{"hosts", func(d *Data) {
			d.Campaign.Hosts[0].Environment.Kernel = "6.2"
			d.Campaign.Hosts = append(d.Campaign.Hosts, Host{Name: "board"})
		}, []string{`kernel was "6.1", is "6.2"`, "host board was not there"}},
	} {
		got := campaign(func(*Data) {}).Differences(campaign(test.change))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
