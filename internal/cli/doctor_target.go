package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/environment"
	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/platform"
	"eaibench/runner"
	"eaibench/scenarios"
)

// diagnoseTarget finds out what a host of the inventory lacks, and what would disturb measurements there. A virtual machine is
// started for it.
func diagnoseTarget(c *cli.Context) (result diagnosis, err error) {
	target, err := scenarios.ParseTarget(c.String("target"))
	if err != nil {
		return result, badInput("--target %s: %w", c.String("target"), err)
	}
	if target.Name == scenarios.LocalHost {
		return result, misuse("--target local is this host: `eaibench doctor` looks at it")
	}
	read, err := inventoryWith(c.String("hosts"), target)
	if err != nil {
		return result, err
	}
	entry, err := read.Entry(target.Name)
	if err != nil {
		return result, badInput("%w", err)
	}
	profile, err := platform.Load(entry.Platform)
	if err != nil {
		return result, badInput("host %s: %w", target.Name, err)
	}
	p := &places{inventory: read, open: map[string]runner.Place{}, machines: map[string]*machine{}}
	p.say = func(format string, args ...any) { fmt.Fprintf(c.App.ErrWriter, format+"\n", args...) }
	if p.own, err = os.Executable(); err != nil {
		return result, failed("finding this program, to copy it to the target: %w", err)
	}
	defer func() { err = errors.Join(err, p.close()) }()
	result = diagnosis{Target: target.Name, OK: true}
	return result, result.ofTarget(c.Context, p, entry, profile)
}

// ofTarget goes as far as what it finds lets it: what is not reached is not asked.
func (d *diagnosis) ofTarget(ctx context.Context, p *places, entry inventory.Entry, profile *platform.Profile) error {
	name := d.Target
	if entry.Kind == inventory.QEMU {
		config, err := p.inventory.VirtualMachine(name)
		if err != nil {
			return badInput("%w", err)
		}
		if err := d.add(ctx, machineChecks(config.Machine)); err != nil || !d.OK {
			return err
		}
	}
	host, err := p.host(ctx, name)
	var system runner.System
	if err == nil {
		system, err = runner.SystemOf(ctx, host)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		d.OK = false
		d.Findings = append(d.Findings, finding{Name: "connection", Required: true, Found: err.Error(), Means: adviceOn(err, entry)})
		return nil
	}
	d.Findings = append(d.Findings, finding{
		Name: "connection", OK: true, Required: true, Found: fmt.Sprintf("over SSH, to %s/%s", system.OS, system.Architecture),
	})
	executable, missing := runner.ExecutableFor(system, p.own)
	looked := targetChecks{
		place:   runner.Place{Name: name, Host: host, WorkFolder: entry.WorkFolder, System: system, Executable: executable},
		profile: profile, missing: missing,
	}
	if err := d.add(ctx, looked.common()); err != nil {
		return err
	}
	if looked.system(ctx) != nil {
		return nil
	}
	if system.OS == "linux" {
		return d.linuxTarget(ctx, looked)
	}
	if err := d.add(ctx, looked.cheriBSD()); err != nil {
		return err
	}
	d.Install = cheriBSDInstall(d.missing())
	return d.disturbTarget(ctx, looked)
}

// add tries further checks.
func (d *diagnosis) add(ctx context.Context, checks []check) error {
	more, err := diagnose(ctx, checks)
	if err != nil {
		return err
	}
	d.OK = d.OK && more.OK
	d.Findings = append(d.Findings, more.Findings...)
	return nil
}

// missing are the packages that findings name, in their order.
func (d *diagnosis) missing() []string {
	var packages []string
	for _, one := range d.Findings {
		if !one.OK {
			packages = append(packages, one.Packages...)
		}
	}
	return packages
}

// linuxTarget has eaibench there diagnose its host.
func (d *diagnosis) linuxTarget(ctx context.Context, looked targetChecks) error {
	if looked.missing != nil {
		return nil // a finding says so
	}
	answer, err := looked.place.Try(ctx, "doctor", "--json")
	if err == nil && answer.Stdout == "" {
		err = fmt.Errorf("`eaibench doctor` there %s: %s", answer.Exit, answer.Stderr)
	}
	var there diagnosis
	if err == nil {
		err = json.Unmarshal([]byte(answer.Stdout), &there)
	}
	if err != nil {
		return failed("asking host %s what it lacks: %w", d.Target, err)
	}
	d.OK = d.OK && there.OK
	d.Findings = append(d.Findings, there.Findings...)
	d.Install, d.Disturbances, d.Tuned, d.Abandoned = there.Install, there.Disturbances, there.Tuned, there.Abandoned
	return nil
}

// disturbTarget asks a host whose platform is not linux for what would disturb measurements, where eaibench runs there.
func (d *diagnosis) disturbTarget(ctx context.Context, looked targetChecks) error {
	if looked.missing != nil {
		return nil
	}
	answer, err := looked.place.Try(ctx, "host", "describe")
	if err == nil && !answer.Exit.OK() {
		err = fmt.Errorf("`eaibench host describe` there %s: %s", answer.Exit, answer.Stderr)
	}
	var there hostDescription
	if err == nil {
		err = json.Unmarshal([]byte(answer.Stdout), &there)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		d.Findings = append(d.Findings, finding{Name: "disturbances", Found: err.Error(), Means: "what would disturb measurements there is not known"})
		return nil
	}
	d.Disturbances = append([]environment.Disturbance{}, environment.Disturbances(there.Environment)...)
	return nil
}

// targetChecks look at a target that has been reached.
type targetChecks struct {
	place   runner.Place
	profile *platform.Profile
	// missing is why there is no eaibench for its system.
	missing error
}

// exited is the error of a command on the target that ended with another status than 0.
type exited struct {
	exit hosts.Exit
	// said is what it wrote to both outputs.
	said string
}

func (e *exited) Error() string {
	lines := strings.Split(strings.TrimSpace(e.said), "\n")
	return strings.TrimSuffix(e.exit.String()+": "+lines[len(lines)-1], ": ")
}
