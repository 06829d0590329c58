package platform

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The values a variable of a part may name; a list stands alone in its argument.
var (
	compileVariables = []string{"sources", "runtime", "output", "uid", "gid", "compile_seconds", "compile_bytes", "compile_file_bytes", "compile_processes", "openssl"}
	crossVariables   = append([]string{"sdk", "sysroot"}, compileVariables...)
	toolVariables    = []string{"sdk", "sysroot"}
	buildVariables   = []string{"abi", "openssl", "sysroot"}
	launchVariables  = []string{"executable", "uid", "gid", "seccomp", "cgroups", "cpus", "openssl", "memory_bytes", "processes", "file_bytes", "open_files"}
	listVariables    = []string{"cgroups"}
	namespaces       = []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}
	modeName         = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	variable         = regexp.MustCompile(`\{([a-z_]+)\}`)
)

type report = func(path, format string, args ...any)

// CheckYAML reports what is wrong with a profile beyond its types.
func (p *Profile) CheckYAML(report func(path, format string, args ...any)) {
	if p.Version != 1 {
		report("version", "%d is not a version of this format; 1 is", p.Version)
	}
	if !modeName.MatchString(p.Platform) {
		report("platform", "%q is not a name: lower-case letters, digits and '-', a letter first", p.Platform)
	}
	p.checkCommand(report, "compile.sandbox", p.Compile.Sandbox, compileVariables)
	if len(p.Compile.Compiler) == 0 || !filepath.IsAbs(p.Compile.Compiler[0]) {
		report("compile.compiler", "needs the absolute path of a compiler first")
	}
	p.checkCross(report)
	checkUser(report, "compile.user", p.Compile.User)
	checkEnvironment(report, "compile.environment", p.Compile.Environment)
	if len(p.Modes) == 0 {
		report("modes", "needs at least one mode")
	}
	for i, mode := range p.Modes {
		p.checkMode(report, i, mode)
	}
	p.checkUsers(report)
}

func (p *Profile) checkMode(report report, i int, mode Mode) {
	at := fmt.Sprintf("modes[%d]", i)
	if !modeName.MatchString(mode.Name) {
		report(at+".name", "%q is not a name: lower-case letters, digits and '-', a letter first", mode.Name)
	}
	before := p.Chain()[:i]
	switch {
	case slices.Contains(before, mode.Name):
		report(at+".name", "mode %q is there already", mode.Name)
	case i == 0 && mode.Baseline != "":
		report(at+".baseline", "the first mode has no baseline; write \"\"")
	case i > 0 && !slices.Contains(before, mode.Baseline):
		report(at+".baseline", "%q is no mode before this one; those are %s", mode.Baseline, strings.Join(before, ", "))
	}
	if len(mode.ABIs) == 0 {
		report(at+".abis", "needs the ABI that the mode's executables have")
	}
	checkEnvironment(report, at+".environment", mode.EnvironmentList)
	checkEnvironment(report, at+".environment_without_cgroup", mode.WithoutCgroup)
	checkEnvironment(report, at+".environment_bind_now", slices.Concat(mode.EnvironmentList, mode.BindNow))
	if !slices.IsSorted(mode.EnvironmentList) {
		report(at+".environment", "must be sorted")
	}
	p.checkCommand(report, at+".launch", mode.LaunchParts, launchVariables)
	if len(mode.CompileParts) > 0 {
		p.checkCommand(report, at+".compile_parts", mode.CompileParts, buildVariables)
	}
	checkNeeds(report, at+".needs", mode.Needs)
	if p.mentions(mode.LaunchParts, "{seccomp}") && p.Syscalls == nil {
		report(at+".launch", "loads a seccomp filter, and the profile has no list of syscalls")
	}
	if mode.Proof.Compartment == "" && (len(mode.Proof.Namespaces) > 0 || mode.Proof.Seccomp || mode.Proof.C18N) {
		report(at+".proof", "asks for parts of a compartment and names no kind of it")
	}
	for j, name := range mode.Proof.Namespaces {
		if !slices.Contains(namespaces, name) {
			report(fmt.Sprintf("%s.proof.namespaces[%d]", at, j), "%q is no namespace; there are %s", name, strings.Join(namespaces, ", "))
		}
	}
	for j, name := range mode.Proof.SharedOnDirect {
		if !slices.Contains(mode.Proof.Namespaces, name) {
			report(fmt.Sprintf("%s.proof.shared_on_direct[%d]", at, j), "%q is not among the namespaces of the proof", name)
		}
	}
}

