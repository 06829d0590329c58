package environment

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// asked are the sysctls that are read at once; -i passes over those that a kernel lacks.
var asked = []string{
	"hw.model", "hw.ncpu", "hw.physmem", "hw.machine_arch", "kern.bootfile", "kern.vm_guest", "kern.smp.threads_per_core",
	"kern.timecounter.hardware", "vm.loadavg", "vm.ndomains", "vm.swap_total",
	"kern.elf64.aslr.enable", "kern.elf64c.aslr.enable", "kern.elf64cb.aslr.enable", "security.cheri",
}

// freebsd fills in what FreeBSD tells, and CheriBSD, which calls itself so.
func (o *observer) freebsd() {
	o.e.System, o.e.SystemVersion = "freebsd", o.e.Kernel
	values := ParseSysctl(o.keepRun("sysctl", append([]string{"-i"}, asked...)...))
	o.e.CPU = values["hw.model"]
	o.e.CPUs, _ = strconv.Atoi(values["hw.ncpu"])
	o.e.Usable = o.e.CPUs
	if usable := number(o.run("nproc")); usable != nil && *usable > 0 {
		o.e.Usable = min(*usable, o.e.CPUs)
	}
	o.e.Memory, _ = strconv.ParseUint(values["hw.physmem"], 10, 64)
	o.e.NUMANodes, _ = strconv.Atoi(values["vm.ndomains"])
	o.e.ClockSource = values["kern.timecounter.hardware"]
	if threads, err := strconv.Atoi(values["kern.smp.threads_per_core"]); err == nil {
		several := threads > 1
		o.e.SMT = &several
	}
	if loads := floats(strings.Trim(values["vm.loadavg"], "{ }")); len(loads) >= 3 {
		o.setLoad(loads)
	}
	if guest := values["kern.vm_guest"]; guest != "none" {
		o.e.Virtualization = guest
	}
	o.freebsdSwap()
	o.cheribsd(values)
}

// freebsdSwap adds up swapinfo -k: device, KiB, used, available, capacity.
func (o *observer) freebsdSwap() {
	lines := strings.Split(o.run("swapinfo", "-k"), "\n")
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "Device") {
		return
	}
	var total, used uint64
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] == "Total" {
			continue
		}
		size, err1 := strconv.ParseUint(fields[1], 10, 64)
		taken, err2 := strconv.ParseUint(fields[2], 10, 64)
		if err1 == nil && err2 == nil {
			total, used = total+size<<10, used+taken<<10
		}
	}
	o.e.Swap, o.e.SwapUsed = &total, &used
}

// counters are no settings: they count what the kernel did.
const counters = "security.cheri.stats."

// cheribsd fills in what CheriBSD alone has. A FreeBSD without security.cheri is none.
func (o *observer) cheribsd(values map[string]string) {
	c := &CheriBSD{
		Configuration: o.run("uname", "-i"), BootFile: values["kern.bootfile"],
		Product: o.keepRun("kenv", "-q", "smbios.system.product"), Firmware: o.run("kenv", "-q", "smbios.bios.version"),
		Settings: map[string]string{}, ASLR: map[string]bool{},
	}
	for name, value := range values {
		if strings.HasPrefix(name, "security.cheri.") && !strings.HasPrefix(name, counters) {
			c.Settings[name] = value
		}
		if abi, ok := strings.CutPrefix(name, "kern."); ok {
			if abi, ok := strings.CutSuffix(abi, ".aslr.enable"); ok {
				c.ASLR[abi] = value == "1"
			}
		}
	}
	for _, abi := range []string{"elf64c", "elf64"} {
		if on, ok := c.ASLR[abi]; ok {
			setting := 0
			if on {
				setting = 1
			}
			o.e.ASLR = &setting
			break
		}
	}
	c.Debugging = ParseKernelOptions(o.run("sysctl", "-n", "kern.conftxt"))
	c.Warnings = ParseMessageOfTheDay(o.read("/var/run/motd") + "\n" + o.read("/etc/motd"))
	if strings.Contains(c.Product, "QEMU") {
		o.e.Virtualization = "qemu" // a kernel may take it for a board: it has no other sign
	}
	if len(c.Settings) > 0 || strings.Contains(c.Configuration, "MORELLO") || strings.Contains(o.e.CPU, "Morello") {
		o.e.System, o.e.CheriBSD = "cheribsd", c
	}
}

// ParseSysctl reads what sysctl(8) prints: "name: value" or, with -e, "name=value", a line
// each. Lines of values of several lines are left out.
func ParseSysctl(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		at := strings.IndexAny(line, ":=")
		if at <= 0 || !sysctlName.MatchString(line[:at]) {
			continue
		}
		values[line[:at]] = strings.TrimSpace(line[at+1:])
	}
	return values
}

var sysctlName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[A-Za-z0-9_%-]+)+$`)

// slowOptions make a kernel check itself: sys/conf/NOTES says of each that it costs time.
var slowOptions = []string{"INVARIANTS", "WITNESS", "DIAGNOSTIC", "DEADLKRES", "MALLOC_DEBUG_MAXZONES", "KASAN", "KCSAN"}

// ParseKernelOptions reads the configuration of a kernel of FreeBSD (sysctl kern.conftxt, as
// config(5)) and gives those of its options that make it check itself, sorted. A later
// nooptions takes one away: *-NODEBUG configurations are written so. Nil: the text is no
// configuration, as that of a kernel which does not carry its own.
func ParseKernelOptions(text string) []string {
	on := map[string]bool{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		name, _, _ := strings.Cut(fields[1], "=")
		switch fields[0] {
		case "options":
			on[name] = slices.Contains(slowOptions, name)
		case "nooptions":
			on[name] = false
		}
	}
	if len(on) == 0 {
		return nil
	}
	found := []string{}
	for _, name := range slowOptions {
		if on[name] {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

var warns = regexp.MustCompile(`(?i)\b(warning|witness|invariants|debug\w*|slow\w*)\b`)

// ParseMessageOfTheDay gives the lines of a message of the day that warn of a slow kernel,
// each once.
func ParseMessageOfTheDay(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		line = redact(strings.TrimSpace(line))
		if warns.MatchString(line) && !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	return found
}
