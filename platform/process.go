package platform

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrGone is in the error when the process has ended, or there never was one.
var ErrGone = errors.New("the process has ended")

// ErrChanged is in the error when the process was not the same, or did not have
// the same memory map, at the end of a measurement as at its start.
var ErrChanged = errors.New("the process changed while it was measured; it must wait meanwhile")

// Identity names a file on this host, whatever its path.
type Identity struct {
	Device, Inode uint64
}

// mapping is one line of /proc/PID/maps (proc_pid_maps(5)).
type mapping struct {
	start, end   uint64
	permissions  string
	offset       uint64 // into the file, in bytes
	major, minor uint64
	inode        uint64
	path         string
}

func (m mapping) executable() bool { return m.permissions[2] == 'x' }
func (m mapping) writable() bool   { return m.permissions[1] == 'w' }

// kernels tells whether the mapping is the kernel's own. A process cannot take
// these names: those it gives begin with "[anon", and a file's path with "/".
func (m mapping) kernels() bool {
	return m.inode == 0 && (m.path == "[vdso]" || m.path == "[vsyscall]")
}

// file names the mapping's file.
func (m mapping) file() [3]uint64 { return [3]uint64{m.major, m.minor, m.inode} }

// checkLength refuses a mapping that goes on beyond its file: no code can be
// there, and a look at each of its pages could take hours. page is the size of one.
func (m mapping) checkLength(fileSize, page uint64) error {
	whole := (fileSize + page - 1) / page * page
	if m.offset > whole || m.end-m.start > whole-m.offset {
		return fmt.Errorf("its executable mapping of %s has %d bytes from offset %d on, more than the file's %d", m.path, m.end-m.start, m.offset, fileSize)
	}
	return nil
}

// hasPages tells whether to look for pages of its own: not in the kernel's own half, nor
// in what is anonymous as a whole.
func (m mapping) hasPages() bool { return m.path != "[vsyscall]" && (m.inode != 0 || m.kernels()) }

// Bits of an entry of /proc/PID/pagemap (kernel documentation, pagemap.rst).
const (
	pageOfFile  = 1 << 61
	pageSwapped = 1 << 62
	pagePresent = 1 << 63
)

// holdsOwnPages tells whether one of the entries of pagemap, 8 bytes each, is of a page
// that is no longer the file's.
func holdsOwnPages(entries []byte, order binary.ByteOrder) bool {
	for i := 0; i+8 <= len(entries); i += 8 {
		entry := order.Uint64(entries[i:])
		if entry&(pagePresent|pageSwapped) != 0 && entry&pageOfFile == 0 {
			return true
		}
	}
	return false
}

// procPath names a file of a process.
func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// parseMaps reads the text of /proc/PID/maps.
func parseMaps(text []byte) ([]mapping, error) {
	var mappings []mapping
	for line := range bytes.Lines(text) {
		m, err := parseMapping(strings.TrimSuffix(string(line), "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d of the memory map: %w", len(mappings)+1, err)
		}
		mappings = append(mappings, m)
	}
	return mappings, nil
}

func parseMapping(line string) (mapping, error) {
	// address perms offset dev inode path, the path after spaces and with some
	// of its own.
	fields := strings.SplitN(line, " ", 6)
	if len(fields) < 5 || len(fields[1]) != 4 {
		return mapping{}, fmt.Errorf("%q is no mapping", line)
	}
	first, last, _ := strings.Cut(fields[0], "-")
	major, minor, _ := strings.Cut(fields[3], ":")
	m := mapping{permissions: fields[1]}
	var failed error
	for _, number := range []struct {
		text string
		base int
		into *uint64
	}{{first, 16, &m.start}, {last, 16, &m.end}, {fields[2], 16, &m.offset}, {major, 16, &m.major}, {minor, 16, &m.minor}, {fields[4], 10, &m.inode}} {
		value, err := strconv.ParseUint(number.text, number.base, 64)
		if err != nil {
			failed = fmt.Errorf("%q is no mapping: %w", line, err)
		}
		*number.into = value
	}
	if failed == nil && m.end <= m.start {
		failed = fmt.Errorf("%q is no mapping: it ends before it starts", line)
	}
	if len(fields) == 6 {
		m.path = strings.TrimLeft(fields[5], " ")
	}
	return m, failed
}

