package platform

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"eaibench/internal/strictyaml"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Profile is a platform: the modes it has, and what all of them share.
type Profile struct {
	// Version of the profile's format: 1.
	Version int `yaml:"version"`
	// Platform is the name by which evidence, policy and scenario name it.
	Platform string `yaml:"platform"`
	// StandIn is true where no mode has CHERI's protection; outputs must say so.
	StandIn bool `yaml:"stand_in"`
	// Description is one sentence for people.
	Description string `yaml:"description"`
	// System is the operating system its programs run on, as Go names it.
	System string `yaml:"system"`
	// Limits bound a compilation and a run.
	Limits Limits `yaml:"limits"`
	// Parts are pieces of commands, by name.
	Parts map[string]Part `yaml:"parts"`
	// Compile is what compilations have in common, over all modes.
	Compile Compile `yaml:"compile"`
	// Syscalls is the seccomp filter, where a mode loads one.
	Syscalls *Syscalls `yaml:"syscalls"`
	// DirectSyscalls are allowed besides, to a process that reaches services
	// itself.
	DirectSyscalls *Syscalls `yaml:"direct_syscalls,omitempty"`
	// Modes are in the order of their chain.
	Modes []Mode `yaml:"modes"`

	controls Controls
}

// Limits bound what one program takes from the host. Every field is above 0.
type Limits struct {
	// MemoryBytes of a run, all its processes together where there is a cgroup.
	MemoryBytes int64 `yaml:"memory_bytes"`
	// Processes and threads of a run.
	Processes int64 `yaml:"processes"`
	// FileBytes is the size of the largest file that is written.
	FileBytes int64 `yaml:"file_bytes"`
	// OutputBytes is how much a program may write to standard output and error
	// together before it is ended; whoever runs it enforces it.
	OutputBytes int64 `yaml:"output_bytes"`
	// OpenFiles of one process.
	OpenFiles int64 `yaml:"open_files"`
	// CompileSeconds of processor time, of one process of the compiler.
	CompileSeconds int64 `yaml:"compile_seconds"`
	// CompileBytes is the memory, and CompileFileBytes the largest file, of one
	// process of the compiler; CompileProcesses how many there are.
	CompileBytes     int64 `yaml:"compile_bytes"`
	CompileFileBytes int64 `yaml:"compile_file_bytes"`
	CompileProcesses int64 `yaml:"compile_processes"`
}

// Compile is what every mode's compilation has in common.
type Compile struct {
	// User is the uid and gid that compiles when the launcher is root.
	User int `yaml:"user"`
	// Compiler starts the command; then come Flags, the mode's, the sources,
	// Link.
	Compiler []string `yaml:"compiler"`
	Flags    []string `yaml:"flags"`
	Link     []string `yaml:"link"`
	// Environment of the compiler, NAME=VALUE, and nothing else.
	Environment []string `yaml:"environment"`
	// Sandbox names the parts that come before the compiler's command.
	Sandbox []string `yaml:"sandbox"`
	// Cross is how the platform's programs are compiled on a host of another; nil:
	// they are not.
	Cross *Cross `yaml:"cross,omitempty"`
}

// Cross is a compilation for the platform on a host of another, with a toolchain
// (SDK) and the root file system of the platform (sysroot).
type Cross struct {
	// Compiler takes the place of Compile.Compiler; {sdk} and {sysroot} are replaced.
	Compiler []string `yaml:"compiler"`
	// Sandbox takes the place of Compile.Sandbox.
	Sandbox []string `yaml:"sandbox"`
	// Environment takes the place of Compile.Environment.
	Environment []string `yaml:"environment"`
}

// Part is a piece of a command: arguments in which {variable} is replaced. An
// argument that is nothing but the name of a list is replaced by its items.
type Part struct {
	// When and Unless name a condition under which the part is used or left
	// out: "root" (there is a user to change to), "cgroup" (there is one),
	// "direct" (the process reaches services itself), "cpus" (it is bound to some),
	// "revocation_on" and "revocation_off" (one of them is asked for), "openssl"
	// (another than the system's is linked), "bind_lazily" (symbols are to be bound
	// when they are first used), or a release, as "cheribsd>=24.05" and
	// "cheribsd<24.05".
	When   string `yaml:"when,omitempty"`
	Unless string `yaml:"unless,omitempty"`
	// Arguments of the command.
	Arguments []string `yaml:"arguments"`
}

// Mode is one way to build and run a program.
type Mode struct {
	// Name is the mode's name in evidence, policy and scenario.
	Name string `yaml:"name"`
	// Baseline is the previous link of the chain, "" for the first mode. The
	// two differ in one thing.
	Baseline string `yaml:"baseline"`
	// StandsFor says what the mode is, or what it is a stand-in for.
	StandsFor string `yaml:"stands_for"`
	// ABIs that an executable of this mode may have (ELF.ABI).
	ABIs []string `yaml:"abis"`
	// Users are the uids, and gids, that run it when the launcher is root: each
	// run under way has one of its own, and nobody else has any of them.
	Users Users `yaml:"users"`
	// Needs is the release from which on the mode is there, such as
	// "cheribsd>=23.11"; "": it always is.
	Needs string `yaml:"needs,omitempty"`
	// CompileFlags come after the flags of all modes.
	CompileFlags []string `yaml:"compile_flags"`
	// CompileParts names parts whose arguments come after CompileFlags.
	CompileParts []string `yaml:"compile_parts,omitempty"`
	// LaunchParts names the parts of the command that runs a program.
	LaunchParts []string `yaml:"launch"`
	// EnvironmentList is what the process finds in its environment, NAME=VALUE,
	// and nothing else.
	EnvironmentList []string `yaml:"environment"`
	// BindNow is added to the environment unless symbols are to be bound lazily.
	BindNow []string `yaml:"environment_bind_now,omitempty"`
	// WithoutCgroup is added to the environment, replacing what has the same
	// name, when there is no cgroup that limits the memory.
	WithoutCgroup []string `yaml:"environment_without_cgroup,omitempty"`
	// Proof is what a live process of this mode must show.
	Proof Required `yaml:"proof"`

	profile *Profile
}

