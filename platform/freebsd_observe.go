package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"eaibench/platform/procstat"
)

// Observe reads what a live process is, as Observe of this package does on Linux,
// with these differences: files are read by the paths that the kernel's name cache
// has for them, so who can put another file at a path deceives it; that code was
// changed is told for a mapping as a whole; there are no namespaces, filters and
// capability sets. The process must wait meanwhile (ErrChanged).
func (f FreeBSD) Observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts, err := f.observe(ctx, pid)
	if err != nil {
		return nil, fmt.Errorf("observe process %d: %w", pid, endedThere(err))
	}
	return facts, nil
}

func (f FreeBSD) observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts := &ProcessFacts{PID: pid}
	var err error
	if facts.StartTicks, err = f.started(ctx, pid); err != nil {
		return nil, err
	}
	mapped, printed, err := f.memoryMap(ctx, pid)
	if err != nil {
		return nil, err
	}
	facts.MemoryMap, facts.AnonymousExecutable = printed, mapped.AlteredCode()
	if err := f.readRights(ctx, facts); err != nil {
		return nil, err
	}
	variables, err := askProcstat(ctx, f, pid, procstat.ParseEnvironment, "environment")
	if err != nil {
		return nil, err
	}
	text := strings.Join(variables, "\x00")
	if len(text) > maximumEnvironment {
		return nil, fmt.Errorf("its environment is longer than %d bytes", maximumEnvironment)
	}
	if facts.Environment, err = parseEnvironment([]byte(text)); err != nil {
		return nil, err
	}
	if err := f.readFiles(ctx, facts, mapped); err != nil {
		return nil, err
	}
	if err := f.readCHERI(ctx, facts); err != nil {
		return nil, err
	}
	facts.CHERI.WritableTrampolines = mapped.WritableTrampolines()
	return facts, f.unchanged(ctx, facts, mapped)
}

// readRights reads whose process it is, who traces it, and whether it can gain rights.
func (f FreeBSD) readRights(ctx context.Context, facts *ProcessFacts) error {
	credentials, err := askProcstat(ctx, f, facts.PID, procstat.ParseCredentials, "credentials")
	if err != nil {
		return err
	}
	facts.UIDs = [4]int{credentials.Real, credentials.Effective, credentials.Saved, credentials.Effective}
	facts.UID = credentials.Real
	trace, err := f.Control(ctx, facts.PID, "trace")
	if err != nil {
		return err
	}
	facts.Tracer = trace.Tracer
	privileges, err := f.Control(ctx, facts.PID, "nonewprivs")
	if err != nil {
		return err
	}
	on := privileges.On()
	facts.NoNewPrivileges = on != nil && *on
	return nil
}

