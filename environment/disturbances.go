package environment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Severity is how much a disturbance may spoil.
type Severity string

// The severities.
const (
	// High: comparisons may be wrong.
	High Severity = "high"
	// Medium: values scatter more or are shifted, in all modes alike as far as is known.
	Medium Severity = "medium"
	// Low: worth knowing when results are read.
	Low Severity = "low"
)

// Disturbance is something of a host that disturbs measurements made on it.
type Disturbance struct {
	// Name is the same for the same thing, on any host.
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	// Found is how it is, Wanted how it had better be, Why what it does to numbers.
	Found  string `json:"found"`
	Wanted string `json:"wanted"`
	Why    string `json:"why"`
	// HowToSet and HowToRestore are commands for root's shell, or what to do in words where
	// no command does it; HowToRestore is "" where nothing is put back.
	HowToSet     string `json:"how_to_set"`
	HowToRestore string `json:"how_to_restore,omitempty"`
	// Settable: package environment/tuning sets it, when asked.
	Settable bool `json:"settable"`
}

const (
	// busyShare of a host's CPUs, running or waited for in the minute before: above it,
	// others take part in what is measured.
	busyShare = 0.25
	// pressed is the share of time, in percent, in which something waited for a CPU.
	pressed = 10
)

// clocks read without entering the kernel, by architecture: on x86 the time-stamp counter,
// on arm64 the generic timer, by Linux's name and by FreeBSD's; and those that a hypervisor
// gives its guests for it.
var clocks = []string{"tsc", "arch_sys_counter", "ARM MPCore Timecounter", "TSC", "TSC-low", "kvm-clock", "hyperv_clocksource_tsc_page"}

