package platform

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// The folders inside the compile sandbox. They are the same in every build, so
// that equal sources give equal executables wherever they lie outside.
const (
	// SourceFolder has the solution's source.
	SourceFolder = "/source"
	// RuntimeFolder has the sources shared by every solution.
	RuntimeFolder = "/runtime"
	// BuildFolder is the one folder that can be written.
	BuildFolder = "/build"
)

// Build is one compilation, in paths inside the sandbox.
type Build struct {
	// Sources are compiled and linked together, in this order.
	Sources []string
	// Include are folders of headers.
	Include []string
	// Output is the executable, in BuildFolder.
	Output string
	// Versions are the releases of what the program is built for (Mode.Versions), where
	// the profile depends on them.
	Versions map[string]string
	// Cross is the toolchain when another host compiles; nil: the platform's own does.
	Cross *Toolchain
}

// CompileCommand gives the command that compiles a program for the mode, to run
// behind CompileSandbox.
func (m *Mode) CompileCommand(b Build) ([]string, error) {
	if len(b.Sources) == 0 {
		return nil, fmt.Errorf("compile for mode %s: there is no source", m.Name)
	}
	for _, name := range append(append([]string{b.Output}, b.Sources...), b.Include...) {
		if !path.IsAbs(name) || path.Clean(name) != name {
			return nil, fmt.Errorf("compile for mode %s: %q is not a clean absolute path", m.Name, name)
		}
	}
	if path.Dir(b.Output) != BuildFolder {
		return nil, fmt.Errorf("compile for mode %s: output %s is not in %s", m.Name, b.Output, BuildFolder)
	}
	compiler, err := m.compiler(b.Cross)
	if err != nil {
		return nil, fmt.Errorf("compile for mode %s: %w", m.Name, err)
	}
	parts, err := m.compileParts(b)
	if err != nil {
		return nil, fmt.Errorf("compile for mode %s: %w", m.Name, err)
	}
	c := m.profile.Compile
	command := append(compiler, c.Flags...)
	command = append(command, m.CompileFlags...)
	command = append(command, parts...)
	for _, folder := range b.Include {
		command = append(command, "-I"+folder)
	}
	command = append(command, "-o", b.Output)
	command = append(command, b.Sources...)
	return append(command, c.Link...), nil
}

// compileParts are what the mode's compilation needs in the circumstances.
func (m *Mode) compileParts(b Build) ([]string, error) {
	in := circumstances{m.profile.controls.given(), b.Versions}
	if err := m.checkCircumstances(in); err != nil {
		return nil, err
	}
	sysroot := "" // the host's own
	if b.Cross != nil {
		sysroot = b.Cross.Sysroot
	}
	return m.profile.expand(m.CompileParts, in, map[string][]string{"abi": {m.ABIs[0]}, "openssl": {m.profile.controls.OpenSSL}, "sysroot": {sysroot}})
}

// Sandbox says where the folders of the compile sandbox are on the host. All
// must be reachable by the user that compiles.
type Sandbox struct {
	// Source and Runtime are read, Build is written.
	Source, Runtime, Build string
	// UID and GID compile; 0: the user that starts the command.
	UID, GID int
	// Cross as in Build.
	Cross *Toolchain
}

// CompileSandbox gives the start of the command that compiles: what limits and
// confines it. CompileCommand's follows.
func (m *Mode) CompileSandbox(s Sandbox) ([]string, error) {
	for _, folder := range []string{s.Source, s.Runtime, s.Build} {
		if !filepath.IsAbs(folder) {
			return nil, fmt.Errorf("compile sandbox: %q is not an absolute path", folder)
		}
	}
	limits := m.profile.Limits
	values := map[string][]string{
		"sources":            {s.Source},
		"runtime":            {s.Runtime},
		"output":             {s.Build},
		"uid":                {strconv.Itoa(s.UID)},
		"gid":                {strconv.Itoa(s.GID)},
		"compile_seconds":    number(limits.CompileSeconds),
		"compile_bytes":      number(limits.CompileBytes),
		"compile_file_bytes": number(limits.CompileFileBytes),
		"compile_processes":  number(limits.CompileProcesses),
		"openssl":            {m.profile.controls.OpenSSL},
	}
	parts := m.profile.Compile.Sandbox
	if s.Cross != nil {
		if _, err := m.compiler(s.Cross); err != nil {
			return nil, fmt.Errorf("compile sandbox: %w", err)
		}
		parts = m.profile.Compile.Cross.Sandbox
		maps.Copy(values, s.Cross.values())
	}
	given := m.profile.controls.given()
	given["root"] = s.UID != 0
	return m.profile.expand(parts, circumstances{given: given}, values)
}