// Required is what a live process of a mode must show.
type Required struct {
	// Compartment is the kind of compartment, "" for none: then every namespace
	// must be the observer's.
	Compartment string `yaml:"compartment"`
	// Namespaces, by their names in /proc/PID/ns, that must not be the
	// observer's.
	Namespaces []string `yaml:"namespaces,omitempty"`
	// SharedOnDirect are those of Namespaces that may be the observer's: a
	// process on the path direct shares them. Who knows the path decides.
	SharedOnDirect []string `yaml:"shared_on_direct,omitempty"`
	// C18N is true when the process must show library compartments. A mode whose
	// proof does not ask for them must show none.
	C18N bool `yaml:"c18n,omitempty"`
	// Seccomp is true when a filter more than the observer's must be loaded.
	Seccomp bool `yaml:"seccomp,omitempty"`
	// NoNewPrivileges is true when PR_SET_NO_NEW_PRIVS must be set.
	NoNewPrivileges bool `yaml:"no_new_privs,omitempty"`
	// NoCapabilities is true when no capability set may hold any.
	NoCapabilities bool `yaml:"no_capabilities,omitempty"`
}

// Load reads a profile: an embedded one by its name ("linux"), else the file of
// that path. The error of a faulty profile is a strictyaml.Faults.
func Load(name string) (*Profile, error) {
	file, data, err := read(name)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}

// SHA256 is the hash of a profile's text, in hexadecimal: of what Load reads. It need not be a sound profile.
func SHA256(name string) (string, error) {
	_, data, err := read(name)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(data)), nil
}

func read(name string) (file string, data []byte, err error) {
	file = "profiles/" + name + ".yaml"
	if data, err = profiles.ReadFile(file); err == nil {
		return file, data, nil
	}
	if !strings.ContainsAny(name, "./\\") {
		return "", nil, fmt.Errorf("no platform is named %q; known are %s, or give the path of a profile (.yaml)",
			name, strings.Join(Names(), ", "))
	}
	if data, err = os.ReadFile(name); err != nil {
		return "", nil, fmt.Errorf("read platform profile: %w", err)
	}
	return name, data, nil
}

// Names lists the embedded profiles, sorted.
func Names() []string {
	entries, err := fs.ReadDir(profiles, "profiles")
	if err != nil {
		panic(err) // The folder is part of the program.
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name())))
	}
	return names
}

// Parse reads a profile from data, the content of the named file.
func Parse(file string, data []byte) (*Profile, error) {
	p := new(Profile)
	if err := strictyaml.Decode(file, data, p); err != nil {
		return nil, err
	}
	for i := range p.Modes {
		p.Modes[i].profile = p
	}
	return p, nil
}

// Mode finds a mode by its name; the error lists the known ones.
func (p *Profile) Mode(name string) (*Mode, error) {
	for i := range p.Modes {
		if p.Modes[i].Name == name {
			return &p.Modes[i], nil
		}
	}
	return nil, fmt.Errorf("platform %s has no mode %q; it has %s", p.Platform, name, strings.Join(p.Chain(), ", "))
}

// Chain gives the modes' names, each after its baseline.
func (p *Profile) Chain() []string {
	var names []string
	for _, mode := range p.Modes {
		names = append(names, mode.Name)
	}
	return names
}

// Platform gives the name of the platform that has the mode.
func (m *Mode) Platform() string { return m.profile.Platform }

// Limits gives the limits of the mode's runs.
func (m *Mode) Limits() Limits { return m.profile.Limits }

// Environment is what the process finds in its environment when a cgroup limits
// its memory: exactly this, nothing is inherited.
func (m *Mode) Environment() []string {
	environment := slices.Clone(m.EnvironmentList)
	if !m.profile.controls.bindsLazily() {
		environment = append(environment, m.BindNow...)
		slices.Sort(environment)
	}
	return environment
}

// EnvironmentWithoutCgroup is Environment where no cgroup limits the memory, so
// that what runs in the process has to.
func (m *Mode) EnvironmentWithoutCgroup() []string {
	environment := m.Environment()
	for _, variable := range m.WithoutCgroup {
		name, _, _ := strings.Cut(variable, "=")
		environment = slices.DeleteFunc(environment, func(other string) bool {
			return strings.HasPrefix(other, name+"=")
		})
		environment = append(environment, variable)
	}
	slices.Sort(environment)
	return environment
}

// AllowedEnvironment gives every value that a variable of this mode may have,
// for an appraisal policy.
func (m *Mode) AllowedEnvironment() map[string][]string {
	allowed := map[string][]string{}
	for _, variable := range append(m.Environment(), m.EnvironmentWithoutCgroup()...) {
		name, value, _ := strings.Cut(variable, "=")
		if !slices.Contains(allowed[name], value) {
			allowed[name] = append(allowed[name], value)
		}
	}
	return allowed
}
