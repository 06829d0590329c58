package runner

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/internal/endpoint"
	"eaibench/launcher"
)

// openStages prepares the hosts that take part.
func (d *Deployment) openStages(ctx context.Context) error {
	d.home = &stage{Place: Here(), folder: d.operator.folder, executable: d.options.Executable, root: os.Geteuid() == 0}
	stages := map[string]*stage{LocalHost: d.home, "": d.home}
	open := func(p Place) (*stage, error) {
		if known := stages[p.Name]; known != nil {
			return known, nil
		}
		opening := openStage
		if d.options.Control != nil && p.Name == d.options.Target.Name {
			opening = openReached
		}
		opened, err := opening(ctx, p)
		if err != nil {
			return nil, err
		}
		stages[p.Name] = opened
		d.others = append(d.others, opened)
		return opened, nil
	}
	var err error
	if d.target, err = open(d.options.Target); err != nil {
		return err
	}
	d.launching = d.target
	if d.options.Control != nil {
		d.launching = d.home
	}
	d.placed = map[string]*stage{}
	d.operator.secondHand, d.operator.home, d.operator.cross = d.options.Control != nil, d.home, d.options.Cross
	d.operator.target, d.operator.serves = d.target, map[string]string{}
	for _, folder := range []string{"attester", "launcher"} {
		d.operator.serves[folder] = d.launching.listen()
	}
	for _, description := range d.operator.solution.Services {
		at := d.launching
		if place, placed := d.options.Services[description.Name]; placed {
			if at, err = open(place); err != nil {
				return err
			}
		}
		d.placed[description.Name] = at
		d.operator.serves[filepath.Join("services", description.Name)] = at.listen()
	}
	return nil
}

// stages are all hosts that take part, this one first.
func (d *Deployment) stages() []*stage { return append([]*stage{d.home}, d.others...) }

// startTrust starts root CA and attester.
func (d *Deployment) startTrust(ctx context.Context) (err error) {
	if d.ca, err = d.component(ctx, d.home, "ca", "eai:ca/",
		append([]string{"ca", "serve", "--data", d.operator.caFolder()}, d.operator.policyFlags(d.home)...)...); err != nil {
		return err
	}
	at := d.launching
	if err := d.deliver(ctx, at, "attester", "launcher"); err != nil {
		return err
	}
	args := []string{"attest", "serve", "--end-with-parent", "--data", at.in("attester"), "--platform", d.options.Platform}
	d.attester, err = d.component(ctx, at, "attester", "eai:attester/local", append(args, d.options.Control...)...)
	return err
}

// deliver copies what components need to their host, with the root's certificate and the policy.
func (d *Deployment) deliver(ctx context.Context, to *stage, names ...string) error {
	if to.here() {
		return nil
	}
	return to.deliver(ctx, d.operator.folder, to.folder, slices.Concat(names, []string{filepath.Join("ca", authority.RootFile)}, d.operator.policyFiles())...)
}

// startServices starts the solution's digital services.
func (d *Deployment) startServices(ctx context.Context) error {
	for _, description := range d.operator.solution.Services {
		id, on := description.Name, d.placed[description.Name]
		if running := d.running(id); running != nil {
			if err := d.join(ctx, *running); err != nil {
				return err
			}
			continue
		}
		if err := d.deliver(ctx, on, filepath.Join("services", id)); err != nil {
			return err
		}
		args := []string{
			"service", id, "--data", on.in("services", id), "--root-ca", on.in("ca", authority.RootFile),
			"--solution", d.options.Solution, "--seed", strconv.FormatUint(d.options.DataSeed, 10),
		}
		args = append(args, d.operator.policyFlags(on)...)
		if description.Write != nil && description.Write.Person != nil {
			if d.options.Outcome != "" {
				args = append(args, "--outcome", d.options.Outcome)
			}
			if d.options.SilenceLimit > 0 {
				args = append(args, "--silence-limit", d.options.SilenceLimit.String())
			}
		}
		if slices.Contains(d.options.Cryptos, string(attest.None)) {
			args = append(args, "--allow-crypto-none")
		}
		if slices.Contains(d.options.Verifies, string(attest.Cached)) {
			args = append(args, "--allow-verify-cached")
		}
		started, err := d.component(ctx, on, "service/"+id, "eai:service/"+id, args...)
		if err != nil {
			return err
		}
		token, err := endpoint.LoadToken(d.operator.in("services", id, authority.TokenFile))
		if err != nil {
			return err
		}
		address, err := reach(ctx, d.home, on, started.address)
		if err != nil {
			return err
		}
		d.services = append(d.services, &service{id: id, component: started, admin: d.client(address, "eai:service/"+id, token)})
	}
	return nil
}

