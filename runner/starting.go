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
func (l *Local) openStages(ctx context.Context) error {
	l.home = &stage{Place: Here(), folder: l.operator.folder, executable: l.options.Executable, root: os.Geteuid() == 0}
	stages := map[string]*stage{LocalHost: l.home, "": l.home}
	open := func(p Place) (*stage, error) {
		if known := stages[p.Name]; known != nil {
			return known, nil
		}
		opening := openStage
		if l.options.Control != nil && p.Name == l.options.Target.Name {
			opening = openReached
		}
		opened, err := opening(ctx, p)
		if err != nil {
			return nil, err
		}
		stages[p.Name] = opened
		l.others = append(l.others, opened)
		return opened, nil
	}
	var err error
	if l.target, err = open(l.options.Target); err != nil {
		return err
	}
	l.launching = l.target
	if l.options.Control != nil {
		l.launching = l.home
	}
	l.placed = map[string]*stage{}
	l.operator.secondHand, l.operator.home, l.operator.cross = l.options.Control != nil, l.home, l.options.Cross
	l.operator.target, l.operator.serves = l.target, map[string]string{}
	for _, folder := range []string{"attester", "launcher"} {
		l.operator.serves[folder] = l.launching.listen()
	}
	for _, description := range l.operator.solution.Services {
		at := l.launching
		if place, placed := l.options.Services[description.Name]; placed {
			if at, err = open(place); err != nil {
				return err
			}
		}
		l.placed[description.Name] = at
		l.operator.serves[filepath.Join("services", description.Name)] = at.listen()
	}
	return nil
}

// stages are all hosts that take part, this one first.
func (l *Local) stages() []*stage { return append([]*stage{l.home}, l.others...) }

// startTrust starts root CA and attester.
func (l *Local) startTrust(ctx context.Context) (err error) {
	if l.ca, err = l.component(ctx, l.home, "ca", "eai:ca/",
		append([]string{"ca", "serve", "--data", l.operator.caFolder()}, l.operator.policyFlags(l.home)...)...); err != nil {
		return err
	}
	at := l.launching
	if err := l.deliver(ctx, at, "attester", "launcher"); err != nil {
		return err
	}
	args := []string{"attest", "serve", "--end-with-parent", "--data", at.in("attester"), "--platform", l.options.Platform}
	l.attester, err = l.component(ctx, at, "attester", "eai:attester/local", append(args, l.options.Control...)...)
	return err
}

// deliver copies what components need to their host, with the root's certificate and the policy.
func (l *Local) deliver(ctx context.Context, to *stage, names ...string) error {
	if to.here() {
		return nil
	}
	return to.deliver(ctx, l.operator.folder, to.folder, slices.Concat(names, []string{filepath.Join("ca", authority.RootFile)}, l.operator.policyFiles())...)
}

// startServices starts the solution's digital services.
func (l *Local) startServices(ctx context.Context) error {
	for _, description := range l.operator.solution.Services {
		id, on := description.Name, l.placed[description.Name]
		if running := l.running(id); running != nil {
			if err := l.join(ctx, *running); err != nil {
				return err
			}
			continue
		}
		if err := l.deliver(ctx, on, filepath.Join("services", id)); err != nil {
			return err
		}
		args := []string{
			"service", id, "--data", on.in("services", id), "--root-ca", on.in("ca", authority.RootFile),
			"--solution", l.options.Solution, "--seed", strconv.FormatUint(l.options.DataSeed, 10),
		}
		args = append(args, l.operator.policyFlags(on)...)
		if description.Write != nil && description.Write.Person != nil {
			if l.options.Outcome != "" {
				args = append(args, "--outcome", l.options.Outcome)
			}
			if l.options.SilenceLimit > 0 {
				args = append(args, "--silence-limit", l.options.SilenceLimit.String())
			}
		}
		if slices.Contains(l.options.Cryptos, string(attest.None)) {
			args = append(args, "--allow-crypto-none")
		}
		if slices.Contains(l.options.Verifies, string(attest.Cached)) {
			args = append(args, "--allow-verify-cached")
		}
		started, err := l.component(ctx, on, "service/"+id, "eai:service/"+id, args...)
		if err != nil {
			return err
		}
		token, err := endpoint.LoadToken(l.operator.in("services", id, authority.TokenFile))
		if err != nil {
			return err
		}
		address, err := reach(ctx, l.home, on, started.address)
		if err != nil {
			return err
		}
		l.services = append(l.services, &service{id: id, component: started, admin: l.client(address, "eai:service/"+id, token)})
	}
	return nil
}

// startLauncher starts the launcher and uploads the program.
func (l *Local) startLauncher(ctx context.Context) error {
	ca, err := l.across(ctx, caName, l.home, l.ca.address)
	if err != nil {
		return err
	}
	at := l.launching
	args := []string{
		"launcher", "serve", "--data", at.in("launcher"), "--root-ca", at.in("ca", authority.RootFile), "--ca", ca,
		"--attester", l.attester.address, "--attester-token", at.in("attester", authority.TokenFile),
		"--platform", l.options.Platform,
		"--scratch", l.target.in("scratch"),
	}
	args = append(args, l.options.Limits.flags()...)
	if !l.target.here() {
		args = append(args, "--compile-time-limit", slowCompile.String())
	}
	args = append(append(args, controlFlags(l.options.Controls)...), l.options.Control...)
	if cross := l.options.Cross; cross != nil {
		args = append(args, "--sdk", cross.SDK, "--sysroot", cross.Sysroot)
	}
	for _, service := range l.services {
		if service.running != nil {
			args = append(args, "--service", service.id+"="+service.running.URL) // as the target reaches it
			continue
		}
		address, err := l.across(ctx, service.id, service.component.stage, service.component.address)
		if err != nil {
			return err
		}
		args = append(args, "--service", service.id+"="+address)
	}
	started, err := l.component(ctx, at, "launcher", "", args...)
	if err != nil {
		return err
	}
	address, err := reach(ctx, l.home, at, started.address)
	if err != nil {
		return err
	}
	token, err := endpoint.LoadToken(l.operator.in("launcher", authority.TokenFile))
	if err != nil {
		return err
	}
	l.launcher = launcher.NewClient(address, l.root.Pool, token)
	if err := l.launcher.Health(ctx); err != nil {
		return fmt.Errorf("asking whether the launcher is well: %w", err)
	}
	uploaded, err := l.launcher.Upload(ctx, l.operator.solution.Program+".c", l.operator.source)
	if err != nil {
		return fmt.Errorf("uploading the program: %w", err)
	}
	l.program = uploaded.ProgramID
	return nil
}

// component starts one component on a free port of a host, and asks it whether it is well if its identity is given.
func (l *Local) component(ctx context.Context, on *stage, name, identity string, args ...string) (*component, error) {
	log := l.operator.in("logs", strings.ReplaceAll(name, "/", "-")+".log")
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
	l.components = append(l.components, c)
	if identity == "" {
		return c, nil
	}
	address, err := reach(ctx, l.home, on, c.address)
	if err != nil {
		return nil, err
	}
	client := l.client(address, identity, "")
	defer client.Close()
	if err := client.Do(ctx, "GET", "/api/health", nil, nil); err != nil {
		return nil, fmt.Errorf("asking whether %s is well: %w", name, err)
	}
	return c, nil
}
