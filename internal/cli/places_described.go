package cli

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"eaibench/environment"
	"eaibench/hosts/qemu"
	"eaibench/results"
	"eaibench/scenarios"
)

// described is what a campaign keeps of the hosts that take part: the versions of what takes part on the target, and each host, the
// target first.
type described struct {
	Versions map[string]string
	Hosts    []results.Host
}

// describe asks the hosts. What takes a compilation is left out of a brief description.
func (p *places) describe(ctx context.Context, brief bool) (described, error) {
	var all described
	names := []string{p.targetName()}
	for _, name := range append(slices.Sorted(maps.Keys(p.open)), scenarios.LocalHost) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i, name := range names {
		one, err := p.describeHost(ctx, name, brief || i > 0)
		if err != nil {
			return described{}, err
		}
		if i == 0 {
			all.Versions = one.Versions
		}
		all.Hosts = append(all.Hosts, results.Host{Name: name, Environment: one.Environment})
	}
	return all, nil
}

func (p *places) describeHost(ctx context.Context, name string, brief bool) (hostDescription, error) {
	if name == scenarios.LocalHost {
		return describeThisHost(ctx, p.scenario.Platform, brief)
	}
	if p.controlled(name) {
		return describedThere(ctx, p.open[name].Host, p.scenario.Platform, p.scenario.Toolchain(), brief)
	}
	args := []string{"host", "describe"}
	if !brief {
		args = append(args, "--platform", p.scenario.Platform)
	}
	said, err := p.open[name].Ask(ctx, args...)
	if err != nil {
		return hostDescription{}, failed("describing host %s: %w", name, err)
	}
	var one hostDescription
	if err := json.Unmarshal([]byte(said), &one); err != nil {
		return hostDescription{}, failed("describing host %s: %w", name, err)
	}
	if machine := p.machines[name]; machine != nil {
		one.Environment = startedBy(machine.config, one.Environment)
	}
	return one, nil
}

// startedBy adds to what a virtual machine says of itself what is known of who started it: a guest may show no sign of QEMU, and its
// times would count as a processor's.
func startedBy(machine qemu.Machine, said environment.Environment) environment.Environment {
	if machine.Emulates() && (said.Virtualization == "" || said.Virtualization == "generic") {
		said.Virtualization = "qemu"
	}
	return said
}

// hostDescription is what a host says of itself.
type hostDescription struct {
	// Versions of what measurements depend on; none in a brief description.
	Versions    map[string]string       `json:"versions,omitempty"`
	Environment environment.Environment `json:"environment"`
}
