package environment

// Environment is what may have shaped the numbers measured on a host. Its JSON is part
// of campaign.json; docs/formats/campaign.md lists every member. Pointers and members
// that may be left out are absent where the host does not tell.
type Environment struct {
	// System is "debian", "freebsd"; SystemVersion is its own word for its version.
	System        string `json:"system"`
	SystemVersion string `json:"system_version"`
	// Kernel is its release, as uname -r; KernelVersion how it was built, as uname -v.
	Kernel        string `json:"kernel"`
	KernelVersion string `json:"kernel_version,omitempty"`
	// CommandLine is what the kernel was booted with: isolcpus, mitigations.
	CommandLine string `json:"command_line,omitempty"`
	// Architecture as Go names it: amd64, arm64.
	Architecture string `json:"architecture"`
	// CPU is the processor's model, Microcode its revision.
	CPU       string `json:"cpu"`
	Microcode string `json:"microcode,omitempty"`
	// CPUs is how many logical ones the system has; Usable how many the asking process
	// may run on.
	CPUs   int `json:"cpus"`
	Usable int `json:"usable_cpus"`
	// SMT tells whether cores run several threads each.
	SMT *bool `json:"smt,omitempty"`
	// Isolated CPUs are left alone by the scheduler, such as "2-3".
	Isolated string `json:"isolated_cpus,omitempty"`
	// NUMANodes is how many there are.
	NUMANodes int `json:"numa_nodes,omitempty"`
	// Frequency is how the processor's frequency is chosen.
	Frequency *Frequency `json:"frequency,omitempty"`
	// ClockSource is what the system's clock counts, such as "tsc".
	ClockSource string `json:"clock_source,omitempty"`
	// Memory of the system, in bytes.
	Memory uint64 `json:"memory_bytes"`
	// Swap that is there and that is in use, in bytes.
	Swap     *uint64 `json:"swap_bytes,omitempty"`
	SwapUsed *uint64 `json:"swap_used_bytes,omitempty"`
	// HugePages is when memory gets transparent huge pages: always, madvise, never.
	HugePages string `json:"transparent_huge_pages,omitempty"`
	// ASLR is kernel.randomize_va_space on Linux: 0 none, 1 without the heap, 2 all; on
	// FreeBSD 1 for on and 0 for off, for the ABI of a purecap kernel if there is one.
	ASLR *int `json:"aslr,omitempty"`
	// Vulnerabilities of the processor and what the kernel does against each.
	Vulnerabilities map[string]string `json:"vulnerabilities,omitempty"`
	// Virtualization is the hypervisor or emulator, "" if none was found.
	Virtualization string `json:"virtualization,omitempty"`
	// Container is what kind of container the asking process is in, "" if none was found.
	Container string `json:"container,omitempty"`
	// Quota is how many CPUs' time the control group may use; nil: all.
	Quota *float64 `json:"cpu_quota,omitempty"`
	// OnBattery tells whether a computer with a battery runs on it.
	OnBattery *bool `json:"on_battery,omitempty"`
	// Load averages of the last 1, 5 and 15 minutes: how many tasks ran or waited.
	Load1  float64  `json:"load1"`
	Load5  *float64 `json:"load5,omitempty"`
	Load15 *float64 `json:"load15,omitempty"`
	// Pressure is how much tasks waited for a CPU.
	Pressure *Pressure `json:"cpu_pressure,omitempty"`
	// Compilers by the name of their command: the first line of what each says of its
	// version.
	Compilers map[string]string `json:"compilers,omitempty"`
	// OpenSSL that programs are linked with.
	OpenSSL *OpenSSL `json:"openssl,omitempty"`
	// CheriBSD is what only CheriBSD has.
	CheriBSD *CheriBSD `json:"cheribsd,omitempty"`
	// Tuned are settings that eaibench changed, as asked, and puts back when it ends.
	Tuned []Change `json:"tuned,omitempty"`
	// Raw are files of the system, by their path, and answers of commands, by their
	// command line, as they were, so that what is not read here is not lost.
	Raw map[string]string `json:"raw,omitempty"`
}

// Frequency is how the processor's frequency is chosen.
type Frequency struct {
	// Driver of the kernel, such as "intel_pstate".
	Driver string `json:"driver,omitempty"`
	// Governors by name: how many CPUs have each.
	Governors map[string]int `json:"governors,omitempty"`
	// Preference is what energy_performance_preference says of the first CPU.
	Preference string `json:"energy_preference,omitempty"`
	// Turbo tells whether the processor may go beyond its nominal frequency while
	// temperature and power allow.
	Turbo *bool `json:"turbo,omitempty"`
	// Min and Max are between what the governor may choose, over all CPUs, in Hz.
	Min uint64 `json:"min_hz,omitempty"`
	Max uint64 `json:"max_hz,omitempty"`
}

// Pressure is the share of time, in percent, in which at least one task waited for a
// CPU, over the last 10, 60 and 300 seconds.
type Pressure struct {
	Average10  float64 `json:"avg10"`
	Average60  float64 `json:"avg60"`
	Average300 float64 `json:"avg300"`
}

// OpenSSL is one build of the library.
type OpenSSL struct {
	// Version as it says itself.
	Version string `json:"version"`
	// CPU are the processor's features that it uses, as it says itself
	// (OPENSSL_CPU_INFO): "N/A" is a build without assembly.
	CPU string `json:"cpu,omitempty"`
}

// CheriBSD is what only CheriBSD has.
type CheriBSD struct {
	// Configuration is the kernel's, as uname -i: GENERIC-MORELLO-PURECAP.
	Configuration string `json:"kernel_configuration,omitempty"`
	// BootFile is the kernel's file.
	BootFile string `json:"boot_file,omitempty"`
	// Product and Firmware are what the board says of itself by SMBIOS; its serial
	// number is not asked.
	Product  string `json:"product,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	// Debugging are the options of the kernel's configuration that make it check itself;
	// nil: the kernel does not carry its configuration.
	Debugging []string `json:"debugging"`
	// Warnings are lines of the message of the day that warn.
	Warnings []string `json:"warnings,omitempty"`
	// Settings are all sysctls of security.cheri but those that count.
	Settings map[string]string `json:"settings,omitempty"`
	// ASLR by ABI, such as elf64c: whether it is on.
	ASLR map[string]bool `json:"aslr,omitempty"`
}

// Change is a setting of the host that eaibench changed.
type Change struct {
	// Setting is its file.
	Setting string `json:"setting"`
	Was     string `json:"was"`
	Set     string `json:"set"`
}
