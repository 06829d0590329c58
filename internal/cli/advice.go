package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"

	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/hosts/qemu"
	"eaibench/hosts/ssh"
)

// advised adds to the error of a host that is not reached what to do, in the words of `eaibench doctor`.
func advised(err error, entry inventory.Entry) error {
	if advice := adviceOn(err, entry); advice != "" {
		return fmt.Errorf("%w\n%s", err, advice)
	}
	return err
}

// adviceOn says what to do where a host is not reached; "" where the error says it itself.
func adviceOn(err error, entry inventory.Entry) string {
	var unknown *ssh.UnknownHostKey
	var changed *ssh.ChangedHostKey
	var refused *ssh.LoginRefused
	var boot *qemu.BootError
	var network *net.OpError
	var silent *ssh.NoConnection
	var name *net.DNSError
	port := entry.Port
	if port == 0 {
		port = 22
	}
	try := fmt.Sprintf("`ssh -v -p %d %s@%s`", port, entry.User, entry.Address)
	if entry.Jump != "" {
		try = "ssh, by way of " + entry.Jump + ","
	}
	switch {
	case errors.As(err, &unknown), errors.As(err, &changed), errors.As(err, &boot):
		return "" // it says itself what to do
	case errors.As(err, &refused):
		advice := fmt.Sprintf("the public key has to be a line of ~%s/.ssh/authorized_keys there", entry.User)
		if entry.Key != "" && entry.Jump == "" {
			advice += fmt.Sprintf(", where `ssh-copy-id -i %s -p %d %s@%s` puts it", entry.Key, port, entry.User, entry.Address)
		}
		if entry.User == "root" {
			advice += "; and its sshd_config has to say PermitRootLogin prohibit-password, which FreeBSD's does not"
		}
		return advice
	case errors.As(err, &name):
		return "address: in the inventory has to be a name or an address that this host knows"
	case errors.As(err, &network), errors.As(err, &silent):
		return "is the host on, does an SSH server listen on this port there (FreeBSD: sysrc sshd_enable=YES; service sshd start), does a firewall stand between? " +
			try + " tells more"
	}
	return ""
}

// machineChecks are what a virtual machine is started with.
func machineChecks(machine qemu.Machine) []check {
	obtain := "Debian has QEMU for Linux guests: apt-get install qemu-system-x86"
	image := "docs/formats/hosts.md says which image a Linux guest needs"
	if machine.Firmware != "" {
		obtain = "cheribuild.py qemu makes QEMU Morello, in output/sdk/bin below its source root"
		image = "cheribuild.py disk-image-morello-purecap makes it, as output/cheribsd-morello-purecap.img"
	}
	file := func(name, path, means string) check {
		return check{finding{Name: name, Required: true, Means: means}, func(context.Context) (string, error) {
			info, err := os.Stat(path)
			if err == nil && !info.Mode().IsRegular() {
				err = fmt.Errorf("%s is no file", path)
			}
			return path, err
		}}
	}
	checks := []check{
		{finding{Name: "QEMU", Required: true, Means: obtain}, func(context.Context) (string, error) { return exec.LookPath(machine.Binary) }},
		file("disk image", machine.Disk, image),
	}
	if strings.Contains(machine.Firmware, "/") { // else QEMU finds it in its own folders
		checks = append(checks, file("firmware", machine.Firmware, "it comes with QEMU, in share/qemu beside its bin"))
	}
	return checks
}

// lacksFile says, with what to do, which files a virtual machine cannot be started without, and are not there; nil if none.
func lacksFile(ctx context.Context, name string, machine qemu.Machine) error {
	var missing []error
	for _, check := range machineChecks(machine) {
		if _, err := check.try(ctx); errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			missing = append(missing, fmt.Errorf("%s: %w; %s", check.Name, err, check.Means))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &hosts.HarnessError{Op: "host " + name + ": start QEMU", Err: errors.Join(missing...)}
}
