package audit

import (
	"slices"
	"strings"

	"eaibench/bench"
)

// claim is what a mode's name says of its runs.
type claim struct {
	// abis that its executables may have.
	abis []string
	// compartment tells whether its processes are in one; kind is the attester's name for it, "" if any will do.
	compartment bool
	kind        string
}

// The ABIs of CheriBSD, as platform.ELF names them.
const (
	hybrid           = "hybrid"
	purecap          = "purecap"
	purecapBenchmark = "purecap-benchmark"
)

// cheribsdClaims are the claims of CheriBSD's modes on Morello. A library compartment (c18n) is no ABI of its own.
func cheribsdClaims() map[string]claim {
	return map[string]claim{
		"hybrid":                {abis: []string{hybrid}},
		"purecap":               {abis: []string{purecap}},
		"purecap-benchmark":     {abis: []string{purecapBenchmark}},
		"compartment":           {abis: []string{purecap}, compartment: true},
		"benchmark-compartment": {abis: []string{purecapBenchmark}, compartment: true},
	}
}

// claim gives what a mode claims: by the platform's profile, else as CheriBSD's modes do; false if nobody says: then its
// name alone tells whether it has a compartment.
func (c *campaign) claim(mode string) (claim, bool) {
	if c.profile != nil {
		if found, err := c.profile.Mode(mode); err == nil {
			return claim{abis: found.ABIs, compartment: found.Proof.Compartment != "", kind: found.Proof.Compartment}, true
		}
	}
	if c.cheribsd() || c.hasCheriABI() {
		if known, ok := cheribsdClaims()[mode]; ok {
			return known, true
		}
	}
	return claim{compartment: strings.Contains(mode, "compartment")}, false
}

// hasCheriABI tells whether some executable has an ABI of CheriBSD.
func (c *campaign) hasCheriABI() bool {
	is := func(abi string) bool { return slices.Contains([]string{hybrid, purecap, purecapBenchmark}, abi) }
	for _, builds := range c.builds {
		for _, build := range builds {
			if is(build.ELF.ABI) {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Runs, func(run bench.Run) bool { return is(run.ABI) })
}

// compartmentalised is the interpreter of CheriBSD 22.12 and 23.11 that puts libraries into compartments (rtld-elf/c18n).
func compartmentalised(interpreter string) bool { return strings.Contains(interpreter, "c18n") }

// nature is what a mode's runs were found to be.
type nature struct {
	abi         string
	compartment bool
	// claimed is true where nothing was recorded, and this is what the mode should be.
	claimed bool
}

// natures are the modes' as their runs' evidence and executables say, where these agree in each mode, else as they claim.
func (c *campaign) natures() map[string]nature {
	found := map[string]nature{}
	mixed := map[string]bool{}
	put := func(mode string, one nature) {
		if before, ok := found[mode]; ok && before != one {
			mixed[mode] = true
		}
		found[mode] = one
	}
	for _, run := range c.Runs {
		if !run.Counts() || run.ABI == "" {
			continue
		}
		inside := run.Compartment != ""
		for _, build := range c.builds[run.Cell] {
			inside = inside || compartmentalised(build.ELF.Interpreter)
		}
		put(run.Mode, nature{abi: run.ABI, compartment: inside})
	}
	for _, mode := range c.Campaign.Modes {
		if _, ok := found[mode.Name]; ok && !mixed[mode.Name] {
			continue
		}
		delete(found, mode.Name)
		if claimed, ok := c.claim(mode.Name); ok {
			found[mode.Name] = nature{claimed.abis[0], claimed.compartment, true}
		}
	}
	return found
}
