package audit

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
)

// checkStandIn looks for modes that only stand for CHERI's.
func checkStandIn(c *campaign, f *finding) {
	measured := func(name string) bool {
		return slices.ContainsFunc(c.Campaign.Cells, func(cell bench.Cell) bool { return cell.Mode == name })
	}
	f.saw("what the modes of platform %s are", c.Campaign.Platform)
	if !c.Campaign.StandIn {
		return
	}
	f.found(Critical, "platform %s: no mode has CHERI's protection", c.Campaign.Platform)
	for _, mode := range c.Campaign.Modes {
		if mode.StandsFor != "" && measured(mode.Name) {
			f.found(Critical, "%s: %s", mode.Name, mode.StandsFor)
		}
	}
}

// checkChainLink looks for measured modes whose baseline was not: a comparison that skips a link of the chain.
func checkChainLink(c *campaign, f *finding) {
	chain := c.Campaign.Chain()
	f.saw("the chain of modes in %s", several(len(c.groups), "group"))
	for _, group := range c.groups {
		measured := c.modesIn(group)
		has := func(name string) bool {
			return slices.ContainsFunc(measured, func(m bench.Mode) bool { return m.Name == name })
		}
		for _, mode := range measured {
			if mode.Baseline == "" || has(mode.Baseline) {
				continue
			}
			earlier := mode.Baseline
			for earlier != "" && !has(earlier) {
				at := slices.IndexFunc(chain, func(m bench.Mode) bool { return m.Name == earlier })
				if at < 0 {
					break
				}
				earlier = chain[at].Baseline
			}
			where := inGroup(group)
			if has(earlier) {
				f.found(Serious, "%s was measured and its baseline %s was not%s: from %s to it two things change", mode.Name, mode.Baseline, where, earlier)
			} else {
				f.found(Serious, "%s was measured and no mode before it%s: there is nothing to compare it with", mode.Name, where)
			}
		}
	}
}

// inGroup names a group of cells where there is a name.
func inGroup(group []bench.Cell) string {
	if name := group[0].Group(); name != "" {
		return " (" + name + ")"
	}
	return ""
}

// checkTwoChanges looks for links of the chain at which ABI and compartment change at once.
func checkTwoChanges(c *campaign, f *finding) {
	natures := c.natures()
	compared := 0
	for _, group := range c.groups {
		for _, mode := range c.modesIn(group) {
			if mode.Baseline == "" || !slices.ContainsFunc(group, func(cell bench.Cell) bool { return cell.Mode == mode.Baseline }) {
				continue
			}
			of, known := natures[mode.Name]
			base, baseKnown := natures[mode.Baseline]
			if !known || !baseKnown || of.claimed != base.claimed {
				f.lacks("what %s and %s are is not recorded", mode.Baseline, mode.Name)
				continue
			}
			compared++
			if of.abi != base.abi && of.compartment != base.compartment {
				f.found(Critical, "%s is %s, %s is %s", mode.Baseline, base, mode.Name, of)
			}
		}
	}
	if compared > 0 {
		f.saw("ABI and compartment at %s of the chain", several(compared, "link"))
	} else if len(f.lacking) == 0 {
		f.idle("no link of the chain was measured")
	}
}

func (n nature) String() string {
	if n.compartment {
		return n.abi + " in a compartment"
	}
	return n.abi + " in none"
}

// checkUnlikeCells looks for cells that are compared and differ in more than their mode.
func checkUnlikeCells(c *campaign, f *finding) {
	for _, group := range c.groups {
		base := group[0]
		for _, cell := range group[1:] {
			for _, one := range []struct {
				what    string
				is, was any
			}{
				{"path", cell.Path, base.Path},
				{"crypto", cell.Crypto, base.Crypto},
				{"verify", cell.Verify, base.Verify},
				{"processes", cell.Processes, base.Processes},
				{"parameters", parameters(cell), parameters(base)},
			} {
				if one.is != one.was {
					f.found(Critical, "%s has %s %v, %s has %v", base.ID, one.what, one.was, cell.ID, one.is)
				}
			}
		}
		for _, mode := range c.modesIn(group) {
			var same []string
			for _, cell := range group {
				if cell.Mode == mode.Name {
					same = append(same, cell.ID)
				}
			}
			if len(same) > 1 {
				f.found(Critical, "mode %s is there more than once: %s", mode.Name, strings.Join(same, ", "))
			}
		}
	}
	f.saw("the settings of %s", several(len(c.Campaign.Cells), "cell"))
	if c.Campaign.Import != nil {
		f.lacks("crypto and verify are not published")
	}
}

func parameters(cell bench.Cell) string {
	return fmt.Sprintf("%d requests, interval %d ms, %v", cell.Parameters.Requests, cell.Parameters.IntervalMS, cell.Parameters.Arguments)
}

// checkBenchmarkABI looks for pure-capability code on Morello with nothing beside it that shows how much of its cost
// is the processor's branch prediction.
func checkBenchmarkABI(c *campaign, f *finding) {
	natures := c.natures()
	if !c.cheribsd() && !c.hasCheriABI() {
		f.idle("no program of Morello's ABIs was measured")
		return
	}
	f.saw("the ABIs of the modes in %s", several(len(c.groups), "group"))
	for _, group := range c.groups {
		var pure, bench []string
		for _, mode := range c.modesIn(group) {
			switch natures[mode.Name].abi {
			case purecap:
				pure = append(pure, mode.Name)
			case purecapBenchmark:
				bench = append(bench, mode.Name)
			}
		}
		if len(pure) > 0 && len(bench) == 0 {
			f.found(Note, "%s was measured without a mode of ABI %s beside it%s", strings.Join(pure, ", "), purecapBenchmark, inGroup(group))
		}
	}
}
