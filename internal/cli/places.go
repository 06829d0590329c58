package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/platform"
	"eaibench/runner"
	"eaibench/scenarios"
)

func targetFlag() cli.Flag {
	return &cli.StringFlag{Name: "target", Usage: "run launcher and program on host `HOST` of the inventory, NAME, ssh:NAME or qemu:NAME, or on this one, local (default: the scenario's)"}
}

func hostsFlag() cli.Flag {
	return &cli.StringFlag{Name: "hosts", Value: "hosts.yaml", Usage: "inventory of hosts, `FILE` (docs/formats/hosts.md), read where a scenario needs one"}
}

// places are the hosts that a scenario's parts run on.
type places struct {
	scenario  *scenarios.Scenario
	inventory *inventory.Inventory // nil where this host plays all
	// inventoryFile is what the inventory was read from.
	inventoryFile string
	say           func(format string, args ...any)

	own      string                  // this program's file
	open     map[string]runner.Place // by name, once opened
	machines map[string]*machine     // virtual machines that were started
	keys     string                  // folder of their keys and consoles, "" if there are none
	clear    func() error            // removes it
	kept     bool                    // a campaign has the consoles
}

// findPlaces puts the scenario on the target that --target names, if it is given, and reads the inventory where one is needed.
// Nothing is connected to. A target of another platform runs the scenario on that platform.
func findPlaces(c *cli.Context, scenario *scenarios.Scenario) (*places, error) {
	p := &places{scenario: scenario, open: map[string]runner.Place{}, machines: map[string]*machine{}}
	p.say = func(format string, args ...any) { fmt.Fprintf(c.App.ErrWriter, format+"\n", args...) }
	if c.IsSet("target") {
		if err := p.retarget(c.String("target")); err != nil {
			return nil, badInput("--target %s: %w", c.String("target"), err)
		}
	}
	if err := p.readInventory(c.String("hosts")); err != nil {
		return nil, badInput("%w", err)
	}
	if scenario.Controlled() && p.targetHere() {
		return nil, badInput("launcher.place: control is for a target that is another host, and the target is %s: --target names one", scenario.Target)
	}
	var err error
	if p.own, err = os.Executable(); err != nil {
		return nil, failed("finding this program, to start the components: %w", err)
	}
	return p, nil
}

func (p *places) retarget(text string) error {
	target, err := scenarios.ParseTarget(text)
	if err != nil {
		return err
	}
	return p.scenario.SetTarget(target)
}

func (p *places) readInventory(file string) error {
	needed := p.scenario.InventoryHosts()
	if len(needed) == 0 {
		return nil
	}
	read, err := inventory.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the scenario needs %s %s: %w; --hosts FILE names the inventory (docs/formats/hosts.md)",
			counted(len(needed), "host"), strings.Join(needed, ", "), err)
	}
	if err != nil {
		return err
	}
	p.inventory = read
	for _, name := range needed {
		if _, err := read.Entry(name); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	target := p.targetName()
	if target == scenarios.LocalHost {
		return nil
	}
	p.inventoryFile = file
	entry, err := read.Entry(target)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if kind := p.scenario.Target.Kind; kind != "" && kind != string(entry.Kind) {
		return fmt.Errorf("target %s: %s has %s of kind %s", p.scenario.Target, file, target, entry.Kind)
	}
	if p.scenario.Target.Name == target { // whether or not it was named with its kind, it is the same target
		p.scenario.Target.Kind = string(entry.Kind)
	}
	if p.scenario.Controlled() && entry.Kind == inventory.QEMU {
		return fmt.Errorf("target %s: launcher.place: control is for hosts that are reached over SSH, and %s is a virtual machine that each campaign starts", p.scenario.Target, target)
	}
	if entry.Platform != p.scenario.Platform {
		if err := p.scenario.SetPlatform(entry.Platform); err != nil {
			return fmt.Errorf("target %s has platform %s: %w", target, entry.Platform, err)
		}
	}
	return nil
}

// targetName is the inventory's name of the target, or local.
func (p *places) targetName() string { return p.scenario.PlayedBy(scenarios.TargetHost) }

func (p *places) targetHere() bool { return p.targetName() == scenarios.LocalHost }

// profile is the platform's of the target.
func (p *places) profile() (*platform.Profile, error) {
	profile, err := platform.Load(p.scenario.Platform)
	if err != nil {
		return nil, badInput("%w", err)
	}
	if p.targetHere() { // another host's launcher checks it there
		if err := profile.CheckHost(); err != nil {
			return nil, badInput("%w", err)
		}
	}
	return profile, nil
}

// checkHere refuses a folder for temporary files that attester and compiler cannot reach, where they run on this host, before anything
// is started.
func (p *places) checkHere(ctx context.Context) error {
	if !p.targetHere() && !p.scenario.Controlled() {
		return nil
	}
	here := runner.Here()
	here.WorkFolder = os.TempDir()
	return refusedFolder(here.CheckWorkFolder(ctx))
}