// CompileUser is the uid and gid that compiles when the launcher is root.
func (m *Mode) CompileUser() int { return m.profile.Compile.User }

// CompileEnvironment is the compiler's environment: exactly this.
func (m *Mode) CompileEnvironment() []string {
	return append([]string(nil), m.profile.Compile.Environment...)
}

// Launch is one run of a program.
type Launch struct {
	// Executable is its absolute path. The user that runs it must be able to
	// reach and read it.
	Executable string
	// UID and GID run it; 0: the user that starts the command.
	UID, GID int
	// Direct tells that the process reaches services itself: it needs the host's
	// network.
	Direct bool
	// Cgroup has the folders of the run's cgroup (Cgroup.Folders); empty: none.
	Cgroup []string
	// SeccompFile holds the mode's filter (SeccompFilter), where it needs one.
	SeccompFile string
	// OtherTasks are processes and threads that the user has already (CountTasks):
	// without a cgroup, the limit counts them too.
	OtherTasks int64
	// Versions are the releases of what it runs on (Mode.Versions), where the profile
	// depends on them.
	Versions map[string]string
}

// NeedsSeccomp tells whether Launch.SeccompFile must be given.
func (m *Mode) NeedsSeccomp() bool { return m.profile.mentions(m.LaunchParts, "{seccomp}") }

// LaunchCommand gives the command that runs a program in the mode. Start it with
// the environment that goes with it: Environment if there is a cgroup, else
// EnvironmentWithoutCgroup.
func (m *Mode) LaunchCommand(l Launch) ([]string, error) {
	if !filepath.IsAbs(l.Executable) {
		return nil, fmt.Errorf("launch in mode %s: executable %q is not an absolute path", m.Name, l.Executable)
	}
	if m.NeedsSeccomp() && !filepath.IsAbs(l.SeccompFile) {
		return nil, fmt.Errorf("launch in mode %s: the file of the seccomp filter, %q, is not an absolute path", m.Name, l.SeccompFile)
	}
	limits := m.profile.Limits
	in := circumstances{m.profile.controls.given(), l.Versions}
	for condition, holds := range map[string]bool{"root": l.UID != 0, "cgroup": len(l.Cgroup) > 0, "direct": l.Direct} {
		in.given[condition] = holds
	}
	if err := m.checkCircumstances(in); err != nil {
		return nil, fmt.Errorf("launch in mode %s: %w", m.Name, err)
	}
	return m.profile.expand(m.LaunchParts, in, map[string][]string{
		"executable":   {l.Executable},
		"uid":          {strconv.Itoa(l.UID)},
		"gid":          {strconv.Itoa(l.GID)},
		"seccomp":      {l.SeccompFile},
		"cgroups":      l.Cgroup,
		"cpus":         {m.profile.controls.CPUs},
		"openssl":      {m.profile.controls.OpenSSL},
		"memory_bytes": number(limits.MemoryBytes),
		"processes":    number(limits.Processes + l.OtherTasks),
		"file_bytes":   number(limits.FileBytes),
		"open_files":   number(limits.OpenFiles),
	})
}

// expand puts parts together, leaving out those whose condition does not hold.
func (p *Profile) expand(parts []string, in circumstances, values map[string][]string) ([]string, error) {
	var command []string
	for _, name := range parts {
		part := p.Parts[name]
		used, err := in.uses(part)
		if err != nil {
			return nil, fmt.Errorf("part %s of platform %s: %w", name, p.Platform, err)
		}
		if used {
			command = replace(command, part.Arguments, values)
		}
	}
	for _, argument := range command {
		if strings.ContainsRune(argument, 0) {
			return nil, fmt.Errorf("command of platform %s: an argument holds a zero byte", p.Platform)
		}
	}
	return command, nil
}

// replace appends arguments to a command, with variables replaced.
func replace(command, arguments []string, values map[string][]string) []string {
	for _, argument := range arguments {
		if match := variable.FindStringSubmatch(argument); match != nil && match[0] == argument {
			command = append(command, values[match[1]]...)
			continue
		}
		command = append(command, variable.ReplaceAllStringFunc(argument, func(name string) string {
			return strings.Join(values[strings.Trim(name, "{}")], " ")
		}))
	}
	return command
}

func number(n int64) []string { return []string{strconv.FormatInt(n, 10)} }
