package bench

import (
	"maps"
	"slices"
)

// Reading is one row of the table of what is read of a run's processes besides
// their steps: once a run, untimed, by whoever started them.
type Reading struct {
	// Operation is Memory or Process.
	Operation Operation
	// Component is the process that is read; of digital services each.
	Component Component
	Metric    string
	Unit      Unit
	// Meaning for people, in one line.
	Meaning string
	// Lacking are the platforms that do not tell it of a process that runs there:
	// then it is absent, never 0.
	Lacking []string
}

// cheribsd is the platform whose kernel has no proportional sets (procstat(1) tells
// how often a page is shared, not by whom), and counts no stolen time.
var cheribsd = []string{"cheribsd-morello"}

// readings is the only place that says what is read. docs/formats/samples.md shows it.
var readings = []Reading{
	{Memory, IntegrationProcess, "peak_resident", Bytes, "the most that was resident", nil},
	{Memory, IntegrationProcess, "resident", Bytes, "resident at the end", nil},
	{Memory, IntegrationProcess, "proportional", Bytes, "resident at the end, shared pages divided among those that share them", cheribsd},
	{Memory, IntegrationProcess, "proportional_executable", Bytes, "of it, mapped from the executable", cheribsd},
	{Memory, IntegrationProcess, "proportional_libraries", Bytes, "of it, mapped from other files with code", cheribsd},
	{Memory, IntegrationProcess, "proportional_heap", Bytes, "of it, from `brk`", cheribsd},
	{Memory, IntegrationProcess, "proportional_anonymous", Bytes, "of it, other memory without file: further allocations, data that starts as zero, AddressSanitizer's own", cheribsd},
	{Memory, IntegrationProcess, "proportional_stack", Bytes, "of it, the main thread's stack", cheribsd},
	{Memory, IntegrationProcess, "proportional_other", Bytes, "of it, the rest: files without code, shared memory, the kernel's", cheribsd},

	{Process, IntegrationProcess, "minor_faults", Count, "page faults that needed no input or output", nil},
	{Process, IntegrationProcess, "major_faults", Count, "page faults that needed input or output", nil},
	{Process, IntegrationProcess, "voluntary_switches", Count, "context switches because a thread waited", nil},
	{Process, IntegrationProcess, "involuntary_switches", Count, "context switches because a thread had to make way", nil},
	{Process, IntegrationProcess, "user_time", Nanoseconds, "CPU time of the program, since its start; in clock ticks of 10 ms", nil},
	{Process, IntegrationProcess, "system_time", Nanoseconds, "CPU time of the kernel for it; in clock ticks of 10 ms", nil},
	{Process, IntegrationProcess, "cpu_time", Nanoseconds, "both together, as the scheduler counts them, to the nanosecond", nil},
	{Process, IntegrationProcess, "executable_size", Bytes, "size of the executable's file", nil},

	{Memory, Launcher, "resident", Bytes, "resident at the run's end", nil},
	{Memory, Launcher, "proportional", Bytes, "the same, shared pages divided", cheribsd},
	{Process, Launcher, "span", Nanoseconds, "from the first process's `run` to the last one's `finished`", nil},
	{Process, Launcher, "cpu_time", Nanoseconds, "CPU time from the run's beginning to its end", nil},
	{Memory, DigitalService, "resident", Bytes, "resident at the run's end", nil},
	{Memory, DigitalService, "proportional", Bytes, "the same, shared pages divided", nil},
	{Process, DigitalService, "cpu_time", Nanoseconds, "CPU time from the run's beginning to its end", nil},
	{Memory, Attester, "resident", Bytes, "resident at the run's end", nil},
	{Memory, Attester, "proportional", Bytes, "the same, shared pages divided", cheribsd},
	{Process, Attester, "cpu_time", Nanoseconds, "CPU time from the run's beginning to its end", nil},
	{Memory, RootCA, "resident", Bytes, "resident at the run's end", nil},
	{Memory, RootCA, "proportional", Bytes, "the same, shared pages divided", nil},
	{Process, RootCA, "cpu_time", Nanoseconds, "CPU time from the run's beginning to its end", nil},

	{Process, Host, "other_cpu_time", Nanoseconds, "CPU time that everything but the campaign's own processes used, from the run's beginning to its end; in clock ticks of 10 ms", nil},
	{Process, Host, "steal_time", Nanoseconds, "time that the hypervisor gave its CPUs to others meanwhile, over all CPUs; in clock ticks of 10 ms", cheribsd},
}

