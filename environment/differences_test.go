package environment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	host := func(change func(*Environment)) Environment {
		e := Environment{
			System: "debian", Kernel: "6.1", CPU: "Xeon", CPUs: 4, Usable: 2, Memory: 1 << 30, Load1: 0.1,
			CommandLine: "quiet", Frequency: &Frequency{Governors: map[string]int{"performance": 4}},
			Vulnerabilities: map[string]string{"meltdown": "Not affected", "retbleed": "Vulnerable"},
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
		}, []string{`governors: performance was 4, is 1; powersave was unknown, is 3`, "turbo was unknown, is true"}},
		{"of several values those that differ", func(e *Environment) {
			e.Vulnerabilities = map[string]string{"meltdown": "Not affected", "retbleed": "Mitigation: Retpolines", "tsa": "Vulnerable"}
		}, []string{`vulnerabilities: retbleed was "Vulnerable", is "Mitigation: Retpolines"; tsa was unknown, is "Vulnerable"`}},
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
