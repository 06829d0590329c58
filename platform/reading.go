package platform

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Memory is how much memory a process has, in bytes.
type Memory struct {
	// PeakResident is the largest resident set it ever had (VmHWM).
	PeakResident int64
	// Resident is the resident set now, and Proportional the part of it after
	// shared pages are divided among those that share them (PSS).
	Resident, Proportional int64
	// ProportionalUntold is true where the system does not tell Proportional, which is
	// 0 then.
	ProportionalUntold bool
}

// Mappings is a process's proportional set by kind of mapping, in bytes. Together
// they differ a little from Memory.Proportional: the kernel rounds each mapping down
// to KiB, and what is shared depends on who else runs at the moment of reading.
type Mappings struct {
	// Executable is mapped from the executable's file, Libraries from other files
	// of which some part is mapped executable.
	Executable, Libraries int64
	// Heap is what brk(2) gave.
	Heap int64
	// Anonymous has neither a file nor a name of the kernel's: what an allocator
	// took besides the heap, data that starts as zero, AddressSanitizer's own.
	Anonymous int64
	Stack     int64
	// Other is the rest: files without code, shared memory, the kernel's own.
	Other int64
}

// Usage is what a process has used since it was started, all its threads together.
type Usage struct {
	// MinorFaults needed no input or output, MajorFaults did.
	MinorFaults, MajorFaults int64
	// VoluntarySwitches: a thread waited; InvoluntarySwitches: it was made to.
	// Those of threads that have ended are not counted.
	VoluntarySwitches, InvoluntarySwitches int64
	// User and System are CPU time in units of the kernel's clock tick, 10 ms.
	User, System time.Duration
	// CPU is CPU time as the scheduler counts it, in ns.
	CPU time.Duration
	// Children is the CPU time of those processes that it started, and that these did,
	// which have ended and were waited for; in units of the clock tick.
	Children time.Duration
}

// mappedFile is what smaps tells of one file.
type mappedFile struct {
	code, executable bool // some part of it is mapped executable; it is the process's executable
	proportional     int64
}

// smapsReader adds up the lines of /proc/PID/smaps (proc_pid_smaps(5)).
type smapsReader struct {
	executable string // path of the executable as the kernel names it
	sizes      Mappings
	files      map[[3]uint64]*mappedFile // by device and inode
	into       *int64                    // where the current mapping's size belongs, nil once it is read
	mappings   int
}