// Required tells whether a run lacks something without the reading. What else went on on
// the host is worth knowing, but a run is whole where the system does not tell it.
func (r Reading) Required() bool { return r.Component != Host }

// Readings gives the table of what is read of a run's processes. The caller may
// change its copy.
func Readings() []Reading { return slices.Clone(readings) }

// PeakMemory is the series of the most memory the integration process occupied,
// in bytes, resident, read before it ended.
func PeakMemory() Series {
	return Series{Component: IntegrationProcess, Operation: Memory, Metric: "peak_resident"}
}

// Span is the series of how long all processes of a run took together, ns.
func Span() Series { return Series{Component: Launcher, Operation: Process, Metric: "span"} }

// ProportionalMemory is the series of the integration process's proportional set,
// in bytes: its own memory and its share of what it shares.
func ProportionalMemory() Series {
	return Series{Component: IntegrationProcess, Operation: Memory, Metric: "proportional"}
}

// UnitOf gives the unit of a series of the tables: that of a reading, else
// nanoseconds, which all steps have.
func UnitOf(s Series) Unit {
	for _, reading := range readings {
		if reading.is(s) {
			return reading.Unit
		}
	}
	return Nanoseconds
}

// UnitIn gives the unit of a series in samples: that of the tables, else that of its first sample, as an imported
// campaign has series that are in no table; nanoseconds where there is none.
func UnitIn(samples []Sample, s Series) Unit {
	if known := unitKnown(s); known != "" {
		return known
	}
	for i := range samples {
		if samples[i].Metric == s.Metric && samples[i].Series() == s {
			return samples[i].Unit
		}
	}
	return Nanoseconds
}

// unitKnown is the unit of a series that is a step or a reading; "" of any other.
func unitKnown(s Series) Unit {
	if _, step := StepOf(s); step {
		return Nanoseconds
	}
	if slices.ContainsFunc(readings, func(r Reading) bool { return r.is(s) }) {
		return UnitOf(s)
	}
	return ""
}

func (r Reading) is(s Series) bool {
	return r.Operation == s.Operation && r.Component == s.Component && r.Metric == s.Metric
}

// exists tells whether the reading can be made where the run was.
func (r Reading) exists(platform string) bool { return !slices.Contains(r.Lacking, platform) }

// readingsFound counts a run's readings by series.
type readingsFound map[Series]int

// take notes a sample that is a reading. It refuses what no row of the table is, on
// this platform and in this unit, and what is there already.
func (f readingsFound) take(sample Sample, platform string) bool {
	series := sample.Series()
	known := slices.ContainsFunc(readings, func(r Reading) bool {
		return r.is(series) && r.exists(platform) && r.Unit == sample.Unit && (r.Component == DigitalService) == (sample.Service != "")
	})
	if !known || sample.Request != NoRequest {
		return false
	}
	f[series]++
	return f[series] == 1
}

// missing lists the readings that are not there; of services, those of each service
// that was addressed or of which something was read.
func (f readingsFound) missing(platform string, addressed map[string]bool) []Absence {
	services := maps.Clone(addressed)
	for series := range f {
		if series.Service != "" {
			services[series.Service] = true
		}
	}
	var missing []Absence
	for _, r := range readings {
		if !r.exists(platform) || !r.Required() {
			continue
		}
		of := []string{""}
		if r.Component == DigitalService {
			of = slices.Sorted(maps.Keys(services))
		}
		for _, service := range of {
			if f[Series{r.Component, r.Operation, r.Metric, service}] == 0 {
				step := Step{Operation: r.Operation, Component: r.Component, Metric: r.Metric}
				missing = append(missing, Absence{Step: step, Request: NoRequest, Service: service})
			}
		}
	}
	return missing
}
