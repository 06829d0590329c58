package results

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
)

// Environment is what may have shaped the numbers measured on a host.
type Environment struct {
	System        string `json:"system"`
	SystemVersion string `json:"system_version"`
	Kernel        string `json:"kernel"`
	Architecture  string `json:"architecture"`
	CPU           string `json:"cpu"`
	// CPUs is how many logical ones the system has; Usable how many eaibench may
	// use.
	CPUs   int `json:"cpus"`
	Usable int `json:"usable_cpus"`
	// Memory of the system, in bytes.
	Memory uint64 `json:"memory_bytes"`
	// Virtualization is the hypervisor or container, "" if none was found.
	Virtualization string `json:"virtualization,omitempty"`
	// Load1 is the load average of the last minute when the campaign began.
	Load1 float64 `json:"load1"`
	// Raw are files of the system as they were, by their path, so that what
	// is not read here is not lost.
	Raw map[string]string `json:"raw,omitempty"`
}

// rawFiles tell more about a Linux host than the fields above; others lack them.
var rawFiles = []string{
	"/etc/os-release",
	"/proc/version",
	"/proc/cmdline",
	"/proc/cpuinfo",
	"/proc/meminfo",
	"/proc/loadavg",
	"/proc/sys/kernel/randomize_va_space",
	"/sys/devices/system/clocksource/clocksource0/current_clocksource",
	"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	"/sys/devices/system/cpu/intel_pstate/no_turbo",
	"/sys/kernel/mm/transparent_hugepage/enabled",
}

// Observe describes this host. What the system does not tell is left empty; the
// error says that it could not be asked for the processor, memory or system.
func Observe(ctx context.Context) (Environment, error) {
	environment := Environment{Architecture: runtime.GOARCH, Usable: runtime.GOMAXPROCS(0), Raw: map[string]string{}}
	system, err := host.InfoWithContext(ctx)
	if err != nil {
		return environment, fmt.Errorf("asking for the operating system: %w", err)
	}
	environment.System, environment.SystemVersion, environment.Kernel = system.Platform, system.PlatformVersion, system.KernelVersion
	if system.VirtualizationRole == "guest" {
		environment.Virtualization = system.VirtualizationSystem
	}
	processors, err := cpu.InfoWithContext(ctx)
	if err != nil {
		return environment, fmt.Errorf("asking for the processor: %w", err)
	}
	if len(processors) > 0 {
		environment.CPU = processors[0].ModelName
	}
	if environment.CPUs, err = cpu.CountsWithContext(ctx, true); err != nil {
		return environment, fmt.Errorf("counting processors: %w", err)
	}
	memory, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return environment, fmt.Errorf("asking for the memory: %w", err)
	}
	environment.Memory = memory.Total
	if average, err := load.AvgWithContext(ctx); err == nil {
		environment.Load1 = average.Load1
	}
	for _, file := range rawFiles {
		if text, err := os.ReadFile(file); err == nil {
			environment.Raw[file] = trimRaw(file, string(text))
		}
	}
	return environment, nil
}

// trimRaw keeps one processor of many: they differ in numbers that say nothing.
func trimRaw(file, text string) string {
	if file == "/proc/cpuinfo" {
		text, _, _ = strings.Cut(text, "\n\n")
	}
	return strings.TrimRight(text, "\n")
}
