package cli

import (
	"testing"

	"eaibench/environment"
	"eaibench/hosts/qemu"
)

// A guest that shows no sign of QEMU is QEMU's all the same, when this program started it so.
func TestStartedByQEMU(t *testing.T) {
	accelerated := qemu.DebianMachine()
	accelerated.Accelerator = "kvm"
	for name, test := range map[string]struct {
		machine  qemu.Machine
		says     string
		want     string
		emulated bool
	}{
		"a board, it says":      {qemu.MorelloMachine(), "", "qemu", true},
		"a hypervisor's":        {qemu.MorelloMachine(), "generic", "qemu", true},
		"its own word":          {qemu.DebianMachine(), "bochs", "bochs", true},
		"by the processor":      {accelerated, "", "", false},
		"by the processor, KVM": {accelerated, "kvm", "kvm", false},
	} {
		is := startedBy(test.machine, environment.Environment{Virtualization: test.says})
		if is.Virtualization != test.want || is.Emulated() != test.emulated {
			t.Errorf("%s: %q, emulated %v", name, is.Virtualization, is.Emulated())
		}
	}
}
