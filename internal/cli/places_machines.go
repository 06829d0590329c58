package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"eaibench/hosts"
	"eaibench/hosts/qemu"
	"eaibench/results"
	"eaibench/runner"
)

// machine is a virtual machine that was started for a campaign.
type machine struct {
	*qemu.Host
	config  qemu.Machine
	console *os.File
}

// boot starts a virtual machine. What its console shows is in a file until the campaign has it.
func (p *places) boot(ctx context.Context, name string) (_ hosts.Host, err error) {
	config, err := p.inventory.VirtualMachine(name)
	if err != nil {
		return nil, err
	}
	if err := lacksFile(ctx, name, config.Machine); err != nil {
		return nil, err
	}
	if p.keys == "" {
		if p.keys, p.clear, err = runner.MakeFolder(); err != nil {
			return nil, fmt.Errorf("making a folder for a virtual machine's keys: %w", err)
		}
	}
	config.Folder = filepath.Join(p.keys, name)
	if err := os.Mkdir(config.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for a virtual machine's keys: %w", err)
	}
	console, err := os.Create(filepath.Join(config.Folder, "console.log"))
	if err != nil {
		return nil, fmt.Errorf("making a file for a virtual machine's console: %w", err)
	}
	config.Console = console
	p.say("starting virtual machine %s; to follow it: tail -f %s", name, console.Name())
	started, err := qemu.Start(ctx, config)
	if err != nil {
		err = errors.Join(err, console.Close())
		if ctx.Err() == nil {
			err = withConsole(name, console.Name(), err)
		}
		return nil, err
	}
	p.machines[name] = &machine{started, config.Machine, console}
	return started, nil
}

// withConsole keeps a console for whoever looks for the reason of an error, and has the error say where. One that showed nothing is
// not kept.
func withConsole(name, file string, err error) error {
	text, keeping := os.ReadFile(file)
	if keeping == nil && len(text) == 0 {
		return err
	}
	var kept *os.File
	if keeping == nil {
		kept, keeping = os.CreateTemp("", "eaibench-console-"+name+"-*.log")
	}
	if keeping != nil {
		return errors.Join(err, fmt.Errorf("keeping the console of %s: %w", name, keeping))
	}
	_, writing := kept.Write(text)
	return errors.Join(fmt.Errorf("%w\nits console is in %s", err, kept.Name()), writing, kept.Close())
}

// keepConsoles appends what the virtual machines' consoles have shown to the files of a campaign's folder, and gives these.
func (p *places) keepConsoles(folder string) (files []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(p.machines)) {
		file := results.ConsoleFile(folder, name)
		if err := appendConsole(p.machines[name].console.Name(), file); err != nil {
			return files, fmt.Errorf("keeping the console of %s: %w", name, err)
		}
		files = append(files, file)
	}
	p.kept = true
	return files, nil
}

func appendConsole(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
