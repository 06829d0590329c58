package audit

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/environment"
	"eaibench/platform"
	"eaibench/results"
)

// elsewhere are the disturbances that checks of their own are about; checkMachine has all others.
var elsewhere = []string{"emulation", "virtualization", "container", "cpu-quota", "debug-kernel", "revocation", "aslr", "load", "pressure"}

// worstSerious is how bad a disturbance is that makes values scatter or shift.
func worstSerious(d environment.Disturbance) Severity {
	if d.Severity == environment.High {
		return Serious
	}
	return Note
}

// always gives every disturbance the same severity.
func always(severity Severity) func(environment.Disturbance) Severity {
	return func(environment.Disturbance) Severity { return severity }
}

// disturbed shows what in the descriptions of hosts disturbs measurements, of what has one of the names.
func (c *campaign) disturbed(f *finding, places []place, severity func(environment.Disturbance) Severity, names ...string) {
	for _, place := range places {
		for _, one := range environment.Disturbances(place.Environment) {
			if slices.Contains(names, one.Name) && one.Found != "" {
				limit := ""
				if strings.HasPrefix(one.Wanted, "at most ") { // what is not said, nobody can hold the number against
					limit = "; " + one.Wanted + " is wanted"
				}
				f.found(severity(one), "host %s: %s: %s%s", place.Name, one.Name, one.Found, limit)
			}
		}
	}
}

// beginnings are the descriptions of hosts before runs of the campaign were under way: their load is not its own.
func (c *campaign) beginnings() []place {
	return slices.DeleteFunc(c.places(), func(p place) bool { return p.ended })
}

// withPlaces says what is lacking where no host is described, else what is looked at.
func (c *campaign) withPlaces(f *finding, what string) bool {
	places := len(c.places())
	if places == 0 {
		f.lacks("no host is described")
		return false
	}
	f.saw("%s, in %s of hosts", what, several(places, "description"))
	return true
}

// checkEmulator looks for QEMU: it models no cache, no branch prediction and no stall.
func checkEmulator(c *campaign, f *finding) {
	if !c.withPlaces(f, "the machine") {
		return
	}
	c.disturbed(f, c.places(), always(Critical), "emulation")
	for _, place := range c.places() {
		for _, text := range []string{place.Environment.CPU, product(place.Environment)} {
			if strings.Contains(text, "QEMU") {
				f.found(Critical, "host %s: it says that it is a %q", place.Name, text)
			}
		}
	}
}

func product(e environment.Environment) string {
	if e.CheriBSD == nil {
		return ""
	}
	return e.CheriBSD.Product
}

// checkVirtualised looks for hosts that share their processors with others unseen.
func checkVirtualised(c *campaign, f *finding) {
	if c.withPlaces(f, "what the system runs in") {
		c.disturbed(f, c.places(), always(Note), "virtualization", "container")
		c.disturbed(f, c.places(), worstSerious, "cpu-quota")
	}
}

// checkDebugKernel looks for kernels that check themselves while they work.
func checkDebugKernel(c *campaign, f *finding) {
	if len(c.places()) == 0 {
		f.lacks("no host is described")
		return
	}
	silent := 0
	for _, place := range c.places() {
		e := place.Environment
		if c.cheribsd() && (e.CheriBSD == nil || e.CheriBSD.Configuration == "" && e.CheriBSD.BootFile == "" && e.CheriBSD.Debugging == nil) {
			silent++
		}
		if strings.Contains(e.Kernel, "debug") {
			f.found(Serious, "host %s: the kernel is %s", place.Name, e.Kernel)
		}
		for _, option := range []string{"slub_debug", "debug_pagealloc=on", "page_poison=1", "kasan=on"} {
			if strings.Contains(e.CommandLine, option) {
				f.found(Serious, "host %s: the kernel was booted with %s", place.Name, option)
			}
		}
	}
	c.disturbed(f, c.places(), worstSerious, "debug-kernel")
	if known := len(c.places()) - silent; known > 0 {
		f.saw("the kernel, in %s of hosts", several(known, "description"))
	}
	if silent > 0 {
		f.lacks("%s do not name the kernel's configuration (uname -i, kern.bootfile)", several(silent, "description"))
	}
}

// checkRevocation looks for revocation that only some modes pay for: it is on by default since CheriBSD 23.11.
func checkRevocation(c *campaign, f *finding) {
	if !c.cheribsd() {
		f.idle("platform %s has no revocation", c.Campaign.Platform)
		return
	}
	if asked := c.controls().Revocation; asked != "" {
		// By proccontrol, which goes before what files and host say.
		c.unlikeRevocation(f, fmt.Sprintf("revocation was asked to be %s", asked), func(string) bool { return asked == platform.RevokeOn })
		f.saw("revocation is %s for every mode, as the scenario asks", asked)
		return
	}
	const setting = "security.cheri.runtime_revocation_default"
	known := 0
	for _, place := range c.places() {
		cheri := place.Environment.CheriBSD
		if cheri == nil || cheri.Settings[setting] == "" {
			continue
		}
		known++
		c.unlikeRevocation(f, fmt.Sprintf("host %s: %s is %s", place.Name, setting, cheri.Settings[setting]),
			c.revocationByFile(cheri.Settings[setting] != "0"))
	}
	if known > 0 {
		f.saw("security.cheri.runtime_revocation_default in %s of hosts, and what files ask for", several(known, "description"))
	} else {
		f.lacks("no description of a host has security.cheri.runtime_revocation_default")
	}
}

