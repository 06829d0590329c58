package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// checkModeABI holds the ABI of executables, and that in the runs' signed evidence, against what their mode may have.
func checkModeABI(c *campaign, f *finding) {
	builds, runs, unknown := 0, 0, map[string]bool{}
	for _, cell := range c.Campaign.Cells {
		claimed, known := c.claim(cell.Mode)
		if !known {
			unknown[cell.Mode] = true
		}
		refuse := func(abi string) bool { return known && abi != "" && !slices.Contains(claimed.abis, abi) }
		for _, build := range c.builds[cell.ID] {
			builds++
			if refuse(build.ELF.ABI) {
				f.found(Critical, "%s: the executable is %s (e_flags %#x, interpreter %s); mode %s is %s",
					cell.ID, build.ELF.ABI, build.ELF.Flags, orNone(build.ELF.Interpreter), cell.Mode, strings.Join(claimed.abis, " or "))
			}
		}
		wrong := map[string][]bench.Run{}
		for _, run := range c.counted(cell.ID) {
			if run.ABI == "" {
				continue
			}
			runs++
			if refuse(run.ABI) {
				wrong[run.ABI] = append(wrong[run.ABI], run)
			}
		}
		for _, abi := range slices.Sorted(maps.Keys(wrong)) {
			f.found(Critical, "%s: %s attested as %s, which mode %s is not (%s)", cell.ID, several(len(wrong[abi]), "run"), abi, cell.Mode, names(wrong[abi]))
		}
	}
	for _, mode := range slices.Sorted(maps.Keys(c.abisByMode())) {
		if abis := slices.Sorted(maps.Keys(c.abisByMode()[mode])); len(abis) > 1 && unknown[mode] {
			f.found(Critical, "mode %s has executables of different ABIs: %s", mode, strings.Join(abis, ", "))
		}
	}
	if builds+runs > 0 {
		f.saw("the ABI of %s and of %s", several(builds, "executable"), several(runs, "run"))
		c.lacksOf(f, "the ABI", func(cell string) bool {
			return c.built(cell, func(b results.Build) bool { return b.ELF.ABI != "" }) || c.ran(cell, func(run bench.Run) bool { return run.ABI != "" })
		})
	} else {
		f.lacks("the campaign records neither executables nor the ABI of runs")
	}
	if len(unknown) > 0 {
		f.lacks("nobody says which ABI is right for %s of platform %s", strings.Join(slices.Sorted(maps.Keys(unknown)), ", "), c.Campaign.Platform)
	}
}

