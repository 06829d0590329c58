package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/hosts/inventory"
	"eaibench/hosts/qemu"
	"eaibench/scenarios"
)

// plannedHosts are the target and the other hosts of the inventory that a scenario would run on, the target first. Nothing is
// connected to or started.
type plannedHosts struct {
	Target scenarios.Target `json:"target"`
	Hosts  []plannedHost    `json:"hosts,omitempty"`
	// Preset is the inventory that would have to be written, where the target is only a preset's; "" where it is in the
	// inventory.
	Preset string `json:"preset_inventory,omitempty"`
}

// plannedHost is one of them.
type plannedHost struct {
	inventory.Record
	// Command starts the virtual machine, if it is one: QEMU's program and arguments, with PORT for a port that is chosen at
	// the start.
	Command []string `json:"command,omitempty"`
	entry   inventory.Entry
	jump    *inventory.Record
}

// planHosts finds the hosts of a scenario on the target that it or --target names; without a scenario, the target alone. A
// scenario gets that target, and its platform.
func planHosts(c *cli.Context, scenario *scenarios.Scenario) (*plannedHosts, error) {
	found, err := planTarget(c, scenario)
	if err != nil {
		return nil, err
	}
	read, err := found.preset(c)
	if err != nil {
		return nil, err
	}
	names := []string{found.Target.Name}
	switch {
	case scenario == nil && found.Target.String() == scenarios.LocalHost:
		names = nil
	case scenario == nil && read == nil:
		read, err = inventoryWith(c.String("hosts"), found.Target)
	case scenario != nil && read == nil:
		var places *places
		if places, err = findPlaces(c, scenario); err == nil {
			names, read = found.namesOf(scenario), places.inventory
		}
	case scenario != nil:
		err = onPreset(scenario, found.Target, read)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		host, err := planHost(read, name)
		if err != nil {
			return nil, badInput("%w", err)
		}
		found.Hosts = append(found.Hosts, host)
	}
	return found, nil
}

// planTarget reads the target that is meant.
func planTarget(c *cli.Context, scenario *scenarios.Scenario) (*plannedHosts, error) {
	if !c.IsSet("target") {
		return &plannedHosts{Target: scenario.Target}, nil
	}
	target, err := scenarios.ParseTarget(c.String("target"))
	if err == nil && scenario != nil {
		err = scenario.SetTarget(target)
	}
	if err != nil {
		return nil, badInput("--target %s: %w", c.String("target"), err)
	}
	return &plannedHosts{Target: target}, nil
}

// namesOf are the names of the scenario's hosts in the inventory, that of the target first.
func (p *plannedHosts) namesOf(scenario *scenarios.Scenario) []string {
	target := scenario.PlayedBy(scenarios.TargetHost)
	names := slices.DeleteFunc(slices.Clone(scenario.InventoryHosts()), func(name string) bool { return name == target })
	if target == scenarios.LocalHost {
		return names
	}
	return append([]string{target}, names...)
}

// preset gives an inventory of nothing but the target, where that is a virtual machine called as its preset and no inventory
// has one of this name; else nil. A file that --hosts names has to be there.
func (p *plannedHosts) preset(c *cli.Context) (*inventory.Inventory, error) {
	text, known := presetInventories()[p.Target.Name]
	if p.Target.Kind != string(inventory.QEMU) || !known {
		return nil, nil
	}
	file := c.String("hosts")
	read, err := inventory.Load(file)
	switch {
	case err == nil && slices.Contains(read.Names(), p.Target.Name):
		return nil, nil
	case err != nil && (c.IsSet("hosts") || !errors.Is(err, fs.ErrNotExist)):
		return nil, badInput("%w", err)
	}
	if read, err = inventory.Read(file, []byte(text), inventory.Surroundings{}); err != nil {
		return nil, failed("the values of preset %s: %w", p.Target.Name, err)
	}
	p.Preset = text
	return read, nil
}

// presetInventories are the shortest inventories with a virtual machine, by the name of their preset and machine.
func presetInventories() map[string]string {
	const entry = `version: 1
hosts:
  %[1]s:
    kind: qemu
    machine:
      preset: %[1]s
      disk: %[2]s
      snapshot: false
    platform: %[3]s
    work_folder: /var/tmp/eaibench
`
	return map[string]string{
		"morello": fmt.Sprintf(entry, "morello", "cheribsd-morello-purecap.img", "cheribsd-morello"),
		"debian":  fmt.Sprintf(entry, "debian", "debian.img", "linux"),
	}
}

// inventoryWith reads an inventory that has the target.
func inventoryWith(file string, target scenarios.Target) (*inventory.Inventory, error) {
	read, err := inventory.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, badInput("target %s: %w; --hosts FILE names the inventory (docs/formats/hosts.md)", target, err)
	}
	if err != nil {
		return nil, badInput("%w", err)
	}
	entry, err := read.Entry(target.Name)
	if err != nil {
		return nil, badInput("%s: %w", file, err)
	}
	if target.Kind != "" && target.Kind != string(entry.Kind) {
		return nil, badInput("target %s: %s has %s of kind %s", target, file, target.Name, entry.Kind)
	}
	return read, nil
}

