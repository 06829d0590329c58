package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Observe reads what a live process is, as Observe of this package does: the process must wait meanwhile (ErrChanged). The content of a
// file is hashed by the host's sha256sum, of the same open file of which its owner and size are told; that of the executable comes here.
func (l Linux) Observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts, err := l.observe(ctx, pid)
	if err != nil {
		return nil, fmt.Errorf("observe process %d: %w", pid, err)
	}
	return facts, nil
}

func (l Linux) observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts := &ProcessFacts{PID: pid}
	texts, err := l.read(ctx, maximumMap, procFiles(pid, "stat", "maps", "status", "environ")...)
	if err != nil {
		return nil, err
	}
	if _, _, facts.StartTicks, err = parseStat(texts[0]); err != nil {
		return nil, err
	}
	if facts.MemoryMap = texts[1]; len(facts.MemoryMap) == 0 {
		return nil, ErrGone // A zombie has no memory.
	}
	read, err := parseStatus(texts[2])
	if err != nil {
		return nil, err
	}
	facts.takeStatus(read)
	if len(texts[3]) > maximumEnvironment {
		return nil, fmt.Errorf("its environment is longer than %d bytes", maximumEnvironment)
	}
	if facts.Environment, err = parseEnvironment(texts[3]); err != nil {
		return nil, err
	}
	links, err := l.links(ctx, strconv.Itoa(pid))
	if err != nil {
		return nil, err
	}
	facts.Executable.Path, facts.Namespaces = links.path, links.namespaces
	if err := l.readMapped(ctx, facts, links); err != nil {
		return nil, err
	}
	return facts, l.unchanged(ctx, facts)
}

// unchanged looks again at what must not have changed.
func (l Linux) unchanged(ctx context.Context, facts *ProcessFacts) error {
	texts, err := l.read(ctx, maximumMap, procFiles(facts.PID, "stat", "maps", "status")...)
	if err != nil {
		return err
	}
	_, _, ticks, err := parseStat(texts[0])
	if err != nil {
		return err
	}
	after, err := parseStatus(texts[2])
	if err != nil {
		return err
	}
	return facts.sameAs(ticks, texts[1], after)
}

// Observer gives what live processes are compared with: a process of the user that reads them.
func (l Linux) Observer(ctx context.Context) (*Observer, error) {
	links, err := l.links(ctx, "self")
	if err != nil {
		return nil, fmt.Errorf("observe own process: %w", err)
	}
	texts, err := l.read(ctx, maximumMap, "/proc/self/status")
	if err != nil {
		return nil, fmt.Errorf("observe own process: %w", err)
	}
	read, err := parseStatus(texts[0])
	if err != nil {
		return nil, fmt.Errorf("observe own process: %w", err)
	}
	return &Observer{Namespaces: links.namespaces, SeccompFilters: read.seccompFilters}, nil
}

// linked is where a process's links in /proc lead.
type linked struct {
	path       string   // of the executable
	executable Identity // of the same
	namespaces map[string]string
	page       uint64 // size, bytes
}

// readLinks prints the size of a page, where a process's executable is, its device and inode, and its namespaces, a line each; an empty
// one for those that the kernel has not.
const readLinks = `p=$1; shift
getconf PAGESIZE && readlink -v "/proc/$p/exe" && stat -L -c '%d %i' "/proc/$p/exe" || exit
for n; do readlink "/proc/$p/ns/$n" || echo; done`

// links reads where a process's links in /proc lead.
func (l Linux) links(ctx context.Context, process string) (*linked, error) {
	said, err := l.script(ctx, readLinks, append([]string{process}, namespaces...)...)
	if err != nil {
		return nil, err
	}
	const before = 3 // lines
	lines := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n")
	if len(lines) != before+len(namespaces) {
		return nil, fmt.Errorf("its links are %d lines, not %d", len(lines), before+len(namespaces))
	}
	links := &linked{path: lines[1], namespaces: map[string]string{}}
	if links.page, err = strconv.ParseUint(lines[0], 10, 32); err != nil || links.page == 0 {
		return nil, fmt.Errorf("the size of a page is %q", lines[0])
	}
	if links.executable, err = parseIdentity(lines[2]); err != nil {
		return nil, err
	}
	for i, name := range namespaces {
		if identifier := lines[before+i]; identifier != "" {
			links.namespaces[name] = identifier
		} else if name == "pid" {
			return nil, errors.New("its namespaces cannot be read")
		}
	}
	return links, nil
}

// parseIdentity reads "DEVICE INODE".
func parseIdentity(text string) (Identity, error) {
	device, inode, _ := strings.Cut(text, " ")
	major, err1 := strconv.ParseUint(device, 10, 64)
	number, err2 := strconv.ParseUint(inode, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return Identity{}, fmt.Errorf("%q is no device and inode: %w", text, err)
	}
	return Identity{major, number}, nil
}

// readMapped hashes the executable and every other file mapped executable, and counts executable mappings whose content is no file's.
func (l Linux) readMapped(ctx context.Context, facts *ProcessFacts, links *linked) error {
	all, err := parseMaps(facts.MemoryMap)
	if err != nil {
		return err
	}
	if len(all) > maximumMappings {
		return fmt.Errorf("it has %d mappings; at most %d are measured", len(all), maximumMappings)
	}
	executables := slices.DeleteFunc(all, func(m mapping) bool { return !m.executable() })
	contents, err := l.read(ctx, maximumMapped, procPath(facts.PID, "exe"))
	if err != nil {
		return err
	}
	facts.Executable.SHA256 = sha256.Sum256(contents[0])
	if facts.ELF, err = ParseELF(bytes.NewReader(contents[0])); err != nil {
		return fmt.Errorf("executable %s: %w", facts.Executable.Path, err)
	}
	files, err := l.files(ctx, facts.PID, executables)
	if err != nil {
		return err
	}
	for _, m := range executables {
		if m.inode == 0 {
			continue
		}
		file := files[m.file()]
		if err := m.checkLength(file.size, links.page); err != nil {
			return err
		}
	}
	facts.takeFiles(files, executables, links.executable)
	changed, err := l.changed(ctx, facts.PID, executables, links.page)
	if err != nil {
		return err
	}
	for i, m := range executables {
		if changed[i] || m.writable() || (m.inode == 0 && !m.kernels()) {
			facts.AnonymousExecutable++
		}
	}
	return nil
}