// parseSmaps reads the text of /proc/PID/smaps; executable is the path that
// /proc/PID/exe leads to.
func parseSmaps(text io.Reader, executable string) (Mappings, error) {
	s := &smapsReader{executable: executable, files: map[[3]uint64]*mappedFile{}}
	lines := bufio.NewScanner(text)
	for number := 1; lines.Scan(); number++ {
		if err := s.line(lines.Text()); err != nil {
			return Mappings{}, fmt.Errorf("line %d of smaps: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return Mappings{}, err
	}
	return s.sum()
}

func (s *smapsReader) line(line string) error {
	name, value, _ := strings.Cut(line, " ")
	switch {
	case !strings.HasSuffix(name, ":"):
		return s.mapping(line)
	case name != "Pss:":
		return nil
	case s.into == nil:
		return errors.New("a size without its mapping")
	}
	size, err := parseKilobytes(value)
	*s.into += size
	s.into = nil
	return err
}

// mapping takes the first line of a mapping.
func (s *smapsReader) mapping(line string) error {
	if s.into != nil {
		return errors.New("the mapping before has no size")
	}
	m, err := parseMapping(line)
	if err != nil {
		return err
	}
	s.mappings++
	switch {
	case m.inode != 0:
		key := [3]uint64{m.major, m.minor, m.inode}
		if s.files[key] == nil {
			s.files[key] = &mappedFile{}
		}
		file := s.files[key]
		file.code = file.code || m.executable()
		file.executable = file.executable || m.path == s.executable
		s.into = &file.proportional
	case m.path == "[heap]":
		s.into = &s.sizes.Heap
	case m.path == "[stack]":
		s.into = &s.sizes.Stack
	case m.path == "" || strings.HasPrefix(m.path, "[anon:"):
		s.into = &s.sizes.Anonymous
	default:
		s.into = &s.sizes.Other
	}
	return nil
}

// sum knows only at the end which files have code.
func (s *smapsReader) sum() (Mappings, error) {
	switch {
	case s.mappings == 0:
		return Mappings{}, ErrGone // A zombie has no memory.
	case s.into != nil:
		return Mappings{}, errors.New("the last mapping of smaps has no size")
	}
	for _, file := range s.files {
		switch {
		case file.executable:
			s.sizes.Executable += file.proportional
		case file.code:
			s.sizes.Libraries += file.proportional
		default:
			s.sizes.Other += file.proportional
		}
	}
	return s.sizes, nil
}

// parseKilobytes reads "  123 kB" and gives bytes.
func parseKilobytes(text string) (int64, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 || fields[1] != "kB" {
		return 0, fmt.Errorf("%q is no size in kB", text)
	}
	const bits = 43 // 8 TiB, so that sums stay in range
	n, err := strconv.ParseUint(fields[0], 10, bits)
	return int64(n) << 10, err
}

// memoryOf reads the sizes of /proc/PID/smaps_rollup beside the peak of the status. A
// zombie has no peak (ErrGone).
func memoryOf(read status, rollup []byte) (memory Memory, err error) {
	if read.peakResident == 0 {
		return memory, ErrGone
	}
	memory.PeakResident = read.peakResident
	for _, figure := range []struct {
		name string
		into *int64
	}{{"Rss:", &memory.Resident}, {"Pss:", &memory.Proportional}} {
		if *figure.into, err = kilobytes(rollup, figure.name); err != nil {
			return Memory{}, err
		}
	}
	// The kernel keeps the peak from counters that lag some pages behind; the sizes now
	// are counted page by page.
	memory.PeakResident = max(memory.PeakResident, memory.Resident)
	return memory, nil
}

// kilobytes finds "Name:  123 kB" and gives bytes.
func kilobytes(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		if rest, found := strings.CutPrefix(string(line), name); found {
			return parseKilobytes(rest)
		}
	}
	return 0, fmt.Errorf("smaps_rollup has no line %s", name)
}

// ticksPerSecond is USER_HZ of Linux on amd64 and arm64.
const ticksPerSecond = 100

// parseStatUsage reads faults and CPU time from /proc/PID/stat, where they are
// those of all threads.
func parseStatUsage(text []byte) (Usage, error) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const first, last = 3, 17 // the fields of proc_pid_stat(5) that are here and needed
	if len(fields) < last-first+1 {
		return Usage{}, errors.New("read process state: the line is too short")
	}
	var u Usage
	var user, system, childrenUser, childrenSystem int64
	for _, number := range []struct {
		field int
		into  *int64
	}{{10, &u.MinorFaults}, {12, &u.MajorFaults}, {14, &user}, {15, &system}, {16, &childrenUser}, {17, &childrenSystem}} {
		n, err := strconv.ParseUint(fields[number.field-first], 10, 40)
		if err != nil {
			return Usage{}, fmt.Errorf("read process state: field %d: %w", number.field, err)
		}
		*number.into = int64(n)
	}
	const tick = time.Second / ticksPerSecond
	u.User, u.System = time.Duration(user)*tick, time.Duration(system)*tick
	u.Children = time.Duration(childrenUser+childrenSystem) * tick
	return u, nil
}

// addSwitches adds what /proc/PID/task/TID/status tells of one thread.
func (u *Usage) addSwitches(status []byte) error {
	missing := 2
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		into := map[string]*int64{
			"voluntary_ctxt_switches": &u.VoluntarySwitches, "nonvoluntary_ctxt_switches": &u.InvoluntarySwitches,
		}[name]
		if into == nil {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 40)
		if err != nil {
			return fmt.Errorf("read thread status: %s: %w", name, err)
		}
		*into += int64(n)
		missing--
	}
	if missing > 0 {
		return errors.New("read thread status: it does not count context switches")
	}
	return nil
}
