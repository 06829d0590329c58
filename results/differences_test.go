package results

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	host := func(change func(*Environment)) Environment {
		e := Environment{
			System: "debian", Kernel: "6.1", CPU: "Xeon", CPUs: 4, Usable: 2, Memory: 1 << 30, Load1: 0.1,
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