// readFiles hashes the executable and every other file mapped executable.
func (f FreeBSD) readFiles(ctx context.Context, facts *ProcessFacts, mapped procstat.Map) error {
	binary, err := askProcstat(ctx, f, facts.PID, procstat.ParseBinary, "binary")
	if err != nil {
		return err
	}
	if binary.Path == "" {
		return fmt.Errorf("the path of its executable: %w", ErrUntold)
	}
	size, err := f.lookAt(ctx, facts, binary.Path)
	if err != nil {
		return err
	}
	content, err := f.readFile(ctx, binary.Path, size)
	if err != nil {
		return err
	}
	facts.Executable = File{binary.Path, sha256.Sum256(content)}
	if facts.ELF, err = ParseELF(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("executable %s: %w", binary.Path, err)
	}
	for _, name := range mapped.Code() {
		if name == binary.Path {
			continue
		}
		if err := f.readLibrary(ctx, facts, name); err != nil {
			return err
		}
	}
	slices.SortFunc(facts.Libraries, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(facts.Alterable)
	return nil
}

// readLibrary hashes a library: there where the host does, but for libcrypto, which is searched for its version.
func (f FreeBSD) readLibrary(ctx context.Context, facts *ProcessFacts, name string) error {
	size, err := f.lookAt(ctx, facts, name)
	if err != nil {
		return err
	}
	libcrypto := strings.HasPrefix(path.Base(name), "libcrypto.so")
	if f.Hash != nil && !libcrypto {
		hash, err := f.Hash(ctx, name)
		if err != nil {
			return fmt.Errorf("mapped file %s: %w", name, err)
		}
		facts.Libraries = append(facts.Libraries, File{name, hash})
		return nil
	}
	content, err := f.readFile(ctx, name, size)
	if err != nil {
		return err
	}
	facts.Libraries = append(facts.Libraries, File{name, sha256.Sum256(content)})
	if libcrypto {
		facts.OpenSSL = OpenSSLVersion(content)
	}
	return nil
}

// lookAt notes whether somebody other than root may write to a file that the process executes, and gives its size.
func (f FreeBSD) lookAt(ctx context.Context, facts *ProcessFacts, name string) (size uint64, err error) {
	status, err := f.Run(ctx, []string{"/usr/bin/stat", "-L", "-f", "%u %Lp %z", "--", name})
	if err != nil {
		return 0, fmt.Errorf("mapped file %s: %w", name, err)
	}
	fields := strings.Fields(string(status))
	if len(fields) != 3 {
		return 0, fmt.Errorf("mapped file %s: stat printed %q", name, strings.TrimSpace(string(status)))
	}
	mode, err1 := strconv.ParseUint(fields[1], 8, 32)
	size, err2 := strconv.ParseUint(fields[2], 10, 63)
	if err := errors.Join(err1, err2); err != nil {
		return 0, fmt.Errorf("mapped file %s: %w", name, err)
	}
	const othersWrite = 0o022
	if fields[0] != "0" || mode&othersWrite != 0 {
		facts.Alterable = append(facts.Alterable, name)
	}
	if size > maximumMapped {
		return 0, fmt.Errorf("mapped file %s: it has %d bytes; at most %d are read", name, size, maximumMapped)
	}
	return size, nil
}

// readFile reads a file of that size, which the process executes.
func (f FreeBSD) readFile(ctx context.Context, name string, size uint64) ([]byte, error) {
	content, err := f.Run(ctx, []string{"/bin/cat", "--", name})
	if err != nil {
		return nil, fmt.Errorf("mapped file %s: %w", name, err)
	}
	if uint64(len(content)) != size {
		return nil, fmt.Errorf("mapped file %s: %d bytes were read of %d", name, len(content), size)
	}
	return content, nil
}

// readCHERI reads compartments and quarantine. Before 24.05 procstat may not know
// them: then compartments show by the linker alone.
func (f FreeBSD) readCHERI(ctx context.Context, facts *ProcessFacts) error {
	facts.CHERI = &CHERIFacts{}
	text, err := f.Run(ctx, []string{"/usr/bin/procstat", "--libxo", "json", "cheri", strconv.Itoa(facts.PID)})
	var told procstat.CHERI
	if err == nil {
		told, err = procstat.ParseCHERI(text, facts.PID)
	}
	if err != nil {
		if errors.Is(err, procstat.ErrNoProcess) {
			return err
		}
		release, known := facts.ELF.Versions()["cheribsd"]
		if order, compared := compareReleases(release, "24.05"); known && compared == nil && order < 0 {
			return nil
		}
		return fmt.Errorf("whether it has library compartments: %w", err)
	}
	facts.CHERI.Compartments, facts.CHERI.Quarantining = told.Compartments, told.Quarantining
	if told.Compartments == nil {
		return nil
	}
	facts.CHERI.Names, err = f.compartmentNames(ctx, facts.PID)
	return err
}

// compartmentNames lists the compartments' names, sorted; nil where procstat does not know how.
func (f FreeBSD) compartmentNames(ctx context.Context, pid int) ([]string, error) {
	text, err := f.Run(ctx, []string{"/usr/bin/procstat", "compartments", strconv.Itoa(pid)})
	if err != nil {
		// Of an end of the process the second look at it will tell.
		return nil, nil
	}
	listed, err := procstat.ParseCompartments(text, pid)
	if err != nil {
		return nil, fmt.Errorf("which library compartments it has: %w", err)
	}
	names := make([]string, 0, len(listed))
	for _, one := range listed {
		names = append(names, one.Name)
	}
	slices.Sort(names)
	return names, nil
}

// unchanged looks again at what must not have changed.
func (f FreeBSD) unchanged(ctx context.Context, facts *ProcessFacts, before procstat.Map) error {
	started, err := f.started(ctx, facts.PID)
	if err != nil {
		return err
	}
	after, _, err := f.memoryMap(ctx, facts.PID)
	if err != nil {
		return err
	}
	again := &ProcessFacts{PID: facts.PID}
	if err := f.readRights(ctx, again); err != nil {
		return err
	}
	if started != facts.StartTicks || !sameMap(before, after) || again.UIDs != facts.UIDs {
		return ErrChanged
	}
	if facts.Tracer == 0 {
		facts.Tracer = again.Tracer
	}
	return nil
}
