package tables

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// property is one of a host's, as it is shown and as CSV has it.
type property struct {
	// name as it is shown, and with its unit as CSV has it.
	name, csv string
	of        func(results.Environment) (shown, raw string)
}

// same is a property that is shown as it is.
func same(name string, of func(results.Environment) string) property {
	return property{name, strings.ReplaceAll(name, " ", "_"), func(e results.Environment) (string, string) { value := of(e); return value, value }}
}

// properties of a host, in the order of the table; what a host does not tell is "".
func properties() []property {
	return []property{
		same("system", func(e results.Environment) string { return joined(" ", e.System, e.SystemVersion) }),
		same("kernel", func(e results.Environment) string { return e.Kernel }),
		same("architecture", func(e results.Environment) string { return e.Architecture }),
		same("processor", func(e results.Environment) string { return e.CPU }),
		same("CPUs", func(e results.Environment) string { return fmt.Sprint(e.CPUs) }),
		same("CPUs usable", func(e results.Environment) string { return fmt.Sprint(e.Usable) }),
		same("threads a core", func(e results.Environment) string { return onOff(e.SMT, "several", "one") }),
		{"memory", "memory_B", func(e results.Environment) (string, string) { return bytesText(e.Memory), fmt.Sprint(e.Memory) }},
		{"swap", "swap_B", func(e results.Environment) (string, string) {
			if e.Swap == nil {
				return "", ""
			}
			return bytesText(*e.Swap), fmt.Sprint(*e.Swap)
		}},
		same("virtualization", func(e results.Environment) string { return e.Virtualization }),
		same("container", func(e results.Environment) string { return e.Container }),
		same("frequency governor", governors),
		same("turbo", func(e results.Environment) string {
			if e.Frequency == nil {
				return ""
			}
			return onOff(e.Frequency.Turbo, "on", "off")
		}),
		same("clock source", func(e results.Environment) string { return e.ClockSource }),
		same("huge pages", func(e results.Environment) string { return e.HugePages }),
		same("ASLR", func(e results.Environment) string {
			if e.ASLR == nil {
				return ""
			}
			return fmt.Sprint(*e.ASLR)
		}),
		{"load, 1 min", "load_1min", func(e results.Environment) (string, string) { return significant(e.Load1, plainDigits), raw(e.Load1) }},
		same("compilers", func(e results.Environment) string {
			return strings.Join(slices.Compact(slices.Sorted(maps.Values(e.Compilers))), "; ")
		}),
		same("OpenSSL", func(e results.Environment) string {
			if e.OpenSSL == nil {
				return ""
			}
			return e.OpenSSL.Version
		}),
		same("CheriBSD", func(e results.Environment) string {
			if e.CheriBSD == nil {
				return ""
			}
			return joined(", ", e.CheriBSD.Product, e.CheriBSD.Firmware, e.CheriBSD.Configuration)
		}),
		same("changed for the campaign", func(e results.Environment) string {
			var changes []string
			for _, change := range e.Tuned {
				changes = append(changes, fmt.Sprintf("%s: %s, was %s", change.Setting, change.Set, change.Was))
			}
			return strings.Join(changes, "; ")
		}),
	}
}

// environment has a column for each host, and a row for each property that one of them tells.
func (s *Source) environment() ([]*Table, error) {
	c := s.data.Campaign
	if len(c.Hosts) == 0 {
		return nil, fmt.Errorf("%w: no host was described", ErrNoData)
	}
	t := s.table("environment", "hardware and system of each host")
	t.parts = nil
	t.columns = []column{{heading: "property", csv: []string{"property"}}}
	for _, host := range c.Hosts {
		t.columns = append(t.columns, column{kind: prose, heading: host.Name, width: 0.72 / float64(len(c.Hosts)), csv: []string{host.Name}})
	}
	var part section
	for _, property := range properties() {
		row, told := []cell{{text: property.name, raw: []string{property.csv}}}, false
		for _, host := range c.Hosts {
			shown, raw := property.of(host.Environment)
			row, told = append(row, cell{text: shown, raw: []string{raw}}), told || shown != ""
		}
		if told {
			part.rows = append(part.rows, row)
		}
	}
	t.sections = []section{part}
	t.Notes = []string{
		fmt.Sprintf("Solution %s, platform %s, order %s, seed %d, begun %s, %s planned.",
			c.Solution, c.Platform, c.Order, c.Seed, c.Started.UTC().Format("2006-01-02 15:04 MST"), runsText(len(c.Runs))),
	}
	if len(c.Versions) > 0 {
		var versions []string
		for _, name := range slices.Sorted(maps.Keys(c.Versions)) {
			versions = append(versions, name+": "+c.Versions[name])
		}
		t.Notes = append(t.Notes, "Versions: "+strings.Join(versions, "; ")+".")
	}
	t.Notes = append(t.Notes, alreadyRan(c.Placement)...)
	t.Notes = append(t.Notes, fmt.Sprintf("Memory and load are rounded to %d significant digits; campaign.json has everything.", plainDigits))
	return []*Table{t}, nil
}

// alreadyRan names the services that were not started for the campaign, each with its address.
func alreadyRan(placement *results.Placement) []string {
	if placement == nil {
		return nil
	}
	var services []string
	for _, service := range placement.Services {
		if !service.Runs() {
			continue
		}
		text := service.Service + " at " + service.URL
		if service.NotReset {
			text += ", its data not reset between runs"
		}
		services = append(services, text)
	}
	if len(services) == 0 {
		return nil
	}
	return []string{"Services that already ran: " + strings.Join(services, "; ") + "."}
}

// governors by name, with how many CPUs have each where they are several.
func governors(e results.Environment) string {
	if e.Frequency == nil {
		return ""
	}
	names := slices.Sorted(maps.Keys(e.Frequency.Governors))
	for i, name := range names {
		if len(names) > 1 {
			names[i] = fmt.Sprintf("%s (%d CPUs)", name, e.Frequency.Governors[name])
		}
	}
	return strings.Join(names, ", ")
}

// joined puts a separator between what is not empty.
func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), separator)
}

func onOff(told *bool, on, off string) string {
	switch {
	case told == nil:
		return ""
	case *told:
		return on
	}
	return off
}

func bytesText(n uint64) string {
	scale := bench.ScaleFor(bench.Bytes, float64(n))
	return scaledBy(scale).rounded(float64(n), nil).value + " " + scale.Name
}

func runsText(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}
