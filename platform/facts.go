package platform

import (
	"bytes"
	"slices"
	"strings"
)

// File is a file as a process has it mapped.
type File struct {
	// Path as the kernel names it, in the process's own mount namespace.
	Path string
	// SHA256 of its content.
	SHA256 [32]byte
}

// ProcessFacts are what was read from a live process, at one moment of its life:
// it was the same process before and after the reading.
type ProcessFacts struct {
	// PID in the observer's namespace.
	PID int
	// StartTicks is when it started, in clock ticks since boot; on FreeBSD in seconds
	// since 1970: with the PID it names the process.
	StartTicks uint64
	// Executable is /proc/PID/exe.
	Executable File
	// Libraries are all other files mapped executable, sorted by path.
	Libraries []File
	// Alterable are the paths of those of them that somebody other than root may
	// write to, sorted: what they hold may change after it was hashed, and the
	// process executes it.
	Alterable []string
	// Environment by name, as it stands in the process's memory.
	Environment map[string]string
	// MemoryMap is the text of /proc/PID/maps; on FreeBSD what procstat -v printed.
	MemoryMap []byte
	// UIDs are the real, effective and saved user id and that of file access (on
	// FreeBSD that is the effective one), in the observer's namespace; UID is the first of them. Nobody but root can start
	// a process under the uid of another user.
	UIDs [4]int
	UID  int
	// Tracer is the PID of the process that traces it, 0 if none.
	Tracer int
	// AnonymousExecutable counts executable mappings whose content is no file's:
	// without a file, writable, or with pages changed since they were mapped. The
	// kernel's own (vdso, vsyscall) are not counted unless changed.
	AnonymousExecutable int
	// Namespaces by their names in /proc/PID/ns, such as "net": the kernel's
	// identifier, such as "net:[4026531840]".
	Namespaces map[string]string
	// Seccomp is the mode of /proc/PID/status: 2 with a filter. SeccompFilters is
	// how many filters there are.
	Seccomp, SeccompFilters int
	// NoNewPrivileges tells whether PR_SET_NO_NEW_PRIVS is set.
	NoNewPrivileges bool
	// Capabilities are the sets by name (CapInh, CapPrm, CapEff, CapBnd, CapAmb).
	Capabilities map[string]uint64
	// CHERI is what CheriBSD tells of it; nil on other systems.
	CHERI *CHERIFacts
	// ELF is what the executable's headers say.
	ELF *ELF
	// OpenSSL is the version text inside the mapped libcrypto, "" without one.
	OpenSSL string
}

// CHERIFacts are what CheriBSD tells of a process and no other system has.
type CHERIFacts struct {
	// Compartments is how many library compartments (c18n) it has; nil where the
	// system does not tell, as before 24.05, or it has none.
	Compartments *int64
	// Names of the compartments, sorted; nil where the system does not list them, as
	// before about 25.03.
	Names []string
	// WritableTrampolines counts mappings as the linker of 22.12 keeps its trampolines
	// in (procstat.Map.WritableTrampolines); they are among AnonymousExecutable.
	WritableTrampolines int
	// Quarantining tells whether freed address space is kept until capabilities to it
	// are revoked; nil where the system does not tell.
	Quarantining *bool
}

// compartments gives how many library compartments the process shows, and whether
// it shows any: by the linker's count, or by the linker for them among the files
// that it executes.
func (f *ProcessFacts) compartments() (count int64, any bool) {
	if f.CHERI == nil {
		return 0, false
	}
	if f.CHERI.Compartments != nil {
		return *f.CHERI.Compartments, *f.CHERI.Compartments > 0
	}
	if !f.ELF.Compartmentalised() {
		return 0, false
	}
	return 0, slices.ContainsFunc(f.Libraries, func(file File) bool { return file.Path == f.ELF.Interpreter })
}

// Host says what a program runs on.
type Host struct {
	// CPUModel and CPUCount as the kernel tells them.
	CPUModel string
	CPUCount int
	// OperatingSystem is system, release, version, machine, as uname -srvm.
	OperatingSystem string
}

// parseCPU reads /proc/cpuinfo. On arm64 it has no model's name, and the numbers
// of implementer and part stand for it.
func parseCPU(text []byte) Host {
	var host Host
	first := map[string]string{}
	for line := range bytes.Lines(text) {
		name, value, _ := strings.Cut(string(line), ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if name == "processor" {
			host.CPUCount++
		}
		if _, ok := first[name]; !ok {
			first[name] = value
		}
	}
	host.CPUModel = first["model name"]
	if part, ok := first["CPU part"]; ok && host.CPUModel == "" {
		host.CPUModel = "implementer " + first["CPU implementer"] + " part " + part
	}
	return host
}
