package environment

import (
	"fmt"
	"strings"
)

// emulated tells whether the host is one of those that interpret or translate programs: their time is that of no processor.
func emulated(e Environment) bool {
	return e.Virtualization == "qemu" || e.Virtualization == "bochs" || (e.CheriBSD != nil && strings.Contains(e.CheriBSD.Product, "QEMU"))
}

// Emulated tells whether the host's processor is QEMU's or another emulator's, which has no caches, no branch prediction and no
// pipeline: its times are no performance data.
func (e Environment) Emulated() bool { return emulated(e) || strings.Contains(e.CPU, "QEMU") }

// surroundingDisturbances are of what the system itself runs in.
func surroundingDisturbances(e Environment) []Disturbance {
	var found []Disturbance
	switch {
	case emulated(e):
		found = append(found, Disturbance{
			Name: "emulation", Severity: High, Found: "QEMU or another emulator", Wanted: "a processor",
			Why:      "an emulator has no caches, no branch prediction and no pipeline of the processor it shows: its times are no performance data",
			HowToSet: "measure on the hardware itself, and use the emulator to see that everything works",
		})
	case e.Virtualization != "":
		found = append(found, Disturbance{
			Name: "virtualization", Severity: Medium, Found: e.Virtualization, Wanted: "none",
			Why:      "the hypervisor gives the CPUs to others when it likes, and traps what enters it: `steal_time` of the runs says how much, if the host tells",
			HowToSet: "measure on the hardware itself, or give the guest CPUs of its own (pinned, none of them shared)",
		})
	}
	if e.Container != "" {
		found = append(found, Disturbance{
			Name: "container", Severity: Low, Found: e.Container, Wanted: "none",
			Why:      "other containers share the host, and its settings cannot be seen or set from everywhere",
			HowToSet: "start eaibench on the host itself, or end its other containers",
		})
	}
	if e.Quota != nil {
		found = append(found, Disturbance{
			Name: "cpu-quota", Severity: High, Found: fmt.Sprintf("%g CPUs' time", *e.Quota), Wanted: "no limit",
			Why:      "who has used up the time of a period stands still until the next: single values are longer by up to 100 ms",
			HowToSet: "start the container or service without a limit of its CPU time",
		})
	}
	return found
}

// cheribsdDisturbances are of CheriBSD alone.
func cheribsdDisturbances(e Environment) []Disturbance {
	c := e.CheriBSD
	if c == nil {
		return nil
	}
	var found []Disturbance
	if says, certain := debugs(c); says != "" {
		severity := High
		if !certain {
			severity = Medium
		}
		found = append(found, Disturbance{
			Name: "debug-kernel", Severity: severity, Found: says, Wanted: "a kernel of a *-NODEBUG configuration",
			Why:          "the kernel checks itself at every lock and allocation: whatever enters it is slower, and modes enter it differently often",
			HowToSet:     "set kernel=\"kernel." + nodebug(c) + "\" in /boot/loader.conf and start anew",
			HowToRestore: "take the line out of /boot/loader.conf and start anew",
		})
	}
	const revocation = "security.cheri.runtime_revocation_default"
	if c.Settings[revocation] == "1" {
		found = append(found, Disturbance{
			Name: "revocation", Severity: Medium, Found: "on by default, for purecap programs alone", Wanted: "a decision that is reported with the results",
			Why: "freed memory is quarantined and capabilities to it are revoked: purecap pays for temporal safety, which hybrid does not have, " +
				"so the difference is not that of capabilities alone",
			HowToSet: "sysctl " + revocation + "=0, or proccontrol -m cherirevoke -s disable COMMAND", HowToRestore: "sysctl " + revocation + "=1",
		})
	}
	return found
}

// debugs says why the kernel is taken for one that checks itself, "" if it is not, and whether
// that is certain. Where the kernel does not carry its configuration, its name and what the
// system says at login have to do.
func debugs(c *CheriBSD) (says string, certain bool) {
	switch {
	case len(c.Debugging) > 0:
		return "options " + strings.Join(c.Debugging, ", "), true
	case c.Debugging != nil, strings.Contains(c.Configuration, "NODEBUG"), strings.Contains(c.BootFile, "NODEBUG"):
		return "", true
	case len(c.Warnings) > 0:
		return c.Warnings[0], true
	case strings.HasPrefix(c.Configuration, "GENERIC"):
		return "perhaps: configuration " + c.Configuration + ", which checks itself since CheriBSD 24.05", false
	}
	return "", true
}

// nodebug names the configuration of the same kernel that does not check itself.
func nodebug(c *CheriBSD) string {
	if c.Configuration == "" {
		return "GENERIC-MORELLO-PURECAP-NODEBUG"
	}
	return strings.TrimSuffix(c.Configuration, "-NODEBUG") + "-NODEBUG"
}
