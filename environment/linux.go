package environment

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// rawFiles tell more about a Linux host than the fields do.
var rawFiles = []string{
	"/etc/os-release",
	"/proc/version",
	"/proc/cmdline",
	"/proc/cpuinfo",
	"/proc/meminfo",
	"/proc/loadavg",
	"/proc/pressure/cpu",
	"/proc/sys/kernel/randomize_va_space",
	"/sys/devices/system/clocksource/clocksource0/current_clocksource",
	"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	"/sys/devices/system/cpu/intel_pstate/no_turbo",
	"/sys/devices/system/cpu/cpufreq/boost",
	"/sys/kernel/mm/transparent_hugepage/enabled",
}

// linux fills in what Linux tells.
func (o *observer) linux() {
	for _, file := range rawFiles {
		o.keep(file)
	}
	if text, ok := o.e.Raw["/proc/cpuinfo"]; ok {
		// One processor of many: they differ in numbers that say nothing.
		o.e.Raw["/proc/cpuinfo"], _, _ = strings.Cut(text, "\n\n")
	}
	o.distribution()
	o.e.CommandLine = redact(o.read("/proc/cmdline"))
	o.linuxProcessors()
	o.frequency()
	o.linuxMemory()
	o.e.ASLR = number(o.read("/proc/sys/kernel/randomize_va_space"))
	o.e.HugePages = Selected(o.read("/sys/kernel/mm/transparent_hugepage/enabled"))
	o.e.ClockSource = o.read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	o.vulnerabilities()
	o.battery()
	o.linuxLoad()
	o.e.Virtualization, o.e.Container = o.virtualization(), o.container()
	o.e.Quota = o.quota()
	o.e.Tuned = o.tuned()
}

// distribution reads os-release(5). Debian says its point release elsewhere.
func (o *observer) distribution() {
	values := map[string]string{}
	for line := range strings.Lines(o.read("/etc/os-release")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[name] = strings.Trim(value, `"'`)
		}
	}
	o.e.System, o.e.SystemVersion = values["ID"], values["VERSION_ID"]
	if o.e.System == "" {
		o.e.System = "linux"
	}
	if point := o.read("/etc/debian_version"); o.e.System == "debian" && point != "" {
		o.e.SystemVersion = point
	}
}

// linuxProcessors reads /proc/cpuinfo, and what of the processors may be used.
func (o *observer) linuxProcessors() {
	first := map[string]string{}
	for line := range strings.Lines(o.read("/proc/cpuinfo")) {
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if name == "processor" {
			o.e.CPUs++
		}
		if _, ok := first[name]; !ok {
			first[name] = value
		}
	}
	o.e.CPU, o.e.Microcode = first["model name"], first["microcode"]
	if part, ok := first["CPU part"]; ok && o.e.CPU == "" { // arm64 has numbers for a name
		o.e.CPU = "implementer " + first["CPU implementer"] + " part " + part
	}
	o.e.Usable = o.e.CPUs
	for line := range strings.Lines(o.read("/proc/self/status")) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			if n := countList(strings.TrimSpace(list)); n > 0 {
				o.e.Usable = min(n, o.e.CPUs)
			}
		}
	}
	o.e.SMT = truth(o.read("/sys/devices/system/cpu/smt/active"), "1", "0")
	o.e.Isolated = o.read("/sys/devices/system/cpu/isolated")
	nodes, _ := o.source.ReadDir(o.ctx, "/sys/devices/system/node")
	for _, name := range nodes {
		if nodeName.MatchString(name) {
			o.e.NUMANodes++
		}
	}
}

var (
	nodeName = regexp.MustCompile(`^node\d+$`)
	cpuName  = regexp.MustCompile(`^cpu\d+$`)
)

