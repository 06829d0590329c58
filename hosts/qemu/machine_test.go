package qemu_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts/qemu"
)

func TestCommand(t *testing.T) {
	morello := qemu.MorelloMachine()
	morello.Disk, morello.Port = "cheribsd-morello-purecap.img", 10022
	everything := qemu.Machine{
		Binary: "/opt/qemu", Type: "virt", CPU: "cortex-a72", Accelerator: "tcg,thread=multi", Processors: 4, Memory: 512, Firmware: "fw.fd",
		Kernel: "vmlinuz", Initrd: "initrd.img", Append: "root=/dev/vda ro", Disk: "/images/a,b.qcow2", Format: "qcow2", Snapshot: true,
		Port: 1, GuestPort: 2222, Extra: []string{"-name", "one two"},
	}
	debian := qemu.DebianMachine()
	debian.Disk, debian.Port = "debian.img", 10023
	for name, test := range map[string]struct {
		machine qemu.Machine
		want    string
	}{
		"morello": {morello, "qemu-system-morello -M virt,gic-version=3 -cpu morello -bios edk2-aarch64-code.fd -m 2048 -nographic " +
			"-drive if=none,file=cheribsd-morello-purecap.img,id=drv,format=raw -device virtio-blk-pci,drive=drv " +
			"-device virtio-net-pci,netdev=net0 -netdev user,id=net0,hostfwd=tcp:127.0.0.1:10022-:22 " +
			"-device virtio-rng-pci"},
		"debian": {debian, "qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 1024 -nographic " +
			"-drive if=none,file=debian.img,id=drv,format=raw -device virtio-blk-pci,drive=drv " +
			"-device virtio-net-pci,netdev=net0 -netdev user,id=net0,hostfwd=tcp:127.0.0.1:10023-:22 " +
			"-device virtio-rng-pci"},
		"everything": {everything, "/opt/qemu -M virt -accel tcg,thread=multi -cpu cortex-a72 -bios fw.fd " +
			"-kernel vmlinuz -initrd initrd.img -append root=/dev/vda ro -smp 4 -m 512 -nographic " +
			"-drive if=none,file=/images/a,,b.qcow2,id=drv,format=qcow2 -device virtio-blk-pci,drive=drv " +
			"-device virtio-net-pci,netdev=net0 -netdev user,id=net0,hostfwd=tcp:127.0.0.1:1-:2222 " +
			"-device virtio-rng-pci -snapshot -name one two"},
	} {
		if diff := cmp.Diff(test.want, strings.Join(test.machine.Command(), " ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if err := test.machine.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMachineFaults(t *testing.T) {
	err := qemu.Machine{Processors: -1, Initrd: "initrd", Port: 70000, Extra: []string{"a\x00"}}.Check()
	want := `it needs QEMU's program
it needs a machine type
0 MiB of memory is none
-1 processors cannot be
it needs a disk image
it needs the format of its disk image
an initial RAM disk needs a kernel
port 70000 is not from 1 to 65535
port 0 is not from 1 to 65535
argument "a\x00" has a NUL`
	if err == nil {
		t.Fatal("no fault was found")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestEmulates(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*qemu.Machine)
		want   bool
	}{
		"Morello":         {func(m *qemu.Machine) { *m = qemu.MorelloMachine() }, true},
		"Debian":          {func(*qemu.Machine) {}, true},
		"none is said":    {func(m *qemu.Machine) { m.Accelerator = "" }, true},
		"KVM":             {func(m *qemu.Machine) { m.Accelerator = "kvm" }, false},
		"KVM by its type": {func(m *qemu.Machine) { m.Accelerator, m.Type = "", "q35,accel=kvm" }, false},
		"KVM by more":     {func(m *qemu.Machine) { m.Extra = []string{"-enable-kvm"} }, false},
	} {
		machine := qemu.DebianMachine()
		test.change(&machine)
		if got := machine.Emulates(); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
