package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maximumMapped is the largest mapped file that is hashed, in bytes.
const maximumMapped = 1 << 30

// Observe reads what a live process is. It must wait meanwhile: if it is another
// process at the end, or has another memory map, the error wraps ErrChanged. To
// read a process of another user takes root's rights, or those of a process that
// may trace it (ptrace(2), PTRACE_MODE_READ). The content of every file that is
// mapped executable is hashed each time: a cache by name, size and times would
// believe whoever can write to the file.
func Observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts, err := observe(ctx, pid)
	if err != nil {
		return nil, fmt.Errorf("observe process %d: %w", pid, gone(err))
	}
	return facts, nil
}

func observe(ctx context.Context, pid int) (*ProcessFacts, error) {
	facts := &ProcessFacts{PID: pid}
	_, _, ticks, err := readStat(pid)
	if err != nil {
		return nil, err
	}
	facts.StartTicks = ticks
	if facts.MemoryMap, err = os.ReadFile(procPath(pid, "maps")); err != nil {
		return nil, err
	}
	if len(facts.MemoryMap) == 0 {
		return nil, ErrGone // A zombie has no memory.
	}
	if err := facts.readStatus(pid); err != nil {
		return nil, err
	}
	environment, err := os.ReadFile(procPath(pid, "environ"))
	if err != nil {
		return nil, err
	}
	if facts.Environment, err = parseEnvironment(environment); err != nil {
		return nil, err
	}
	if facts.Namespaces, err = readNamespaces(pid); err != nil {
		return nil, err
	}
	if err := facts.readFiles(ctx); err != nil {
		return nil, err
	}
	return facts, facts.unchanged()
}

func (f *ProcessFacts) readStatus(pid int) error {
	read, err := readStatus(pid)
	if err != nil {
		return err
	}
	f.UID, f.Tracer = read.uid, read.tracer
	f.Seccomp, f.SeccompFilters = read.seccomp, read.seccompFilters
	f.NoNewPrivileges, f.Capabilities = read.noNewPrivileges, read.capabilities
	return nil
}