// frequency asks every CPU for its governor: they may differ.
func (o *observer) frequency() {
	const folder = "/sys/devices/system/cpu"
	f := Frequency{Turbo: truth(o.read(folder+"/intel_pstate/no_turbo"), "0", "1")}
	if f.Turbo == nil {
		f.Turbo = truth(o.read(folder+"/cpufreq/boost"), "1", "0")
	}
	names, _ := o.source.ReadDir(o.ctx, folder)
	for _, name := range names {
		if !cpuName.MatchString(name) {
			continue
		}
		of := folder + "/" + name + "/cpufreq/"
		governor := o.read(of + "scaling_governor")
		if governor == "" {
			continue
		}
		if f.Governors == nil {
			f.Governors = map[string]int{}
			f.Driver, f.Preference = o.read(of+"scaling_driver"), o.read(of+"energy_performance_preference")
		}
		f.Governors[governor]++
		if least := hertz(o.read(of + "scaling_min_freq")); least > 0 && (f.Min == 0 || least < f.Min) {
			f.Min = least
		}
		f.Max = max(f.Max, hertz(o.read(of+"scaling_max_freq")))
	}
	if f.Turbo != nil || f.Governors != nil {
		o.e.Frequency = &f
	}
}

// hertz reads a frequency of cpufreq, which is in kHz; 0 is none.
func hertz(text string) uint64 {
	kilohertz, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return kilohertz * 1000
}

func (o *observer) linuxMemory() {
	values := map[string]uint64{}
	for line := range strings.Lines(o.read("/proc/meminfo")) {
		name, value, _ := strings.Cut(line, ":")
		if n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
			values[name] = n << 10 // the kernel's kB are KiB
		}
	}
	o.e.Memory = values["MemTotal"]
	total, there := values["SwapTotal"]
	if free, ok := values["SwapFree"]; there && ok && free <= total {
		used := total - free
		o.e.Swap, o.e.SwapUsed = &total, &used
	}
}

func (o *observer) vulnerabilities() {
	const folder = "/sys/devices/system/cpu/vulnerabilities"
	names, _ := o.source.ReadDir(o.ctx, folder)
	for _, name := range names {
		if text := o.read(folder + "/" + name); text != "" {
			if o.e.Vulnerabilities == nil {
				o.e.Vulnerabilities = map[string]string{}
			}
			o.e.Vulnerabilities[name] = text
		}
	}
}

// battery looks for one of the computer's own; mice and pens have batteries too.
func (o *observer) battery() {
	const folder = "/sys/class/power_supply"
	names, _ := o.source.ReadDir(o.ctx, folder)
	for _, name := range names {
		of := folder + "/" + name + "/"
		if o.read(of+"type") != "Battery" || o.read(of+"scope") == "Device" {
			continue
		}
		discharging := o.read(of+"status") == "Discharging"
		if o.e.OnBattery != nil {
			discharging = discharging || *o.e.OnBattery
		}
		o.e.OnBattery = &discharging
	}
}

func (o *observer) linuxLoad() {
	if loads := floats(o.read("/proc/loadavg")); len(loads) >= 3 {
		o.setLoad(loads)
	}
	for line := range strings.Lines(o.read("/proc/pressure/cpu")) {
		p := Pressure{}
		if n, err := fmt.Sscanf(line, "some avg10=%f avg60=%f avg300=%f", &p.Average10, &p.Average60, &p.Average300); n == 3 && err == nil {
			o.e.Pressure = &p
		}
	}
}

func (o *observer) setLoad(loads []float64) {
	o.e.Load1, o.e.Load5, o.e.Load15 = loads[0], &loads[1], &loads[2]
}

// floats reads the numbers that a text begins with.
func floats(text string) []float64 {
	var numbers []float64
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			break
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// number reads a whole number, nil if the text is none.
func number(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// truth reads what is one of two texts, nil if it is neither.
func truth(text, yes, no string) *bool {
	if text != yes && text != no {
		return nil
	}
	is := text == yes
	return &is
}

// Selected gives the one of several words that a file of /sys has in brackets: "madvise" of
// "always [madvise] never"; of a text without brackets all of it.
func Selected(text string) string {
	if _, after, ok := strings.Cut(text, "["); ok {
		if word, _, ok := strings.Cut(after, "]"); ok {
			return word
		}
	}
	return strings.TrimSpace(text)
}

// countList counts the numbers in a list as the kernel writes it: 0-3,8 has five. What is no
// list has 0.
func countList(list string) int {
	count := 0
	for part := range strings.SplitSeq(list, ",") {
		first, last, several := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			return 0
		}
		to := from
		if several {
			if to, err = strconv.Atoi(last); err != nil || to < from {
				return 0
			}
		}
		count += to - from + 1
	}
	return count
}
