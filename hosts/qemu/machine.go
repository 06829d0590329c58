package qemu

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Machine is how QEMU is started. An optional value that is "" or 0 is left out of
// the command line, and QEMU's own default holds.
type Machine struct {
	// Binary is QEMU's program, a path or a name to be found on PATH.
	Binary string
	// Type is the machine with its properties (-M), such as "virt,gic-version=3".
	Type string
	// CPU is the processor's model (-cpu), optional.
	CPU string
	// Accelerator is what executes the guest (-accel), such as "tcg", optional.
	Accelerator string
	// Processors is their count (-smp), optional. Morello has no multi-threaded TCG.
	Processors int
	// Memory in MiB (-m).
	Memory int
	// Firmware is a file (-bios), by path or by a name that QEMU finds in its own
	// folders; optional.
	Firmware string
	// Kernel and Initrd are files that are booted without a loader, optional; Append
	// is the kernel's command line, used with Kernel only.
	Kernel, Initrd, Append string
	// Disk is the image's file, Format its format, such as "raw" or "qcow2".
	Disk, Format string
	// Snapshot is true when nothing of what the guest writes is kept.
	Snapshot bool
	// Port on 127.0.0.1 is forwarded to the guest's GuestPort; both 1 to 65535.
	Port, GuestPort int
	// Extra arguments follow all others.
	Extra []string
}

// MorelloMachine is QEMU Morello as cheribuild starts it, without its disk image
// and port (CTSRD-CHERI/cheribuild, pycheribuild/qemu_utils.py).
func MorelloMachine() Machine {
	return Machine{
		Binary: "qemu-system-morello", Type: "virt,gic-version=3", CPU: "morello", Firmware: "edk2-aarch64-code.fd",
		Memory: 2048, Format: "raw", GuestPort: 22,
	}
}

// DebianMachine is an emulated PC, without its disk image and port. With Kernel set,
// the image needs no loader.
func DebianMachine() Machine {
	return Machine{
		Binary: "qemu-system-x86_64", Type: "q35", CPU: "max", Accelerator: "tcg", Memory: 1024,
		Append: "root=/dev/vda rw console=ttyS0", Format: "raw", GuestPort: 22,
	}
}

// Check says everything that is wrong with a machine.
func (m Machine) Check() error {
	var faults []error
	need := func(ok bool, text string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(text, args...))
		}
	}
	need(m.Binary != "", "it needs QEMU's program")
	need(m.Type != "", "it needs a machine type")
	need(m.Memory > 0, "%d MiB of memory is none", m.Memory)
	need(m.Processors >= 0, "%d processors cannot be", m.Processors)
	need(m.Disk != "", "it needs a disk image")
	need(m.Format != "", "it needs the format of its disk image")
	need(m.Kernel != "" || m.Initrd == "", "an initial RAM disk needs a kernel")
	for _, port := range []int{m.Port, m.GuestPort} {
		need(port > 0 && port <= 65535, "port %d is not from 1 to 65535", port)
	}
	for _, argument := range m.Command() {
		need(!strings.ContainsRune(argument, 0), "argument %q has a NUL", argument)
	}
	return errors.Join(faults...)
}

// Command gives QEMU's program and arguments: console on standard input and output,
// no display, one disk, one network card and a source of random numbers, all virtio.
func (m Machine) Command() []string {
	command := []string{m.Binary, "-M", m.Type}
	add := func(flag, value string) {
		if value != "" {
			command = append(command, flag, value)
		}
	}
	add("-accel", m.Accelerator)
	add("-cpu", m.CPU)
	add("-bios", m.Firmware)
	if m.Kernel != "" {
		add("-kernel", m.Kernel)
		add("-initrd", m.Initrd)
		add("-append", m.Append)
	}
	if m.Processors != 0 {
		add("-smp", strconv.Itoa(m.Processors))
	}
	add("-m", strconv.Itoa(m.Memory))
	command = append(command,
		"-nographic",
		"-drive", "if=none,file="+value(m.Disk)+",id=drv,format="+value(m.Format),
		"-device", "virtio-blk-pci,drive=drv",
		"-device", "virtio-net-pci,netdev=net0",
		"-netdev", fmt.Sprintf("user,id=net0,hostfwd=tcp:127.0.0.1:%d-:%d", m.Port, m.GuestPort),
		"-device", "virtio-rng-pci")
	if m.Snapshot {
		command = append(command, "-snapshot")
	}
	return slices.Concat(command, m.Extra)
}

// Emulates tells whether QEMU itself carries out the guest's instructions, in software: unless another accelerator is asked for.
func (m Machine) Emulates() bool {
	asked := strings.Join(append([]string{m.Accelerator, m.Type}, m.Extra...), " ")
	return !slices.ContainsFunc([]string{"kvm", "hvf", "xen", "nvmm", "whpx", "mshv"}, func(name string) bool { return strings.Contains(asked, name) })
}

// value writes a value of an option with several: a comma ends one unless doubled.
func value(text string) string { return strings.ReplaceAll(text, ",", ",,") }