// refusedFolder makes a work folder that cannot be used bad input: nothing was started or copied.
func refusedFolder(err error) error {
	closed, open := new(runner.ClosedFolder), new(runner.AlterableFolder)
	if errors.As(err, &closed) || errors.As(err, &open) {
		return badInput("%w", err)
	}
	return err
}

// start reaches every host that takes part, and then starts those that are virtual machines: where one cannot be used, as little as
// can be was started. close must be called.
func (p *places) start(ctx context.Context) error {
	entries := map[string]inventory.Entry{}
	var names, machines []string
	for _, name := range p.scenario.InventoryHosts() {
		entry, err := p.inventory.Entry(name)
		if err != nil {
			return err
		}
		if entries[name] = entry; entry.Kind == inventory.QEMU {
			machines = append(machines, name)
		} else {
			names = append(names, name)
		}
	}
	for _, name := range append(names, machines...) {
		if err := p.reach(ctx, name, entries[name]); err != nil {
			return err
		}
	}
	return nil
}

// reach reaches one host.
func (p *places) reach(ctx context.Context, name string, entry inventory.Entry) error {
	host, err := p.host(ctx, name)
	var system runner.System
	if err == nil {
		system, err = runner.SystemOf(ctx, host)
	}
	if err != nil {
		return advised(err, entry)
	}
	place := runner.Place{Name: name, Host: host, WorkFolder: entry.WorkFolder, System: system, Serve: entry.ServeAddress}
	if err := refusedFolder(place.CheckWorkFolder(ctx)); err != nil {
		return err
	}
	if !p.controlled(name) { // else nothing of eaibench runs there
		if place.Executable, err = runner.ExecutableFor(system, p.own); err != nil {
			return fmt.Errorf("host %s: %w", name, err)
		}
		if err := p.sameBuild(ctx, place); err != nil {
			return err
		}
	}
	p.open[name] = place
	return nil
}

// sameBuild refuses eaibench for another system that is not of the same source as this one: a campaign says of which eaibench it is.
func (p *places) sameBuild(ctx context.Context, place runner.Place) error {
	if place.Executable == p.own {
		return nil
	}
	there, err := buildOn(ctx, place)
	if err == nil {
		err = there.fits(currentBuild())
	}
	if err != nil {
		return fmt.Errorf("host %s: %w", place.Name, err)
	}
	return nil
}

// controlled tells of a host of the inventory whether it is a target on which nothing of eaibench runs.
func (p *places) controlled(name string) bool {
	return p.scenario.Controlled() && name == p.targetName()
}

// flags are those by which launcher and attester open the target themselves, where they run beside the runner.
func (p *places) flags() []string {
	if !p.scenario.Controlled() {
		return nil
	}
	return []string{"--host", p.targetName(), "--hosts", p.inventoryFile}
}

// host gives a host of the inventory that can be used.
func (p *places) host(ctx context.Context, name string) (hosts.Host, error) {
	entry, err := p.inventory.Entry(name)
	if err != nil {
		return nil, err
	}
	if entry.Kind != inventory.QEMU {
		return p.inventory.Host(name)
	}
	return p.boot(ctx, name)
}

// place is where a part that the scenario puts on a host runs.
func (p *places) place(name string) runner.Place {
	by := p.scenario.PlayedBy(name)
	if by == scenarios.LocalHost {
		return runner.Here()
	}
	return p.open[by]
}

// services are the places of the solution's services that are not where the launcher is by itself: on the target.
func (p *places) services(ids []string) map[string]runner.Place {
	placed := map[string]runner.Place{}
	for _, id := range ids {
		at := p.scenario.ServicePlace(id)
		if at.URL == "" && p.scenario.HostNamed(at.Host) != p.scenario.HostNamed(scenarios.TargetHost) {
			placed[id] = p.place(at.Host)
		}
	}
	return placed
}

// close ends the virtual machines, and the connections to all hosts with what still runs there. One that had ended by itself is an
// error with its console, unless a campaign has that.
func (p *places) close() error {
	var all []error
	for name, machine := range p.machines {
		lost := false
		select {
		case <-machine.Done():
			lost = true
		default:
		}
		if err := machine.Close(); err != nil {
			all = append(all, fmt.Errorf("ending virtual machine %s: %w", name, err))
		}
		all = append(all, machine.console.Close())
		if lost && !p.kept {
			all = append(all, withConsole(name, machine.console.Name(), &hosts.TargetError{Host: name, Op: "run QEMU", Err: errors.New("it has ended by itself")}))
		}
	}
	if p.clear != nil {
		all = append(all, p.clear())
	}
	if p.inventory != nil {
		all = append(all, p.inventory.Close())
	}
	return errors.Join(all...)
}

// onTarget says on which host it was, where that is not this one.
func onTarget(target string) string {
	if target == "" || target == scenarios.LocalHost {
		return ""
	}
	return ", target " + target
}
