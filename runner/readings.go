package runner

import (
	"fmt"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
)

// Use is what a component of the campaign uses, at one moment.
type Use struct {
	Component bench.Component
	Service   string // the digital service's ID; "" of others
	// Resident and Proportional are its resident and its proportional set, bytes.
	Resident, Proportional int64
	// ProportionalUntold is true where the system does not tell Proportional.
	ProportionalUntold bool
	// CPU time since it was started. Of the host (bench.Host): what all processes but the
	// campaign's own used. The two sides of that are counted differently, so it may be
	// some clock ticks less than it was.
	CPU time.Duration
	// Steal, of the host alone, is what its hypervisor gave to others; nil: not told.
	Steal *time.Duration
	// Untold, of the host alone: it does not tell what was used.
	Untold bool
}

// readingsOf turns what the launcher read of the process into samples, named as in bench's table.
// What it did not read is left out: bench.Examine misses it.
func readingsOf(result *launcher.RunResult, recorded time.Time, run string) []bench.Sample {
	values := map[string]int64{}
	if m := result.Memory; m != nil {
		values["peak_resident"], values["resident"] = m.PeakResident, m.Resident
	}
	if m := result.Memory; m != nil && !m.ProportionalUntold {
		values["proportional"] = m.Proportional
		values["proportional_executable"], values["proportional_libraries"] = m.Mappings.Executable, m.Mappings.Libraries
		values["proportional_heap"], values["proportional_anonymous"] = m.Mappings.Heap, m.Mappings.Anonymous
		values["proportional_stack"], values["proportional_other"] = m.Mappings.Stack, m.Mappings.Other
	}
	if u := result.Usage; u != nil {
		values["minor_faults"], values["major_faults"] = u.MinorFaults, u.MajorFaults
		values["voluntary_switches"], values["involuntary_switches"] = u.VoluntarySwitches, u.InvoluntarySwitches
		values["user_time"], values["system_time"], values["cpu_time"] = u.User, u.System, u.CPU
	}
	if result.ExecutableSize > 0 {
		values["executable_size"] = result.ExecutableSize
	}
	var samples []bench.Sample
	for _, reading := range bench.Readings() {
		value, read := values[reading.Metric]
		if reading.Component != bench.IntegrationProcess || !read {
			continue
		}
		samples = append(samples, bench.Sample{
			Time: recorded, Run: run, Request: bench.NoRequest, Component: reading.Component, Operation: reading.Operation,
			Metric: reading.Metric, Value: float64(value), Unit: reading.Unit, Program: result.Program,
		})
	}
	return samples
}

// usesOf turns what the components used before and after a run into samples.
func usesOf(before, after []Use, recorded time.Time, run, program string) ([]bench.Sample, error) {
	if len(before) != len(after) {
		return nil, fmt.Errorf("there were %d components before the run and %d after it", len(before), len(after))
	}
	var samples []bench.Sample
	for i, now := range after {
		for _, one := range before[i].until(now) {
			samples = append(samples, bench.Sample{
				Time: recorded, Run: run, Request: bench.NoRequest, Component: now.Component, Operation: one.operation,
				Metric: one.metric, Value: float64(one.value), Unit: one.unit, Program: program, Service: now.Service,
			})
		}
	}
	return samples, nil
}

// used is one value of what a component used.
type used struct {
	operation bench.Operation
	metric    string
	value     int64
	unit      bench.Unit
}

// until is what the component used since, and what it occupies now.
func (u Use) until(now Use) []used {
	cpu := int64(now.CPU - u.CPU)
	if u.Component != bench.Host {
		values := []used{{bench.Memory, "resident", now.Resident, bench.Bytes}}
		if !now.ProportionalUntold {
			values = append(values, used{bench.Memory, "proportional", now.Proportional, bench.Bytes})
		}
		return append(values, used{bench.Process, "cpu_time", cpu, bench.Nanoseconds})
	}
	if u.Untold || now.Untold {
		return nil // a run is whole without it
	}
	// Where ticks have it that the campaign used more than was used at all, others used nothing that could be told.
	values := []used{{bench.Process, "other_cpu_time", max(0, cpu), bench.Nanoseconds}}
	if u.Steal != nil && now.Steal != nil {
		values = append(values, used{bench.Process, "steal_time", max(0, int64(*now.Steal-*u.Steal)), bench.Nanoseconds})
	}
	return values
}

// Uses reads each component's process, and what else went on on the target, where it tells. Each is read on its own host.
func (d *Deployment) Uses() ([]Use, error) {
	var uses []Use
	for _, stage := range d.stages() {
		var there []*component
		var pids []int
		for _, c := range d.components {
			if c.gone() {
				return nil, c.ending()
			}
			if c.stage == stage {
				there, pids = append(there, c), append(pids, c.pid)
			}
		}
		seen, err := stage.observe(pids)
		if err != nil {
			return nil, fmt.Errorf("reading what the components on host %s use: %w", stage.Name, err)
		}
		var own time.Duration
		for i, one := range seen.Processes {
			c := there[i]
			if one.Gone {
				<-c.ended // It is reaped in a moment.
				return nil, c.ending()
			}
			party, service := c.party()
			uses = append(uses, Use{
				Component: party, Service: service, Resident: one.Resident, Proportional: one.Proportional,
				ProportionalUntold: one.ProportionalUntold, CPU: one.CPU,
			})
			own += one.CPU + one.Children
		}
		if stage == d.target {
			uses = append(uses, hostUse(seen.Host, own))
		}
	}
	return uses, nil
}

// hostUse is what was used on the target besides the components, whose CPU time is given, and whoever observed them.
func hostUse(seen *ObservedHost, components time.Duration) Use {
	if seen == nil {
		return Use{Component: bench.Host, Untold: true}
	}
	return Use{Component: bench.Host, CPU: seen.Busy - components - seen.Self, Steal: seen.Steal}
}

// party is who the component is, in samples.
func (c *component) party() (bench.Component, string) {
	if service, found := strings.CutPrefix(c.name, "service/"); found {
		return bench.DigitalService, service
	}
	if c.name == "ca" {
		return bench.RootCA, ""
	}
	return bench.Component(c.name), "" // attester and launcher
}
