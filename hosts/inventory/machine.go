package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"eaibench/hosts/qemu"
)

// QEMU is the kind of a virtual machine that has to be started.
const QEMU Kind = "qemu"

// Machine is a virtual machine as the file has it: a preset, and what differs from
// it. A value that is missing is the preset's.
type Machine struct {
	// Preset is "morello" (CheriBSD under QEMU Morello) or "debian".
	Preset string `yaml:"preset"`
	// Binary is QEMU's program: a path, or a name to be found on PATH.
	Binary      string `yaml:"binary,omitempty"`
	Type        string `yaml:"type,omitempty"`
	CPU         string `yaml:"cpu,omitempty"`
	Accelerator string `yaml:"accelerator,omitempty"`
	Processors  int    `yaml:"processors,omitempty"`
	// Memory in MiB.
	Memory int `yaml:"memory,omitempty"`
	// Firmware is a path, or a name that QEMU finds in its own folders.
	Firmware string `yaml:"firmware,omitempty"`
	Kernel   string `yaml:"kernel,omitempty"`
	Initrd   string `yaml:"initrd,omitempty"`
	Append   string `yaml:"append,omitempty"`
	Disk     string `yaml:"disk"`
	Format   string `yaml:"format,omitempty"`
	// Snapshot is true when nothing of what the guest writes is kept.
	Snapshot bool     `yaml:"snapshot,omitempty"`
	Extra    []string `yaml:"extra,omitempty"`
	// Password of the user at the console.
	Password string `yaml:"password,omitempty"`
}

// files lists the values that are files of this side. A program or firmware without
// a slash is found by name.
func (m *Machine) files() []*string {
	found := []*string{&m.Kernel, &m.Initrd, &m.Disk}
	for _, file := range []*string{&m.Binary, &m.Firmware} {
		if strings.Contains(*file, "/") {
			found = append(found, file)
		}
	}
	return found
}

// config gives how the machine is started, without its name, folder and console.
func (m *Machine) config(user string, port int) (qemu.Config, error) {
	var c qemu.Config
	switch m.Preset {
	case "morello":
		c = qemu.Config{Machine: qemu.MorelloMachine(), Guest: qemu.CheriBSDGuest()}
	case "debian":
		c = qemu.Config{Machine: qemu.DebianMachine(), Guest: qemu.DebianGuest()}
	default:
		return c, fmt.Errorf(`preset %q is not known; want "morello" or "debian"`, m.Preset)
	}
	to := &c.Machine
	for _, value := range []struct {
		to   *string
		from string
	}{
		{&to.Binary, m.Binary},
		{&to.Type, m.Type},
		{&to.CPU, m.CPU},
		{&to.Accelerator, m.Accelerator},
		{&to.Firmware, m.Firmware},
		{&to.Kernel, m.Kernel},
		{&to.Initrd, m.Initrd},
		{&to.Append, m.Append},
		{&to.Disk, m.Disk},
		{&to.Format, m.Format},
		{&c.Guest.User, user},
		{&c.Guest.Password, m.Password},
	} {
		*value.to = cmp.Or(value.from, *value.to)
	}
	to.Processors, to.Memory = cmp.Or(m.Processors, to.Processors), cmp.Or(m.Memory, to.Memory)
	to.Port, to.Snapshot, to.Extra = port, m.Snapshot, m.Extra
	return c, nil
}

// machineFault says what is wrong with an entry as that of a virtual machine.
func (e *Entry) machineFault() error {
	if e.Machine == nil {
		return errors.New("a virtual machine needs machine: with its preset and disk")
	}
	c, err := e.Machine.config(e.User, 1) // Its port is checked apart, and may be missing.
	if err != nil {
		return err
	}
	var unused error
	if e.Machine.Append != "" && c.Machine.Kernel == "" {
		unused = errors.New("append is for a kernel, and there is none: a loader has a command line of its own")
	}
	return errors.Join(unused, c.Machine.Check(), c.Guest.Check())
}

// VirtualMachine gives how a host of kind QEMU is started: qemu.Start needs a folder
// and a writer for the console besides. Its Machine.Port is 0 unless the file sets it.
func (i *Inventory) VirtualMachine(name string) (qemu.Config, error) {
	e, err := i.Entry(name)
	if err != nil {
		return qemu.Config{}, err
	}
	if e.Kind != QEMU {
		return qemu.Config{}, fmt.Errorf("host %s is no virtual machine: its kind is %s", name, e.Kind)
	}
	c, err := e.Machine.config(e.User, e.Port)
	c.Name = name
	return c, err
}

// resolveFiles makes the machine's files absolute, in a copy.
func (m *Machine) resolveFiles(folder, home string) (*Machine, error) {
	resolved := *m
	for _, file := range resolved.files() {
		var err error
		if *file, err = resolve(filepath.FromSlash(*file), folder, home); err != nil {
			return nil, err
		}
	}
	return &resolved, nil
}
