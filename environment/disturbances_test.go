package environment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/environment"
)

func pointer[T any](value T) *T { return &value }

// undisturbed is a host on which nothing disturbs, that tells everything.
func undisturbed() environment.Environment {
	return environment.Environment{
		System: "debian", Architecture: "amd64", CPUs: 4, Usable: 4, Memory: 1 << 30, SMT: pointer(false), ClockSource: "tsc",
		Frequency: &environment.Frequency{Governors: map[string]int{"performance": 4}, Turbo: pointer(false)},
		SwapUsed:  pointer(uint64(0)), HugePages: "madvise", ASLR: pointer(2), OnBattery: pointer(false), Load1: 1,
		Pressure: &environment.Pressure{Average60: 10},
	}
}

// undisturbedBoard is the same with CheriBSD.
func undisturbedBoard() environment.Environment {
	e := undisturbed()
	e.System, e.ASLR, e.ClockSource, e.Frequency = "cheribsd", pointer(1), "ARM MPCore Timecounter", nil
	e.CheriBSD = &environment.CheriBSD{
		Configuration: "GENERIC-MORELLO-PURECAP-NODEBUG", BootFile: "/boot/kernel.GENERIC-MORELLO-PURECAP-NODEBUG/kernel",
		Product: "Morello System Development Platform", Debugging: []string{},
		Settings: map[string]string{"security.cheri.runtime_revocation_default": "0"},
	}
	return e
}

// One thing that is otherwise is one disturbance, with its severity.
func TestDisturbances(t *testing.T) {
	type list []string
	for _, test := range []struct {
		name   string
		host   environment.Environment
		change func(*environment.Environment)
		want   list
	}{
		{"none", undisturbed(), func(*environment.Environment) {}, nil},
		{"none on a board", undisturbedBoard(), func(*environment.Environment) {}, nil},
		{"one governor of four", undisturbed(), func(e *environment.Environment) {
			e.Frequency.Governors = map[string]int{"performance": 3, "schedutil": 1}
		}, list{"governor high"}},
		{"turbo", undisturbed(), func(e *environment.Environment) { e.Frequency.Turbo = pointer(true) }, list{"turbo medium"}},
		{"SMT", undisturbed(), func(e *environment.Environment) { e.SMT = pointer(true) }, list{"smt low"}},
		{"SMT on FreeBSD", undisturbedBoard(), func(e *environment.Environment) { e.SMT = pointer(true) }, list{"smt low"}},
		{"a slow clock", undisturbed(), func(e *environment.Environment) { e.ClockSource = "acpi_pm" }, list{"clock-source medium"}},
		{"a guest's clock", undisturbed(), func(e *environment.Environment) { e.ClockSource = "kvm-clock" }, nil},
		{"battery", undisturbed(), func(e *environment.Environment) { e.OnBattery = pointer(true) }, list{"battery high"}},
		{"huge pages", undisturbed(), func(e *environment.Environment) { e.HugePages = "always" }, list{"huge-pages low"}},
		{"no huge pages", undisturbed(), func(e *environment.Environment) { e.HugePages = "never" }, nil},
		{"swap", undisturbed(), func(e *environment.Environment) { e.SwapUsed = pointer(uint64(1)) }, list{"swap medium"}},
		{"ASLR off", undisturbed(), func(e *environment.Environment) { e.ASLR = pointer(0) }, list{"aslr medium"}},
		{"ASLR without the heap", undisturbed(), func(e *environment.Environment) { e.ASLR = pointer(1) }, list{"aslr medium"}},
		{"ASLR off on a board", undisturbedBoard(), func(e *environment.Environment) { e.ASLR = pointer(0) }, list{"aslr medium"}},
		{"load", undisturbed(), func(e *environment.Environment) { e.Load1 = 1.01 }, list{"load high"}},
		{"pressure", undisturbed(), func(e *environment.Environment) { e.Pressure.Average60 = 10.1 }, list{"pressure high"}},
		{"a virtual machine", undisturbed(), func(e *environment.Environment) { e.Virtualization = "kvm" }, list{"virtualization medium"}},
		{"an emulator", undisturbed(), func(e *environment.Environment) { e.Virtualization = "qemu" }, list{"emulation high"}},
		{"a container", undisturbed(), func(e *environment.Environment) { e.Container = "podman" }, list{"container low"}},
		{"a quota", undisturbed(), func(e *environment.Environment) { e.Quota = pointer(4.0) }, list{"cpu-quota high"}},
		{"several, what matters most first", undisturbed(), func(e *environment.Environment) {
			e.Container, e.Frequency.Turbo, e.Quota = "lxc", pointer(true), pointer(0.5)
		}, list{"cpu-quota high", "turbo medium", "container low"}},
		{"a kernel that says that it debugs", undisturbedBoard(), func(e *environment.Environment) {
			e.CheriBSD.Debugging = []string{"WITNESS"}
		}, list{"debug-kernel high"}},
		{"one that only warns", undisturbedBoard(), func(e *environment.Environment) {
			e.CheriBSD.Debugging, e.CheriBSD.Configuration, e.CheriBSD.BootFile = nil, "MINE", "/boot/kernel/kernel"
			e.CheriBSD.Warnings = []string{"WARNING: WITNESS option enabled"}
		}, list{"debug-kernel high"}},
		{"one that does not say, by its name", undisturbedBoard(), func(e *environment.Environment) {
			e.CheriBSD.Debugging, e.CheriBSD.Configuration, e.CheriBSD.BootFile = nil, "GENERIC-MORELLO-PURECAP", "/boot/kernel/kernel"
		}, list{"debug-kernel medium"}},
		{"one that says that it does not, whatever its name", undisturbedBoard(), func(e *environment.Environment) {
			e.CheriBSD.Configuration, e.CheriBSD.BootFile = "GENERIC-MORELLO-PURECAP", "/boot/kernel/kernel"
		}, nil},
		{"revocation", undisturbedBoard(), func(e *environment.Environment) {
			e.CheriBSD.Settings["security.cheri.runtime_revocation_default"] = "1"
		}, list{"revocation medium"}},
		{"a board of QEMU's", undisturbedBoard(), func(e *environment.Environment) { e.CheriBSD.Product = "QEMU Virtual Machine" }, list{"emulation high"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.change(&test.host)
			var got list
			for _, one := range environment.Disturbances(test.host) {
				got = append(got, one.Name+" "+string(one.Severity))
				if one.Found == "" || one.Wanted == "" || one.Why == "" || one.HowToSet == "" || one.Settable && one.HowToRestore == "" {
					t.Errorf("incomplete: %+v", one)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