// unlikeRevocation reports modes whose programs revoke what they free beside others whose do not; programs of the hybrid ABI
// have no revocation. on tells what is set for a mode.
func (c *campaign) unlikeRevocation(f *finding, because string, on func(mode string) bool) {
	var with, without []string
	natures := c.natures()
	for _, mode := range c.modesIn(c.Campaign.Cells) {
		nature, known := natures[mode.Name]
		switch {
		case !known:
		case on(mode.Name) && nature.abi != hybrid:
			with = append(with, mode.Name)
		default:
			without = append(without, mode.Name)
		}
	}
	if len(without) > 0 && len(with) > 0 {
		f.found(Serious, "%s: %s revoke what is freed, %s do not", because, strings.Join(with, ", "), strings.Join(without, ", "))
	}
}

// revocationByFile: what a program's file asks for (elfctl) goes before what the host does with the others.
func (c *campaign) revocationByFile(byDefault bool) func(string) bool {
	return func(mode string) bool {
		on := byDefault
		for _, cell := range c.Campaign.Cells {
			for _, build := range c.builds[cell.ID] {
				if asked := platform.Revocation(build.ELF.Features); asked != nil && cell.Mode == mode {
					on = *asked
				}
			}
		}
		return on
	}
}

// checkAddressLayout looks for hosts that give every run the same addresses.
func checkAddressLayout(c *campaign, f *finding) {
	known := 0
	for _, place := range c.places() {
		if place.Environment.ASLR != nil {
			known++
		}
	}
	c.disturbed(f, c.places(), always(Note), "aslr")
	if known > 0 {
		f.saw("whether addresses are random, in %s of hosts", several(known, "description"))
	} else {
		f.lacks("no description of a host says whether addresses are random")
	}
}

// checkPlacement looks for processes that the system may move from one processor to another.
func checkPlacement(c *campaign, f *finding) {
	if !c.withPlaces(f, "how many processors may be used") {
		return
	}
	if asked := c.controls().CPUs; asked != "" {
		f.saw("the scenario binds processes to the processors %s", asked)
		if cpus, err := platform.ParseCPUs(asked); err != nil || len(cpus) > 1 {
			f.found(Note, "processes are bound to the processors %s, and may move among these", asked)
		}
		return
	}
	if c.profile != nil {
		for _, part := range c.profile.Parts {
			// One with a condition is not in every run's command.
			if part.When == "" && slices.ContainsFunc(part.Arguments, func(word string) bool { return strings.HasSuffix(word, "taskset") || strings.HasSuffix(word, "cpuset") }) {
				f.saw("the platform's profile binds processes to processors")
				return
			}
		}
	}
	for _, place := range c.places() {
		if usable := place.Environment.Usable; usable > 1 {
			f.found(Note, "host %s: %d processors may be used, and nothing binds a process to one", place.Name, usable)
		}
	}
}

// checkMachine looks for everything else about a host that disturbs measurements.
func checkMachine(c *campaign, f *finding) {
	if !c.withPlaces(f, "frequency, clock, memory and power") {
		return
	}
	for _, place := range c.places() {
		for _, one := range environment.Disturbances(place.Environment) {
			if !slices.Contains(elsewhere, one.Name) {
				f.found(worstSerious(one), "host %s: %s: %s; wanted: %s", place.Name, one.Name, one.Found, one.Wanted)
			}
		}
	}
}

// checkEnvironment looks for hosts that were not, in a later session or at its end, as they had been.
func checkEnvironment(c *campaign, f *finding) {
	first := map[string]results.Environment{}
	for _, host := range c.Campaign.Hosts {
		first[host.Name] = host.Environment
	}
	described := 0
	for i, session := range c.sessions() {
		for _, difference := range session.Differences {
			f.found(Serious, "session %d: %s", i+1, difference)
		}
	}
	for _, place := range c.places()[len(c.Campaign.Hosts):] {
		was, ok := first[place.Name]
		if !ok {
			f.found(Serious, "%s was not there when the campaign was made", place)
			continue
		}
		described++
		for _, difference := range was.Differences(place.Environment) {
			f.found(Serious, "%s: %s", place, difference)
		}
	}
	if described > 0 {
		f.saw("%s of hosts beside those of campaign.json", several(described, "description"))
	} else {
		f.lacks("no host is described a second time")
	}
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