// startLauncher starts the launcher and uploads the program.
func (d *Deployment) startLauncher(ctx context.Context) error {
	ca, err := d.across(ctx, caName, d.home, d.ca.address)
	if err != nil {
		return err
	}
	at := d.launching
	args := []string{
		"launcher", "serve", "--data", at.in("launcher"), "--root-ca", at.in("ca", authority.RootFile), "--ca", ca,
		"--attester", d.attester.address, "--attester-token", at.in("attester", authority.TokenFile),
		"--platform", d.options.Platform,
		"--scratch", d.target.in("scratch"),
	}
	args = append(args, d.options.Limits.flags()...)
	if !d.target.here() {
		args = append(args, "--compile-time-limit", slowCompile.String())
	}
	args = append(append(args, controlFlags(d.options.Controls)...), d.options.Control...)
	if cross := d.options.Cross; cross != nil {
		args = append(args, "--sdk", cross.SDK, "--sysroot", cross.Sysroot)
	}
	for _, service := range d.services {
		if service.running != nil {
			args = append(args, "--service", service.id+"="+service.running.URL) // as the target reaches it
			continue
		}
		address, err := d.across(ctx, service.id, service.component.stage, service.component.address)
		if err != nil {
			return err
		}
		args = append(args, "--service", service.id+"="+address)
	}
	started, err := d.component(ctx, at, "launcher", "", args...)
	if err != nil {
		return err
	}
	address, err := reach(ctx, d.home, at, started.address)
	if err != nil {
		return err
	}
	token, err := endpoint.LoadToken(d.operator.in("launcher", authority.TokenFile))
	if err != nil {
		return err
	}
	d.launcher = launcher.NewClient(address, d.root.Pool, token)
	if err := d.launcher.Health(ctx); err != nil {
		return fmt.Errorf("asking whether the launcher is well: %w", err)
	}
	uploaded, err := d.launcher.Upload(ctx, d.operator.solution.Program+".c", d.operator.source)
	if err != nil {
		return fmt.Errorf("uploading the program: %w", err)
	}
	d.program = uploaded.ProgramID
	return nil
}

// component starts one component on a free port of a host, and asks it whether it is well if its identity is given.
func (d *Deployment) component(ctx context.Context, on *stage, name, identity string, args ...string) (*component, error) {
	log := d.operator.in("logs", strings.ReplaceAll(name, "/", "-")+".log")
	args = append(args, "--listen", net.JoinHostPort(on.listen(), "0"))
	start := on.start
	if on.here() {
		start = func(ctx context.Context, name, log string, args []string) (*component, error) {
			return startComponent(ctx, on.executable, name, log, args)
		}
	}
	c, err := start(ctx, name, log, args)
	if err != nil {
		return nil, err
	}
	c.stage = on
	d.components = append(d.components, c)
	if identity == "" {
		return c, nil
	}
	address, err := reach(ctx, d.home, on, c.address)
	if err != nil {
		return nil, err
	}
	client := d.client(address, identity, "")
	defer client.Close()
	if err := client.Do(ctx, "GET", "/api/health", nil, nil); err != nil {
		return nil, fmt.Errorf("asking whether %s is well: %w", name, err)
	}
	return c, nil
}
