package inventory_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts/inventory"
	"eaibench/hosts/qemu"
	"eaibench/internal/strictyaml"
)

const machines = `version: 1
hosts:
  short:
    kind: qemu
    machine: {preset: morello, disk: cheribsd-morello-purecap.img}
    platform: cheribsd-morello
    work_folder: /var/tmp/eaibench
  full:
    kind: qemu
    port: 10022
    user: researcher
    machine:
      preset: debian
      binary: ./qemu
      type: virt
      cpu: cortex-a72
      accelerator: tcg,thread=multi
      processors: 2
      memory: 512
      firmware: fw/efi.fd
      kernel: /boot/vmlinuz
      initrd: ~/initrd
      append: root=/dev/vdb
      disk: debian.qcow2
      format: qcow2
      snapshot: true
      extra: [-name, one]
      password: very-secret
    platform: linux
    work_folder: /w
`

func TestMachines(t *testing.T) {
	all, err := inventory.Read("/etc/eaibench/hosts.yaml", []byte(machines), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	short := qemu.Config{Name: "short", Machine: qemu.MorelloMachine(), Guest: qemu.CheriBSDGuest()}
	short.Machine.Disk = "/etc/eaibench/cheribsd-morello-purecap.img"
	full := qemu.Config{Name: "full", Guest: qemu.DebianGuest(), Machine: qemu.Machine{
		Binary: "/etc/eaibench/qemu", Type: "virt", CPU: "cortex-a72", Accelerator: "tcg,thread=multi", Processors: 2, Memory: 512,
		Firmware: "/etc/eaibench/fw/efi.fd", Kernel: "/boot/vmlinuz", Initrd: "/home/researcher/initrd", Append: "root=/dev/vdb",
		Disk: "/etc/eaibench/debian.qcow2", Format: "qcow2", Snapshot: true, Port: 10022, GuestPort: 22, Extra: []string{"-name", "one"},
	}}
	full.Guest.User, full.Guest.Password = "researcher", "very-secret"
	records := map[string]string{
		"short": `{"name":"short","kind":"qemu","user":"root","platform":"cheribsd-morello","work_folder":"/var/tmp/eaibench"}`,
		"full":  `{"name":"full","kind":"qemu","port":10022,"user":"researcher","platform":"linux","work_folder":"/w"}`,
	}
	for _, want := range []qemu.Config{short, full} {
		got, err := all.VirtualMachine(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
		record, err := all.Record(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(records[want.Name], string(text)); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
		if _, err := all.Host(want.Name); err == nil || !strings.Contains(err.Error(), "has to be started") {
			t.Errorf("%s: got %v", want.Name, err)
		}
	}
}

// The page's machine can be started; its other hosts are no machines.
func TestMachineOfThePage(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(wholePage(t), -1)
	if len(blocks) != 2 {
		t.Fatalf("the page shows %d files, want 2", len(blocks))
	}
	all, err := inventory.Read("/etc/eaibench/hosts.yaml", []byte(blocks[1][1]), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	got, err := all.VirtualMachine("morello-vm")
	if err != nil || got.Machine.Disk != "/etc/eaibench/images/cheribsd-morello-purecap.img" || !got.Machine.Snapshot {
		t.Errorf("got %+v, %v", got.Machine, err)
	}
	hosts, err := inventory.Read("/etc/eaibench/hosts.yaml", []byte(page(t)), surroundings)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"gateway": "no virtual machine", "gatewey": `did you mean "gateway"?`} {
		if _, err := hosts.VirtualMachine(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", name, err, want)
		}
	}
}

func TestMachineFaults(t *testing.T) {
	const faulty = `version: 1
hosts:
  one: {kind: qemu, address: a, key: k, agent: true, known_hosts: h, jump: two, platform: p, work_folder: /w, machine: {preset: morelo, disk: d}}
  two: {kind: qemu, platform: p, work_folder: /w}
  three: {kind: qemu, port: -1, platform: p, work_folder: /w, machine: {preset: debian, disk: d, memory: -1, initrd: i, password: "a\tb"}}
  four: {kind: ssh, address: a, user: u, agent: true, platform: p, work_folder: /w, machine: {preset: debian, disk: d}}
  five: {kind: qemu, platform: p, work_folder: /w, machine: {preset: debian, disc: d}}
  six: {kind: qemu, platform: p, work_folder: /w, machine: {preset: debian, disk: d, append: single}}
`
	_, err := inventory.Read("hosts.yaml", []byte(faulty), surroundings)
	var faults strictyaml.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want Faults", err)
	}
	want := `hosts.yaml:3:30: hosts.one.address: a virtual machine has none
hosts.yaml:3:38: hosts.one.key: a virtual machine has none
hosts.yaml:3:48: hosts.one.agent: a virtual machine has none
hosts.yaml:3:67: hosts.one.known_hosts: a virtual machine has none
hosts.yaml:3:76: hosts.one.jump: a virtual machine has none
hosts.yaml:3:76: hosts.one.jump: a virtual machine is no way to another host
hosts.yaml:3:120: hosts.one.machine: preset "morelo" is not known; want "morello" or "debian"
hosts.yaml:4:8: hosts.two.machine: a virtual machine needs machine: with its preset and disk
hosts.yaml:5:29: hosts.three.port: want a port from 1 to 65535, or none, found -1
hosts.yaml:5:72: hosts.three.machine: -1 MiB of memory is none; an initial RAM disk needs a kernel; a line has control characters, which cannot be typed
hosts.yaml:6:94: hosts.four.machine: a host of kind "ssh" is no virtual machine
hosts.yaml:7:61: missing key "hosts.five.machine.disk"
hosts.yaml:7:61: hosts.five.machine: it needs a disk image
hosts.yaml:7:78: unknown key "disc"; did you mean "disk"?
hosts.yaml:8:60: hosts.six.machine: append is for a kernel, and there is none: a loader has a command line of its own`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

// The inventory beside the guest that is built for tests.
func TestInventoryOfTheGuest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "scripts", "debian-guest.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := inventory.Read("/cache/hosts.yaml", text, surroundings)
	if err != nil {
		t.Fatal(err)
	}
	got, err := all.VirtualMachine("debian")
	if err != nil {
		t.Fatal(err)
	}
	want := qemu.Config{Name: "debian", Machine: qemu.DebianMachine(), Guest: qemu.DebianGuest()}
	want.Machine.Kernel, want.Machine.Initrd, want.Machine.Disk = "/cache/vmlinuz", "/cache/initrd.img", "/cache/disk.img"
	want.Machine.Snapshot, want.Machine.Memory, want.Machine.Processors = true, 2048, 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, argument := range got.Machine.Command() {
		if strings.Contains(argument, "kvm") {
			t.Errorf("argument %q: nested, KVM may hang", argument)
		}
	}
}
