package audit

import (
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// checkFlags compares the compile commands of the modes of a group with that of the first: they may differ in what makes
// the mode, and in nothing else.
func checkFlags(c *campaign, f *finding) {
	compared := 0
	for _, group := range c.groups {
		var base *results.Build
		for _, cell := range c.cellsOf(group) {
			for _, build := range c.builds[cell.ID] {
				if len(build.Command) == 0 {
					continue
				}
				compared++
				if base == nil {
					base = &build
					continue
				}
				c.compareFlags(f, *base, build)
			}
		}
	}
	if compared > 0 {
		f.saw("the compile commands of %s", several(compared, "executable"))
		c.lacksOf(f, "the compile command", c.hasCommand)
	} else {
		f.lacks("no compile command is recorded")
	}
}

func (c *campaign) hasCommand(cell string) bool {
	return c.built(cell, func(b results.Build) bool { return len(b.Command) > 0 })
}

func (c *campaign) compareFlags(f *finding, base, other results.Build) {
	a, b := parse(base.Command), parse(other.Command)
	if a.optimisation != b.optimisation {
		f.found(Critical, "%s is compiled with %s, %s with %s", base.Cell, a.optimisation, other.Cell, b.optimisation)
	}
	ofBase := sameFolders(a.without(c.ownFlags(base.Mode)), base.ELF.ABI)
	ofOther := sameFolders(b.without(c.ownFlags(other.Mode)), other.ELF.ABI)
	for _, option := range ofBase {
		if !slices.Contains(ofOther, option) {
			f.found(severityOf(option), "%s has %s, %s has not", base.Cell, option, other.Cell)
		}
	}
	for _, option := range ofOther {
		if !slices.Contains(ofBase, option) {
			f.found(severityOf(option), "%s has %s, %s has not", other.Cell, option, base.Cell)
		}
	}
}

// ownFlags are those that the platform's profile gives a mode alone. An optimisation is nobody's own.
func (c *campaign) ownFlags(mode string) []string {
	if c.profile == nil {
		return nil
	}
	found, err := c.profile.Mode(mode)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(found.CompileFlags), func(flag string) bool {
		return begins(flag, []string{"-O", "-D", "-U", "-flto"})
	})
}

// checkOptimisation looks for programs that were not optimised.
func checkOptimisation(c *campaign, f *finding) {
	seen := 0
	for _, cell := range c.Campaign.Cells {
		for _, build := range c.builds[cell.ID] {
			if len(build.Command) == 0 {
				continue
			}
			seen++
			if level := parse(build.Command).optimisation; level == "-O0" {
				f.found(Serious, "%s is compiled with %s", cell.ID, level)
			}
		}
	}
	if seen > 0 {
		f.saw("the level of optimisation of %s", several(seen, "executable"))
		c.lacksOf(f, "the compile command", c.hasCommand)
	} else {
		f.lacks("no compile command is recorded")
	}
}

// checkCompiler looks for modes that different compilers made.
func checkCompiler(c *campaign, f *finding) {
	seen := c.unlikeBuilds(func(build results.Build) string { return build.Compiler }, func(compiler, cells string) {
		f.found(Critical, "%s made %s", compiler, cells)
	})
	if seen > 0 {
		f.saw("the compiler of %s", several(seen, "executable"))
		c.lacksOf(f, "the compiler", func(cell string) bool { return c.built(cell, func(b results.Build) bool { return b.Compiler != "" }) })
	} else {
		f.lacks("no compiler is recorded")
	}
}

// unlikeBuilds looks for groups of cells whose builds are not alike in what is read of each, and gives what there is with
// its cells; it returns how many builds have it. "" is a build that does not.
func (c *campaign) unlikeBuilds(read func(results.Build) string, differ func(what, cells string)) (seen int) {
	for _, group := range c.groups {
		having := sayings{}
		for _, cell := range c.cellsOf(group) {
			for _, build := range c.builds[cell.ID] {
				what := read(build)
				if what == "" {
					continue
				}
				seen++
				having.add(what, cell.ID)
			}
		}
		having.differ(differ)
	}
	return seen
}

// sayings are the cells of a group by what is said of them.
type sayings map[string][]string

func (s sayings) add(what, cell string) {
	if !slices.Contains(s[what], cell) {
		s[what] = append(s[what], cell)
	}
}

// differ gives, in order, everything that is said with its cells, where it is not one thing alone.
func (s sayings) differ(each func(what, cells string)) {
	if len(s) < 2 {
		return
	}
	for _, what := range slices.Sorted(maps.Keys(s)) {
		each(what, strings.Join(s[what], ", "))
	}
}

