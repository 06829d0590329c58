package importing

import (
	"eaibench/bench"
	"eaibench/results"
)

// Format is how published files are laid out.
type Format string

// The formats.
const (
	// EAI is of an integration process inside a compartment and outside: a line for each metric.
	EAI Format = "published-eai"
	// Memory is of malloc, write, read and free on blocks: a line for each trial.
	Memory Format = "published-memory"
	// Pipe is of messages from a process to its parent: a line for each message.
	Pipe Format = "published-pipe"
	// Capacity is of compartments that are made until memory is short: a line for each.
	Capacity Format = "published-capacity"
	// CPU is of arithmetic: a line for each trial of an operation.
	CPU Format = "published-cpu"
	// Crypto is of OpenSSL's operations: a line for each repetition.
	Crypto Format = "published-crypto"
)

// Formats lists them.
func Formats() []Format { return []Format{EAI, Memory, Pipe, Capacity, CPU, Crypto} }

// The modes of the published comparisons. They have names of their own: nothing in the files shows that they are what
// eaibench's modes of Morello are.
const (
	outside         = "outside"
	inside          = "inside"
	insidePurecap   = "inside-purecap"
	insideBenchmark = "inside-purecap-benchmark"
	purecap2405     = "purecap-24.05"
	benchmark2405   = "purecap-benchmark-24.05"
	purecap2212     = "purecap-22.12"
)

// Platform of every imported campaign. It has no profile: what its modes are is only said.
const Platform = "cheribsd-morello-published"

// Program is the component of values that a published program measured of itself and that is no integration process.
const Program bench.Component = "program"

// layout is everything that is peculiar to a format.
type layout struct {
	solution, title, about string
	columns                []string
	// modes in the order of their chain.
	modes []results.Mode
	// files are the names of the published files by mode. A format whose rows name their modes has none.
	files map[string]string
	// series by metric, in the order of the columns.
	series []bench.Series
	// remark tells a line that is no row and is kept as it is.
	remark func(line string) bool
	read   func(*table)
	known  []results.Known
}

func mode(name, baseline, what string) results.Mode {
	return results.Mode{Mode: bench.Mode{Name: name, Baseline: baseline}, StandsFor: what}
}

// threeModes are those of the comparisons of library compartments.
func threeModes() []results.Mode {
	return []results.Mode{
		mode(outside, "", "published as outside compartment: compiled without flags of an ABI, started as it is"),
		mode(insidePurecap, outside, "published as purecap ABI: -mabi=purecap, started by proccontrol with library compartments"),
		mode(insideBenchmark, outside, "published as purecap-benchmark ABI: -mabi=purecap-benchmark, started by proccontrol with library compartments"),
	}
}

// experiment names the files of the comparisons of library compartments, of which there is one for each mode.
func experiment(subject string) map[string]string {
	return map[string]string{
		subject + "-out-experiment-results.csv":                  outside,
		subject + "-in-experiment-purecap-results.csv":           insidePurecap,
		subject + "-in-experiment-purecap-benchmark-results.csv": insideBenchmark,
	}
}

func ofProgram(operation bench.Operation, metrics ...string) []bench.Series {
	var all []bench.Series
	for _, metric := range metrics {
		all = append(all, bench.Series{Component: Program, Operation: operation, Metric: metric})
	}
	return all
}

// layoutOf gives a format's layout; false for one that is not known.
func layoutOf(format Format) (layout, bool) {
	switch format {
	case EAI:
		return eaiLayout(), true
	case Memory:
		return memoryLayout(), true
	case Pipe:
		return pipeLayout(), true
	case Capacity:
		return capacityLayout(), true
	case CPU:
		return cpuLayout(), true
	case Crypto:
		return cryptoLayout(), true
	}
	return layout{}, false
}

// Modes lists the modes that a format's files may be of, in the order of their chain; none for a format that is not
// known.
func Modes(format Format) []string {
	found, _ := layoutOf(format)
	var names []string
	for _, one := range found.modes {
		names = append(names, one.Name)
	}
	return names
}

// ModeOf is the mode that the name of a published file says; "" for any other name.
func ModeOf(format Format, name string) string {
	found, _ := layoutOf(format)
	return found.files[name]
}

// About says of a format, in a line, what is measured and where it was published.
func About(format Format) string {
	found, _ := layoutOf(format)
	return found.about
}

// namesModes tells whether rows name their modes themselves.
func (l layout) namesModes() bool { return len(l.files) == 0 }

func (l layout) hasMode(name string) bool {
	for _, one := range l.modes {
		if one.Name == name {
			return true
		}
	}
	return false
}