// parseEnvironment reads /proc/PID/environ. Twice the same name is refused: which
// of the two the program takes could not be said.
func parseEnvironment(text []byte) (map[string]string, error) {
	environment := map[string]string{}
	for _, variable := range strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00") {
		if variable == "" && len(text) <= 1 {
			break
		}
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return nil, errors.New("the environment holds something that is not NAME=VALUE")
		}
		if _, twice := environment[name]; twice {
			return nil, fmt.Errorf("the environment holds %s twice", name)
		}
		environment[name] = value
	}
	return environment, nil
}

// status is what is used of /proc/PID/status.
type status struct {
	uids                            [4]int // real, effective, saved, of file access
	tracer, seccomp, seccompFilters int
	noNewPrivileges                 bool
	capabilities                    map[string]uint64
	peakResident                    int64
}

func parseStatus(text []byte) (status, error) {
	s := status{capabilities: map[string]uint64{}}
	var err error
	integer := func(text string) int {
		n, failed := strconv.Atoi(text)
		err = errors.Join(err, failed)
		return n
	}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		switch name {
		case "Uid":
			if len(fields) != len(s.uids) {
				err = errors.Join(err, errors.New("it has not four uids"))
				continue
			}
			for i, field := range fields {
				s.uids[i] = integer(field)
			}
		case "TracerPid":
			s.tracer = integer(fields[0])
		case "Seccomp":
			s.seccomp = integer(fields[0])
		case "Seccomp_filters":
			s.seccompFilters = integer(fields[0])
		case "NoNewPrivs":
			s.noNewPrivileges = fields[0] == "1"
		case "VmHWM":
			s.peakResident = int64(integer(fields[0])) << 10
		case "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
			set, failed := strconv.ParseUint(fields[0], 16, 64)
			err = errors.Join(err, failed)
			s.capabilities[name] = set
		}
	}
	if err == nil && len(s.capabilities) != 5 {
		err = errors.New("it lacks capability sets")
	}
	if err != nil {
		return status{}, fmt.Errorf("read process status: %w", err)
	}
	return s, nil
}

// takeStatus notes what the status says.
func (f *ProcessFacts) takeStatus(read status) {
	f.UIDs, f.UID, f.Tracer = read.uids, read.uids[0], read.tracer
	f.Seccomp, f.SeccompFilters = read.seccomp, read.seccompFilters
	f.NoNewPrivileges, f.Capabilities = read.noNewPrivileges, read.capabilities
}

// sameAs compares with what must not have changed.
func (f *ProcessFacts) sameAs(startTicks uint64, maps []byte, after status) error {
	if startTicks != f.StartTicks || !bytes.Equal(maps, f.MemoryMap) || after.uids != f.UIDs {
		return ErrChanged
	}
	if f.Tracer == 0 {
		f.Tracer = after.tracer
	}
	return nil
}

// atEntry is AT_ENTRY of elf.h: where the executable's entry point was loaded.
const atEntry = 9

// biasOf is what is added to the addresses of a position-independent executable, by the
// content of /proc/PID/auxv.
func biasOf(auxiliary []byte, order binary.ByteOrder, executable *ELF) (uint64, error) {
	for pair := range slices.Chunk(auxiliary, 16) {
		if len(pair) == 16 && order.Uint64(pair) == atEntry {
			return order.Uint64(pair[8:]) - executable.Entry, nil
		}
	}
	return 0, errors.New("the kernel does not say where the executable is loaded")
}

// parseStat gives the state, parent and start time of /proc/PID/stat. The name of
// the program, in parentheses, may hold anything.
func parseStat(text []byte) (state byte, parent int, startTicks uint64, err error) {
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	if end < 0 || len(fields) < 20 {
		return 0, 0, 0, errors.New("read process state: the line is too short")
	}
	// Fields 3, 4 and 22 of proc_pid_stat(5).
	if parent, err = strconv.Atoi(fields[1]); err == nil {
		startTicks, err = strconv.ParseUint(fields[19], 10, 64)
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read process state: %w", err)
	}
	return fields[0][0], parent, startTicks, nil
}

// opensslVersion is OPENSSL_VERSION_TEXT of opensslv.h.
var opensslVersion = regexp.MustCompile(`OpenSSL [0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]* [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}`)

// OpenSSLVersion finds the version text inside the content of a libcrypto; "" if
// it has none.
func OpenSSLVersion(libcrypto []byte) string { return string(opensslVersion.Find(libcrypto)) }