// checkLazyBinding looks for programs whose symbols are bound at the first call, inside what is timed.
func checkLazyBinding(c *campaign, f *finding) {
	seen := 0
	for _, cell := range c.Campaign.Cells {
		for _, build := range c.builds[cell.ID] {
			if len(build.Command) == 0 {
				continue
			}
			seen++
			if !parse(build.Command).bindsNow() && !c.bindsByEnvironment(cell.Mode) {
				f.found(Note, "%s is linked without -z now", cell.ID)
			}
		}
	}
	if seen > 0 {
		f.saw("how %s bind their symbols", several(seen, "executable"))
		c.lacksOf(f, "the compile command", c.hasCommand)
	} else {
		f.lacks("no compile command is recorded")
	}
}

// checkBinding looks for modes that are bound at the start beside modes that are not.
func checkBinding(c *campaign, f *finding) {
	seen := c.unlikeBuilds(func(build results.Build) string {
		switch {
		case len(build.Command) == 0:
			return ""
		case parse(build.Command).bindsNow() || c.bindsByEnvironment(build.Mode):
			return "before the program begins"
		default:
			return "each when it is first used"
		}
	}, func(when, cells string) {
		f.found(Serious, "symbols are bound %s in %s", when, cells)
	})
	if seen > 0 {
		f.saw("when %s bind their symbols", several(seen, "executable"))
		c.lacksOf(f, "the compile command", c.hasCommand)
	} else {
		f.lacks("no compile command is recorded")
	}
}

// bindsByEnvironment tells whether the platform's profile starts the mode with LD_BIND_NOW.
func (c *campaign) bindsByEnvironment(mode string) bool {
	if c.profile == nil {
		return false
	}
	found, err := c.profile.Mode(mode)
	return err == nil && slices.ContainsFunc(found.Environment(), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "LD_") && strings.HasSuffix(name, "BIND_NOW") && value != ""
	})
}

// checkOpenSSLVersion and checkOpenSSLCPU compare what the modes' OpenSSL says of itself.
func checkOpenSSLVersion(c *campaign, f *finding) {
	c.compareOpenSSL(f, Serious, "version", func(run bench.Run) string { return run.OpenSSL })
}

func checkOpenSSLCPU(c *campaign, f *finding) {
	c.compareOpenSSL(f, Critical, "processor features", func(run bench.Run) string { return run.OpenSSLCPU })
}

// withoutAssembly is what OPENSSL_CPU_INFO says in a build without assembly.
const withoutAssembly = "N/A"

// checkOpenSSLAssembly looks for assembly in an OpenSSL that was built to be alike in every mode.
func checkOpenSSLAssembly(c *campaign, f *finding) {
	prefix := c.controls().OpenSSL
	if prefix == "" {
		f.idle("no OpenSSL of the comparison's own was asked for")
		return
	}
	seen, silent := 0, 0
	for _, cell := range c.Campaign.Cells {
		assembled := sayings{}
		for _, run := range c.counted(cell.ID) {
			switch run.OpenSSLCPU {
			case "":
				silent++
				continue
			case withoutAssembly:
			default:
				assembled.add(run.OpenSSLCPU, cell.ID)
			}
			seen++
		}
		for _, features := range slices.Sorted(maps.Keys(assembled)) {
			f.found(Serious, "%s: the OpenSSL of %s uses %q", cell.ID, prefix, features)
		}
	}
	if seen > 0 {
		f.saw("the processor features of the OpenSSL of %s in %s", prefix, several(seen, "run"))
	}
	if silent > 0 || seen == 0 {
		f.lacks("%s do not say OpenSSL's processor features", several(silent, "run"))
	}
}

func (c *campaign) compareOpenSSL(f *finding, severity Severity, what string, of func(bench.Run) string) {
	seen, silent := 0, 0
	for _, group := range c.groups {
		said := sayings{}
		for _, cell := range c.cellsOf(group) {
			for _, run := range c.counted(cell.ID) {
				text := of(run)
				if text == "" {
					silent++
					continue
				}
				seen++
				said.add(text, cell.ID)
			}
		}
		said.differ(func(text, cells string) { f.found(severity, "OpenSSL says %q in %s", text, cells) })
	}
	if seen > 0 {
		f.saw("OpenSSL's %s in %s", what, several(seen, "run"))
	}
	if silent > 0 || seen == 0 {
		f.lacks("%s do not say OpenSSL's %s", several(silent, "run"), what)
	}
}