// checkCommand checks the parts that a command is made of.
func (p *Profile) checkCommand(report report, path string, parts, known []string) {
	if len(parts) == 0 {
		report(path, "needs at least one part")
	}
	for i, name := range parts {
		part, ok := p.Parts[name]
		if !ok {
			report(fmt.Sprintf("%s[%d]", path, i), "no part is named %q", name)
			continue
		}
		for _, condition := range []string{part.When, part.Unless} {
			checkCondition(report, "parts."+name, condition)
		}
		checkVariables(report, "parts."+name+".arguments", path, part.Arguments, known)
	}
}

// checkVariables checks what stands in braces in arguments, which are at the path
// and belong to a command.
func checkVariables(report report, path, command string, arguments, known []string) {
	for i, argument := range arguments {
		for _, match := range variable.FindAllStringSubmatch(argument, -1) {
			at := fmt.Sprintf("%s[%d]", path, i)
			if !slices.Contains(known, match[1]) {
				report(at, "%s is no variable of %s; there are %s", match[0], command, strings.Join(known, ", "))
			} else if slices.Contains(listVariables, match[1]) && argument != match[0] {
				report(at, "%s is a list and must be an argument of its own", match[0])
			}
		}
	}
}

// checkCross checks how the platform's programs are compiled on another host.
func (p *Profile) checkCross(report report) {
	cross := p.Compile.Cross
	if cross == nil {
		return
	}
	if len(cross.Compiler) == 0 || !filepath.IsAbs(cross.Compiler[0]) && !strings.HasPrefix(cross.Compiler[0], "{sdk}/") {
		report("compile.cross.compiler", "needs a compiler first: an absolute path, or one in {sdk}")
	}
	checkVariables(report, "compile.cross.compiler", "compile.cross.compiler", cross.Compiler, toolVariables)
	p.checkCommand(report, "compile.cross.sandbox", cross.Sandbox, crossVariables)
	checkEnvironment(report, "compile.cross.environment", cross.Environment)
}

func (p *Profile) mentions(parts []string, variable string) bool {
	for _, name := range parts {
		for _, argument := range p.Parts[name].Arguments {
			if strings.Contains(argument, variable) {
				return true
			}
		}
	}
	return false
}

func checkUser(report report, path string, user int) {
	if user < leastUser || user > largestUser {
		report(path, "%d is not an unprivileged uid; use %d or above, best one that nobody has", user, leastUser)
	}
}

func checkEnvironment(report report, path string, environment []string) {
	seen := map[string]bool{}
	for i, variable := range environment {
		name, _, ok := strings.Cut(variable, "=")
		switch {
		case !ok || name == "":
			report(fmt.Sprintf("%s[%d]", path, i), "%q is not NAME=VALUE", variable)
		case seen[name]:
			report(fmt.Sprintf("%s[%d]", path, i), "%s is there already", name)
		}
		seen[name] = true
	}
}

// CheckYAML reports limits that are no limits.
func (l *Limits) CheckYAML(report func(path, format string, args ...any)) {
	for _, limit := range []struct {
		name  string
		value int64
	}{
		{"memory_bytes", l.MemoryBytes},
		{"processes", l.Processes},
		{"file_bytes", l.FileBytes},
		{"output_bytes", l.OutputBytes},
		{"open_files", l.OpenFiles},
		{"compile_seconds", l.CompileSeconds},
		{"compile_bytes", l.CompileBytes},
		{"compile_file_bytes", l.CompileFileBytes},
		{"compile_processes", l.CompileProcesses},
	} {
		if limit.value <= 0 {
			report(limit.name, "%d is not a limit; it must be above 0", limit.value)
		}
	}
}