// readFiles hashes the executable and every other file mapped executable, and
// counts executable mappings whose content is no file's.
func (f *ProcessFacts) readFiles(ctx context.Context) error {
	mappings, err := parseMaps(f.MemoryMap)
	if err != nil {
		return err
	}
	executable, err := f.readExecutable()
	if err != nil {
		return err
	}
	seen := map[[3]uint64]bool{}
	for _, m := range mappings {
		if !m.executable() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		changed, err := f.changedPages(m)
		if err != nil {
			return err
		}
		if changed || m.writable() || (m.inode == 0 && !m.kernels()) {
			f.AnonymousExecutable++
		}
		file := [3]uint64{m.major, m.minor, m.inode}
		if m.inode == 0 || seen[file] {
			continue
		}
		seen[file] = true
		if err := f.readMapped(m, executable); err != nil {
			return err
		}
	}
	slices.SortFunc(f.Libraries, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// readExecutable reads /proc/PID/exe, which leads to the file itself even where
// its path leads elsewhere.
func (f *ProcessFacts) readExecutable() (Identity, error) {
	link := procPath(f.PID, "exe")
	var err error
	if f.Executable.Path, err = os.Readlink(link); err != nil {
		return Identity{}, err
	}
	file, err := os.Open(link)
	if err != nil {
		return Identity{}, err
	}
	defer file.Close()
	identity, err := identityOf(file)
	if err != nil {
		return Identity{}, err
	}
	content, err := readMappedFile(file)
	if err != nil {
		return Identity{}, err
	}
	f.Executable.SHA256 = sha256.Sum256(content)
	f.ELF, err = ParseELF(bytes.NewReader(content))
	return identity, err
}

func (f *ProcessFacts) readMapped(m mapping, executable Identity) error {
	file, err := f.openMapped(m)
	if err != nil {
		return fmt.Errorf("open mapped file %s: %w", m.path, err)
	}
	defer file.Close()
	identity, err := identityOf(file)
	if err != nil {
		return err
	}
	if identity == executable {
		return nil
	}
	content, err := readMappedFile(file)
	if err != nil {
		return fmt.Errorf("mapped file %s: %w", m.path, err)
	}
	f.Libraries = append(f.Libraries, File{Path: m.path, SHA256: sha256.Sum256(content)})
	if strings.HasPrefix(filepath.Base(m.path), "libcrypto.") {
		f.OpenSSL = OpenSSLVersion(content)
	}
	return nil
}

// openMapped opens the very file of a mapping. With root's rights the kernel
// hands it out (map_files), even if its path leads elsewhere by now. Without, the
// path is opened in the process's own root and must lead to the mapped device and
// inode.
func (f *ProcessFacts) openMapped(m mapping) (*os.File, error) {
	file, err := os.Open(procPath(f.PID, fmt.Sprintf("map_files/%x-%x", m.start, m.end)))
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return file, err
	}
	// A name may lead to a pipe by now: opening it must not wait.
	file, err = os.OpenFile(procPath(f.PID, "root")+m.path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	identity, err := identityOf(file)
	if err == nil && identity != (Identity{unix.Mkdev(uint32(m.major), uint32(m.minor)), m.inode}) {
		err = errors.New("the path leads to another file than the mapped one")
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Bits of an entry of /proc/PID/pagemap (kernel documentation, pagemap.rst).
const (
	pageOfFile  = 1 << 61
	pageSwapped = 1 << 62
	pagePresent = 1 << 63
)

// changedPages tells whether a mapping holds pages of its own, which are then no
// longer the file's: code was written to, by the process or by one that may.
func (f *ProcessFacts) changedPages(m mapping) (bool, error) {
	if m.path == "[vsyscall]" || (m.inode == 0 && !m.kernels()) {
		return false, nil // The kernel's own half; and anonymous as a whole.
	}
	file, err := os.Open(procPath(f.PID, "pagemap"))
	if err != nil {
		return false, err
	}
	defer file.Close()
	size := uint64(os.Getpagesize())
	entries := make([]byte, (m.end-m.start)/size*8)
	if _, err := file.ReadAt(entries, int64(m.start/size*8)); err != nil {
		return false, fmt.Errorf("read the pages of %s: %w", m.path, err)
	}
	for i := 0; i < len(entries); i += 8 {
		entry := hostOrder.Uint64(entries[i:])
		if entry&(pagePresent|pageSwapped) != 0 && entry&pageOfFile == 0 {
			return true, nil
		}
	}
	return false, nil
}

// unchanged looks again at what must not have changed.
func (f *ProcessFacts) unchanged() error {
	_, _, ticks, err := readStat(f.PID)
	if err != nil {
		return err
	}
	again, err := os.ReadFile(procPath(f.PID, "maps"))
	if err != nil {
		return err
	}
	after, err := readStatus(f.PID)
	if err != nil {
		return err
	}
	if ticks != f.StartTicks || !bytes.Equal(again, f.MemoryMap) || after.uid != f.UID {
		return ErrChanged
	}
	if f.Tracer == 0 {
		f.Tracer = after.tracer
	}
	return nil
}

// ObserveSelf gives what live processes are compared with: this process.
func ObserveSelf() (*Observer, error) {
	pid := os.Getpid()
	names, err := readNamespaces(pid)
	if err != nil {
		return nil, fmt.Errorf("observe own process: %w", err)
	}
	read, err := readStatus(pid)
	if err != nil {
		return nil, fmt.Errorf("observe own process: %w", err)
	}
	return &Observer{Namespaces: names, SeccompFilters: read.seccompFilters}, nil
}

// readNamespaces reads the process's namespaces, not those its children will have.
func readNamespaces(pid int) (map[string]string, error) {
	names := map[string]string{}
	for _, name := range namespaces {
		identifier, err := os.Readlink(procPath(pid, "ns/"+name))
		if errors.Is(err, os.ErrNotExist) && name != "pid" {
			if _, err := os.Stat(procPath(pid, "ns/pid")); err == nil {
				continue // A kernel without this kind.
			}
		}
		if err != nil {
			return nil, err
		}
		names[name] = identifier
	}
	return names, nil
}

func readMappedFile(file *os.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maximumMapped {
		return nil, fmt.Errorf("not a regular file of at most %d bytes", maximumMapped)
	}
	content := make([]byte, info.Size())
	if _, err := io.ReadFull(file, content); err != nil {
		return nil, err
	}
	return content, nil
}

// IdentityOf names a file by device and inode.
func IdentityOf(path string) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return Identity{uint64(stat.Dev), stat.Ino}, nil
}

func identityOf(file *os.File) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: file.Name(), Err: err}
	}
	return Identity{uint64(stat.Dev), stat.Ino}, nil
}

func readStatus(pid int) (status, error) {
	text, err := os.ReadFile(procPath(pid, "status"))
	if err != nil {
		return status{}, err
	}
	return parseStatus(text)
}

func readStat(pid int) (state byte, parent int, startTicks uint64, err error) {
	text, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return 0, 0, 0, err
	}
	return parseStat(text)
}

func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// gone names the process's end, which the kernel tells in several ways.
func gone(err error) error {
	var path *os.PathError
	if errors.Is(err, syscall.ESRCH) || (errors.As(err, &path) && errors.Is(path.Err, syscall.ENOENT) && strings.HasPrefix(path.Path, "/proc/")) {
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return err
}