// onPreset runs the scenario on a preset's platform; its other hosts no preset has.
func onPreset(scenario *scenarios.Scenario, target scenarios.Target, read *inventory.Inventory) error {
	if needed := scenario.InventoryHosts(); !slices.Equal(needed, []string{target.Name}) {
		return badInput("the scenario needs the hosts %s, and a preset is one: --hosts FILE names the inventory (docs/formats/hosts.md)", strings.Join(needed, ", "))
	}
	entry, err := read.Entry(target.Name)
	if err == nil {
		err = scenario.SetPlatform(entry.Platform)
	}
	if err != nil {
		return badInput("target %s: %w", target, err)
	}
	return nil
}

func planHost(read *inventory.Inventory, name string) (host plannedHost, err error) {
	if host.Record, err = read.Record(name); err != nil {
		return host, err
	}
	if host.entry, err = read.Entry(name); err != nil {
		return host, err
	}
	if host.Jump != "" {
		jump, err := read.Record(host.Jump)
		host.jump = &jump
		return host, err
	}
	if host.Kind == inventory.QEMU {
		config, err := read.VirtualMachine(name)
		host.Command = startCommand(config.Machine)
		return host, err
	}
	return host, nil
}

// freePort stands for the port of 127.0.0.1 that is chosen at the start.
const freePort = "PORT"

// startCommand is the machine's command, with freePort where no port is set.
func startCommand(machine qemu.Machine) []string {
	command := machine.Command()
	if machine.Port != 0 {
		return command
	}
	for i, argument := range command {
		const forwarded = "user,id=net0,hostfwd=tcp:127.0.0.1:"
		if rest, is := strings.CutPrefix(argument, forwarded+"0-:"); is {
			command[i] = forwarded + freePort + "-:" + rest
		}
	}
	return command
}

// write says for people which hosts there are and how each is reached.
func (p *plannedHosts) write(w io.Writer) error {
	var text strings.Builder
	if len(p.Hosts) == 0 || p.Hosts[0].Name != p.Target.Name {
		text.WriteString("target " + p.Target.String() + ", this host\n")
	}
	for i, host := range p.Hosts {
		if i > 0 {
			text.WriteString("\n")
		}
		called := "host " + host.Name
		if host.Name == p.Target.Name {
			called = "target " + p.Target.String()
		}
		fmt.Fprintf(&text, "%s, platform %s, work folder %s\n", called, host.Platform, host.WorkFolder)
		host.writeWay(&text)
	}
	if p.Preset != "" {
		fmt.Fprintf(&text, "\nNo inventory has this host: these are the values of the preset %s. To run on it, write a hosts.yaml with the path of\n"+
			"your disk image (docs/formats/hosts.md):\n\n%s", p.Target.Name, p.Preset)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// writeWay says how the host is reached.
func (h plannedHost) writeWay(text *strings.Builder) {
	if h.Kind == inventory.QEMU {
		fmt.Fprintf(text, "a virtual machine, user %s, started by:\n\n%s\n", h.User, shellCommand(h.Command))
		if h.entry.Port == 0 {
			fmt.Fprintf(text, "\n%s is a free port of 127.0.0.1, chosen at the start; port: in the inventory sets it\n", freePort)
		}
		return
	}
	fmt.Fprintf(text, "reached over SSH at %s, port %d, as user %s", h.Address, h.Port, h.User)
	if h.jump != nil {
		fmt.Fprintf(text, ", through %s (%s, port %d, user %s)", h.jump.Name, h.jump.Address, h.jump.Port, h.jump.User)
	}
	login := "the agent's keys"
	if h.entry.Key != "" {
		login = "key " + h.entry.Key
		if h.entry.Agent {
			login += ", which the agent may hold"
		}
	}
	fmt.Fprintf(text, "\nlogs in with %s; its host key is looked up in %s\n", login, path.Clean(h.entry.KnownHosts))
}

// virtualMachines are the scenario's hosts, by name, that are started for a campaign, as far as scenario, --target and inventory tell.
func virtualMachines(c *cli.Context, scenario *scenarios.Scenario, found *plannedHosts) []string {
	var machines []string
	if found != nil {
		for _, host := range found.Hosts {
			if host.Kind == inventory.QEMU {
				machines = append(machines, host.Name)
			}
		}
		return machines
	}
	read, err := inventory.Load(c.String("hosts"))
	target := scenario.PlayedBy(scenarios.TargetHost)
	for _, name := range scenario.InventoryHosts() {
		asked := name == target && scenario.Target.Kind == string(inventory.QEMU)
		if err == nil && !asked { // a plan needs no inventory: without it, it is not known what the host is
			entry, unknown := read.Entry(name)
			asked = unknown == nil && entry.Kind == inventory.QEMU
		}
		if asked {
			machines = append(machines, name)
		}
	}
	return machines
}

// notEstimatedText says what an estimate leaves out; "" if nothing.
func notEstimatedText(machines []string) string {
	if len(machines) == 0 {
		return ""
	}
	return wrapped("without the start of "+counted(len(machines), "virtual machine")+", "+strings.Join(machines, ", ")+
		", which takes half a minute to many; and where it emulates its processor, all there takes longer", 100) + "\n"
}