// abisByMode are the ABIs that each mode's executables and runs were found to have.
func (c *campaign) abisByMode() map[string]map[string]bool {
	found := map[string]map[string]bool{}
	put := func(mode, abi string) {
		if abi == "" {
			return
		}
		if found[mode] == nil {
			found[mode] = map[string]bool{}
		}
		found[mode][abi] = true
	}
	for id, cell := range c.cells {
		for _, build := range c.builds[id] {
			put(cell.Mode, build.ELF.ABI)
		}
		for _, run := range c.counted(id) {
			put(cell.Mode, run.ABI)
		}
	}
	return found
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// checkSecondHand looks where the attester was.
func checkSecondHand(c *campaign, f *finding) {
	if c.Campaign.Placement == nil {
		f.saw("no placement: launcher and attester were on this host, with the programs")
		return
	}
	f.saw("where launcher and attester ran")
	if c.Campaign.Placement.Controlled() {
		f.found(Serious, "launcher and attester ran beside the runner, and the attester measured on host %s by what its commands said", c.Campaign.Placement.TargetHost())
	}
}

// checkBaselineCompartment looks for compartments in modes that have none: a baseline that is itself compartmentalised.
func checkBaselineCompartment(c *campaign, f *finding) {
	seen, builds := 0, 0
	for _, cell := range c.Campaign.Cells {
		if claimed, _ := c.claim(cell.Mode); claimed.compartment {
			continue
		}
		for _, build := range c.builds[cell.ID] {
			seen, builds = seen+1, builds+1
			if compartmentalised(build.ELF.Interpreter) {
				f.found(Critical, "%s: the executable's interpreter is %s, which puts its libraries into compartments; mode %s has none", cell.ID, build.ELF.Interpreter, cell.Mode)
			}
		}
		inside := map[string][]bench.Run{}
		for _, run := range c.counted(cell.ID) {
			if run.ABI == "" {
				continue
			}
			seen++
			if run.Compartment != "" {
				inside[run.Compartment] = append(inside[run.Compartment], run)
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(inside)) {
			f.found(Critical, "%s: %s attested in a compartment (%s); mode %s has none (%s)", cell.ID, several(len(inside[kind]), "run"), kind, cell.Mode, names(inside[kind]))
		}
	}
	if seen > 0 {
		f.saw("executables and runs of the modes without a compartment")
	}
	if builds == 0 {
		f.lacks("no executable of a mode without a compartment is recorded: nobody knows its interpreter")
		return
	}
	c.lacksOf(f, "the executable, and with it its interpreter,", func(cell string) bool {
		claimed, _ := c.claim(c.cells[cell].Mode)
		return claimed.compartment || len(c.builds[cell]) > 0
	})
}

// checkCompartmentProof looks for runs of a mode with a compartment that were not seen in one.
func checkCompartmentProof(c *campaign, f *finding) {
	seen, unproven, measured := 0, 0, false
	for _, cell := range c.Campaign.Cells {
		claimed, _ := c.claim(cell.Mode)
		if !claimed.compartment {
			continue
		}
		measured = true
		wrong := map[string][]bench.Run{}
		for _, run := range c.counted(cell.ID) {
			switch {
			case run.ABI == "": // no evidence is recorded at all
				unproven++
				continue
			case run.Compartment == "" || claimed.kind != "" && run.Compartment != claimed.kind:
				wrong[run.Compartment] = append(wrong[run.Compartment], run)
			}
			seen++
		}
		for _, kind := range slices.Sorted(maps.Keys(wrong)) {
			what := "in no compartment"
			if kind != "" {
				what = fmt.Sprintf("in a compartment of another kind (%s, not %s)", kind, claimed.kind)
			}
			f.found(Critical, "%s: %s attested %s (%s)", cell.ID, several(len(wrong[kind]), "run"), what, names(wrong[kind]))
		}
	}
	switch {
	case !measured:
		f.idle("no mode with a compartment was measured")
	case seen > 0:
		f.saw("the signed evidence of %s in a compartment", several(seen, "run"))
	}
	if unproven > 0 {
		f.lacks("%s in a mode with a compartment have no evidence recorded", several(unproven, "run"))
	}
}

// checkSource compares the sources that the modes of a group were compiled from.
func checkSource(c *campaign, f *finding) {
	seen := 0
	for _, group := range c.groups {
		sources := map[string][]string{}
		for _, cell := range c.cellsOf(group) {
			put := func(hash string) {
				if hash != "" && !slices.Contains(sources[hash], cell.ID) {
					sources[hash] = append(sources[hash], cell.ID)
				}
			}
			for _, build := range c.builds[cell.ID] {
				put(build.SourceSHA256)
			}
			for _, run := range c.counted(cell.ID) {
				put(run.SourceSHA256)
			}
		}
		seen += len(sources)
		if len(sources) > 1 {
			for _, hash := range slices.Sorted(maps.Keys(sources)) {
				f.found(Critical, "source %s: %s", short(hash), strings.Join(sources[hash], ", "))
			}
		}
	}
	if seen > 0 {
		f.saw("the hashes of what was compiled, over the modes of %s", several(len(c.groups), "group"))
		c.lacksOf(f, "the hash of the source", func(cell string) bool {
			return c.built(cell, func(b results.Build) bool { return b.SourceSHA256 != "" }) || c.ran(cell, func(run bench.Run) bool { return run.SourceSHA256 != "" })
		})
	} else {
		f.lacks("no hash of a source is recorded")
	}
}

// checkExecutable looks for cells whose runs executed different files.
func checkExecutable(c *campaign, f *finding) {
	seen := 0
	for _, cell := range c.Campaign.Cells {
		executed := map[string][]bench.Run{}
		for _, run := range c.counted(cell.ID) {
			if run.ExecutableSHA256 != "" {
				executed[run.ExecutableSHA256] = append(executed[run.ExecutableSHA256], run)
			}
		}
		seen += len(executed)
		if len(executed) > 1 {
			for _, hash := range slices.Sorted(maps.Keys(executed)) {
				f.found(Critical, "%s: %s executed %s (%s)", cell.ID, several(len(executed[hash]), "run"), short(hash), names(executed[hash]))
			}
		}
		if len(c.builds[cell.ID]) == 0 {
			continue
		}
		for _, hash := range slices.Sorted(maps.Keys(executed)) {
			if !slices.ContainsFunc(c.builds[cell.ID], func(b results.Build) bool { return b.ExecutableSHA256 == hash }) {
				f.found(Critical, "%s: %s, which %s executed, is none that was compiled for it", cell.ID, short(hash), several(len(executed[hash]), "run"))
			}
		}
	}
	if seen > 0 {
		f.saw("the hashes of the executables of %s", several(len(c.Campaign.Cells), "cell"))
		c.lacksOf(f, "what was executed", func(cell string) bool {
			return c.ran(cell, func(run bench.Run) bool { return run.ExecutableSHA256 != "" })
		})
	} else {
		f.lacks("no hash of an executable is recorded")
	}
}

// checkBuiltFor looks for modes that were compiled for different releases of the system.
func checkBuiltFor(c *campaign, f *finding) {
	seen := 0
	for _, builds := range c.builds {
		seen += len(builds)
	}
	c.unlikeBuilds(func(build results.Build) string {
		if build.ELF.FreeBSD == 0 && build.ELF.CheriBSD == 0 {
			return ""
		}
		return fmt.Sprintf("FreeBSD %d, CheriBSD %d", build.ELF.FreeBSD, build.ELF.CheriBSD)
	}, func(release, cells string) {
		f.found(Serious, "built for %s: %s", release, cells)
	})
	if seen > 0 {
		f.saw("the notes of %s", several(seen, "executable"))
		c.lacksOf(f, "the executable", func(cell string) bool { return len(c.builds[cell]) > 0 })
	} else {
		f.lacks("no executable is recorded")
	}
}
