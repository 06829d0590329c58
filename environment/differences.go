package environment

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unsteady begins lines, and is the name of files, that differ from one moment to the next and say nothing.
var unsteady = []string{"/proc/loadavg", "/proc/meminfo", "/proc/pressure/cpu", "cpu MHz", "vm.loadavg", counters}

// fields are what is compared, by the name that people read. Load, swap in use and other things that never stay the same are
// not among them. Of a value with members, those are compared; from any other comes the text that JSON has for it.
var fields = []struct {
	name string
	of   func(Environment) any
	file string // that says the same; it is not compared again
}{
	{"system", func(e Environment) any { return e.System }, ""},
	{"system's version", func(e Environment) any { return e.SystemVersion }, ""},
	{"kernel", func(e Environment) any { return e.Kernel }, ""},
	{"kernel's build", func(e Environment) any { return e.KernelVersion }, "/proc/version"},
	{"kernel's command line", func(e Environment) any { return e.CommandLine }, "/proc/cmdline"},
	{"architecture", func(e Environment) any { return e.Architecture }, ""},
	{"processor", func(e Environment) any { return e.CPU }, ""},
	{"microcode", func(e Environment) any { return e.Microcode }, ""},
	{"number of processors", func(e Environment) any { return e.CPUs }, ""},
	{"number of usable processors", func(e Environment) any { return e.Usable }, ""},
	{"SMT", func(e Environment) any { return e.SMT }, ""},
	{"isolated processors", func(e Environment) any { return e.Isolated }, ""},
	{"number of NUMA nodes", func(e Environment) any { return e.NUMANodes }, ""},
	{"frequency driver", func(e Environment) any { return e.frequency().Driver }, ""},
	{"governors", func(e Environment) any { return e.frequency().Governors }, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"energy preference", func(e Environment) any { return e.frequency().Preference }, ""},
	{"turbo", func(e Environment) any { return e.frequency().Turbo }, "/sys/devices/system/cpu/intel_pstate/no_turbo"},
	{"least frequency in Hz", func(e Environment) any { return e.frequency().Min }, ""},
	{"greatest frequency in Hz", func(e Environment) any { return e.frequency().Max }, ""},
	{"clock source", func(e Environment) any { return e.ClockSource }, "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"memory in bytes", func(e Environment) any { return e.Memory }, ""},
	{"swap in bytes", func(e Environment) any { return e.Swap }, ""},
	{"transparent huge pages", func(e Environment) any { return e.HugePages }, "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"ASLR", func(e Environment) any { return e.ASLR }, "/proc/sys/kernel/randomize_va_space"},
	{"vulnerabilities", func(e Environment) any { return e.Vulnerabilities }, ""},
	{"virtualization", func(e Environment) any { return e.Virtualization }, ""},
	{"container", func(e Environment) any { return e.Container }, ""},
	{"quota of CPUs", func(e Environment) any { return e.Quota }, ""},
	{"on battery", func(e Environment) any { return e.OnBattery }, ""},
	{"compilers", func(e Environment) any { return e.Compilers }, ""},
	{"OpenSSL", func(e Environment) any { return e.OpenSSL }, ""},
	{"CheriBSD", func(e Environment) any { return e.CheriBSD }, ""},
	{"settings that eaibench changed", func(e Environment) any { return e.Tuned }, ""},
}

func (e Environment) frequency() Frequency {
	if e.Frequency == nil {
		return Frequency{}
	}
	return *e.Frequency
}

// Differences says, a line each, in what a host is not as it was: its fields, then what else its files say. Load and other
// things that never stay the same are left out.
func (e Environment) Differences(now Environment) []string {
	var found, told []string
	for _, field := range fields {
		was, is := written(field.of(e)), written(field.of(now))
		if was != is {
			found = append(found, field.name+difference(was, is))
			told = append(told, field.file)
		}
	}
	files := maps.Clone(e.Raw)
	if files == nil {
		files = map[string]string{}
	}
	maps.Copy(files, now.Raw)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if slices.Contains(told, file) {
			continue
		}
		if was, is, differ := firstDifference(file, e.Raw[file], now.Raw[file]); differ {
			found = append(found, fmt.Sprintf("%s had %q, has %q", file, was, is))
		}
	}
	return found
}

// difference says how a value was and is, as JSON; of those that have members, for each that is another.
func difference(was, is string) string {
	var before, after map[string]json.RawMessage
	if json.Unmarshal([]byte(was), &before) != nil || json.Unmarshal([]byte(is), &after) != nil {
		return fmt.Sprintf(" was %s, is %s", was, is)
	}
	members := maps.Clone(before)
	maps.Copy(members, after)
	var differ []string
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if was, is := written(before[member]), written(after[member]); was != is {
			differ = append(differ, fmt.Sprintf("%s was %s, is %s", member, was, is))
		}
	}
	return ": " + strings.Join(differ, "; ")
}

// written is a value as JSON, which has the members of maps in order; what is absent is "unknown".
func written(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if string(text) == "null" {
		return "unknown"
	}
	return string(text)
}

// firstDifference gives the first lines of a file's two texts that are not equal.
func firstDifference(file, before, after string) (was, is string, differ bool) {
	if slices.Contains(unsteady, file) {
		return "", "", false
	}
	steady := func(text string) []string {
		return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
			return slices.ContainsFunc(unsteady, func(prefix string) bool { return strings.HasPrefix(line, prefix) })
		})
	}
	old, current := steady(before), steady(after)
	for i := range max(len(old), len(current)) {
		if was, is := lineAt(old, i), lineAt(current, i); was != is {
			return was, is, true
		}
	}
	return "", "", false
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