// Disturbances lists what of the host disturbs measurements, what matters most first. It
// tells the same of a host that is asked and of one that was recorded. What the host did not
// tell is passed over.
func Disturbances(e Environment) []Disturbance {
	var found []Disturbance
	for _, look := range []func(Environment) []Disturbance{
		processorDisturbances, memoryDisturbances, loadDisturbances, surroundingDisturbances, cheribsdDisturbances,
	} {
		found = append(found, look(e)...)
	}
	order := []Severity{High, Medium, Low}
	slices.SortStableFunc(found, func(a, b Disturbance) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
	return found
}

func processorDisturbances(e Environment) []Disturbance {
	var found []Disturbance
	f := e.frequency()
	others := maps.Clone(f.Governors)
	delete(others, "performance")
	if len(others) > 0 {
		first := slices.Sorted(maps.Keys(others))[0]
		found = append(found, Disturbance{
			Name: "governor", Severity: High, Found: counts(f.Governors), Wanted: "performance on every CPU",
			Why:          "the frequency follows the load: short runs are measured while it rises, and what ran before changes what is measured",
			HowToSet:     "echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
			HowToRestore: "echo " + first + " | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor", Settable: true,
		})
	}
	if f.Turbo != nil && *f.Turbo {
		one := Disturbance{
			Name: "turbo", Severity: Medium, Found: "on", Wanted: "off",
			Why:          "how fast the processor goes depends on its temperature, and on how many of its cores work",
			HowToSet:     "echo 0 > /sys/devices/system/cpu/cpufreq/boost",
			HowToRestore: "echo 1 > /sys/devices/system/cpu/cpufreq/boost", Settable: true,
		}
		if _, intel := e.Raw["/sys/devices/system/cpu/intel_pstate/no_turbo"]; intel {
			one.HowToSet = "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"
			one.HowToRestore = "echo 0 > /sys/devices/system/cpu/intel_pstate/no_turbo"
		}
		found = append(found, one)
	}
	if e.SMT != nil && *e.SMT {
		one := Disturbance{
			Name: "smt", Severity: Low, Found: "each core runs several threads", Wanted: "one thread a core",
			Why: "a thread is slower while its core's other one works, and nobody decides which two meet",
		}
		if e.CheriBSD == nil && e.System != "freebsd" {
			one.HowToSet, one.HowToRestore = "echo off > /sys/devices/system/cpu/smt/control", "echo on > /sys/devices/system/cpu/smt/control"
		} else {
			one.HowToSet = "set machdep.hyperthreading_allowed=0 in /boot/loader.conf and start anew"
			one.HowToRestore = "take the line out of /boot/loader.conf and start anew"
		}
		found = append(found, one)
	}
	if e.ClockSource != "" && !slices.Contains(clocks, e.ClockSource) {
		found = append(found, Disturbance{
			Name: "clock-source", Severity: Medium, Found: e.ClockSource, Wanted: "tsc on amd64, arch_sys_counter on arm64",
			Why:          "each look at the clock enters the kernel, or reads a slow device: short steps are measured too long",
			HowToSet:     "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource",
			HowToRestore: "echo " + e.ClockSource + " > /sys/devices/system/clocksource/clocksource0/current_clocksource",
		})
	}
	if e.OnBattery != nil && *e.OnBattery {
		found = append(found, Disturbance{
			Name: "battery", Severity: High, Found: "runs on its battery", Wanted: "mains",
			Why: "firmware and system save power, and the more the emptier the battery is", HowToSet: "plug it in",
		})
	}
	return found
}

func memoryDisturbances(e Environment) []Disturbance {
	var found []Disturbance
	const pages = "/sys/kernel/mm/transparent_hugepage/enabled"
	if e.HugePages == "always" {
		found = append(found, Disturbance{
			Name: "huge-pages", Severity: Low, Found: "always", Wanted: "madvise or never",
			Why:      "whether a process gets huge pages depends on how fragmented the memory is: its times and its memory scatter",
			HowToSet: "echo madvise > " + pages, HowToRestore: "echo always > " + pages, Settable: true,
		})
	}
	if e.SwapUsed != nil && *e.SwapUsed > 0 {
		found = append(found, Disturbance{
			Name: "swap", Severity: Medium, Found: fmt.Sprintf("%d MiB in use", *e.SwapUsed>>20), Wanted: "none in use",
			Why:      "memory was short: pages of what is measured may have to come back from a disk",
			HowToSet: "swapoff -a", HowToRestore: "swapon -a",
		})
	}
	linux := e.CheriBSD == nil && e.System != "freebsd"
	if e.ASLR != nil && (linux && *e.ASLR != 2 || !linux && *e.ASLR != 1) {
		one := Disturbance{
			Name: "aslr", Severity: Medium, Found: fmt.Sprintf("randomize_va_space is %d", *e.ASLR), Wanted: "2: everything is placed at random",
			Why: "every run has the same layout of memory, lucky or not: what is measured is that layout, " +
				"and a protection that programs have elsewhere is off",
			HowToSet: "sysctl kernel.randomize_va_space=2", HowToRestore: fmt.Sprintf("sysctl kernel.randomize_va_space=%d", *e.ASLR),
		}
		if !linux {
			one.Found, one.Wanted = "off", "on, as is the default"
			one.HowToSet, one.HowToRestore = "sysctl kern.elf64.aslr.enable=1 kern.elf64c.aslr.enable=1", "sysctl kern.elf64.aslr.enable=0 kern.elf64c.aslr.enable=0"
		}
		found = append(found, one)
	}
	return found
}

func loadDisturbances(e Environment) []Disturbance {
	var found []Disturbance
	if cpus := max(e.CPUs, 1); e.Load1 > busyShare*float64(cpus) {
		found = append(found, Disturbance{
			Name: "load", Severity: High, Found: fmt.Sprintf("%.2f tasks ran or waited in the last minute, on %d CPUs", e.Load1, e.CPUs),
			Wanted: fmt.Sprintf("at most %.2f", busyShare*float64(cpus)),
			Why:    "others use the CPUs, the caches and the memory's bandwidth while it is measured", HowToSet: "end what else runs (top shows it), and wait a minute",
		})
	}
	if e.Pressure != nil && e.Pressure.Average60 > pressed {
		found = append(found, Disturbance{
			Name: "pressure", Severity: High, Found: fmt.Sprintf("something waited for a CPU in %.0f %% of the last minute", e.Pressure.Average60),
			Wanted: fmt.Sprintf("at most %d %%", pressed),
			Why:    "more wants to run than there are CPUs: what is measured waits too", HowToSet: "end what else runs (top shows it), and wait a minute",
		})
	}
	return found
}

// counts writes how many CPUs have which governor.
func counts(governors map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(governors)) {
		noun := "CPUs"
		if governors[name] == 1 {
			noun = "CPU"
		}
		parts = append(parts, fmt.Sprintf("%s on %d %s", name, governors[name], noun))
	}
	return strings.Join(parts, ", ")
}
