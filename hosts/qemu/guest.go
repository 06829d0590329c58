package qemu

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Kernel is what kind of kernel a guest's banner names.
type Kernel string

// The kernels.
const (
	// Purecap: CheriBSD's kernel is pure-capability code.
	Purecap Kernel = "purecap"
	// Hybrid: CheriBSD's kernel is hybrid code.
	Hybrid Kernel = "hybrid"
	// Benchmark: CheriBSD's kernel is compiled for the benchmark ABI.
	Benchmark Kernel = "benchmark"
	// Linux of any kind.
	Linux Kernel = "linux"
)

// Banner is a text that a kernel shows as it starts.
type Banner struct {
	Text   string
	Kernel Kernel
}

// Guest is what a system shows on its console and what it is answered. Texts are
// looked for as they stand; what a stage waits for may be missing from the console,
// since what a later stage waits for ends it too.
type Guest struct {
	// Loader are prompts that are answered with Enter.
	Loader []string
	// Banners of kernels.
	Banners []Banner
	// Root are texts that say that the root file system is being mounted.
	Root []string
	// Login are prompts for a user's name.
	Login []string
	// User to log in as, and Password, "" for none.
	User, Password string
	// PasswordPrompts ask for a password; Refusals say that a login failed.
	PasswordPrompts, Refusals []string
	// Prompts are ends of a shell's prompt. One counts when nothing follows it.
	Prompts []string
	// Failures are texts after which nothing good can follow.
	Failures []string
	// HasAddress is a shell command that succeeds if the guest has an address,
	// GetAddress one that gets it one; both "": it needs none.
	HasAddress, GetAddress string
	// Prepare are shell commands that make the SSH server let the user in by key.
	Prepare []string
	// HostKeys are the SSH server's files of public keys, as a shell's pattern.
	HostKeys string
	// PowerOff is a shell command that shuts the guest down, optional.
	PowerOff string
	// Limits of the stages.
	Limits Limits
}

// Limits are how long each stage may take; 0: the default, which is what cheribuild
// allows (CTSRD-CHERI/cheribuild, pycheribuild/boot_cheribsd): emulated, everything
// is slow, and an error that comes too soon costs more than one that comes late.
type Limits struct {
	// Loader: until its prompt; 20 min.
	Loader time.Duration
	// Kernel: until its banner; 20 min.
	Kernel time.Duration
	// Root: until it mounts its root file system; 10 min.
	Root time.Duration
	// Login: until the prompt for a user; 90 min.
	Login time.Duration
	// Command: until an answer to something typed, and each command; 10 min.
	Command time.Duration
	// PowerOff: from the command to the machine's end; 2 min.
	PowerOff time.Duration
}

func (l Limits) orDefaults() Limits {
	return Limits{
		Loader:   cmp.Or(l.Loader, 20*time.Minute),
		Kernel:   cmp.Or(l.Kernel, 20*time.Minute),
		Root:     cmp.Or(l.Root, 10*time.Minute),
		Login:    cmp.Or(l.Login, 90*time.Minute),
		Command:  cmp.Or(l.Command, 10*time.Minute),
		PowerOff: cmp.Or(l.PowerOff, 2*time.Minute),
	}
}

// CheriBSDGuest is CheriBSD on Morello as cheribuild's images are: root logs in
// without a password.
func CheriBSDGuest() Guest {
	return Guest{
		Loader: []string{"it [Enter] to boot", "[Space] to pause"},
		Banners: []Banner{
			{"CHERI pure-capability kernel.", Purecap},
			{"CHERI hybrid kernel.", Hybrid},
			{"CHERI pure-capability benchmark ABI kernel.", Benchmark},
		},
		Root:  []string{"Trying to mount root from"},
		Login: []string{"login:"}, User: "root",
		PasswordPrompts: []string{"Password:"}, Refusals: []string{"Login incorrect"},
		Prompts: []string{"# ", "$ ", "% "},
		Failures: []string{
			"panic: trap", "KDB: enter: panic", "panic: Fatal page fault at 0x", "panic: Capability abort from kernel space",
			"Manual root filesystem specification:", "Enter full pathname of shell or RETURN for /bin/sh",
		},
		HasAddress: "ifconfig vtnet0 | grep -q 'inet '", GetAddress: "dhclient vtnet0",
		Prepare: []string{
			"cd /etc/ssh && { grep -q '^PermitRootLogin w' sshd_config || echo 'PermitRootLogin without-password' >>sshd_config; }",
			"service sshd restart",
		},
		HostKeys: "/etc/ssh/ssh_host_*_key.pub", PowerOff: "shutdown -p now",
	}
}

const debianHasAddress = "ip -4 addr show scope global | grep -q 'inet '"

// DebianGuest is Debian with its console on the serial line, which lets root in
// without a password there. Its SSH server lets root in by key as it is.
func DebianGuest() Guest {
	return Guest{
		Banners: []Banner{{"Linux version ", Linux}},
		Root:    []string{"Run /sbin/init as init process", "Run /init as init process"},
		Login:   []string{"login:"}, User: "root",
		PasswordPrompts: []string{"Password:"}, Refusals: []string{"Login incorrect"},
		Prompts: []string{"# ", "$ "},
		Failures: []string{
			"Kernel panic - not syncing", "(initramfs)", "You are in emergency mode", "Give root password for maintenance",
		},
		HasAddress: debianHasAddress,
		// Most get one by themselves, if perhaps not before somebody can log in.
		GetAddress: `timeout 30 sh -c "until ` + debianHasAddress + `; do sleep 1; done" || dhclient`,
		HostKeys:   "/etc/ssh/ssh_host_*_key.pub", PowerOff: "poweroff",
	}
}

// Check says everything that is wrong with a guest.
func (g Guest) Check() error {
	var faults []error
	need := func(ok bool, text string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(text, args...))
		}
	}
	need(len(g.Login) > 0, "it needs a prompt for a user")
	need(len(g.Prompts) > 0, "it needs a shell's prompt")
	need(g.User != "", "it needs a user")
	need(g.HostKeys != "", "it needs its SSH server's files of public keys")
	need((g.HasAddress == "") == (g.GetAddress == ""), "that it has an address and how it gets one go together")
	for _, typed := range append([]string{g.User, g.Password, g.HasAddress, g.GetAddress, showHostKeys + g.HostKeys, g.PowerOff}, g.Prepare...) {
		faults = append(faults, checkTyped(typed))
	}
	for _, texts := range [][]string{g.Loader, g.Root, g.Login, g.PasswordPrompts, g.Refusals, g.Prompts, g.Failures} {
		for _, text := range texts {
			need(text != "", "an empty text is on every console")
		}
	}
	for _, banner := range g.Banners {
		need(banner.Text != "" && banner.Kernel != "", "a banner needs a text and a kernel")
	}
	l := g.Limits
	need(min(l.Loader, l.Kernel, l.Root, l.Login, l.Command, l.PowerOff) >= 0, "a limit below 0 is none")
	return errors.Join(faults...)
}
