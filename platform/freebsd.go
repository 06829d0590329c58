package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/platform/procstat"
)

// Commands runs a command on a host, with the messages of the C locale, and gives
// what it wrote to standard output; anything but exit code 0 is an error.
type Commands func(ctx context.Context, argv []string) ([]byte, error)

// FreeBSD reads live processes of a host with FreeBSD or CheriBSD by its commands,
// as the functions of this package read those of a Linux host from /proc. The host
// need not be this one. Who may ask for a process is for the host to say: its user
// and root.
type FreeBSD struct {
	// Run runs a command on the host.
	Run Commands
	// Hash has the host hash a file, links followed; nil: its content comes here, and is hashed here.
	Hash func(ctx context.Context, path string) ([32]byte, error)
}

// ErrUntold is in the error for what FreeBSD does not tell.
var ErrUntold = errors.New("FreeBSD does not tell it")

// Memory reads how much memory a process has. The largest resident set is what the
// kernel noted now and then, so the resident set now counts too. Proportional sets
// cannot be told.
func (f FreeBSD) Memory(ctx context.Context, pid int) (Memory, error) {
	usage, err := f.usage(ctx, pid)
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, endedThere(err))
	}
	mapped, _, err := f.memoryMap(ctx, pid)
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, endedThere(err))
	}
	resident := mapped.Sizes("").Resident
	return Memory{PeakResident: max(usage.MaximumResident, resident), Resident: resident, ProportionalUntold: true}, nil
}

// Executable gives the path of the file that a process executes, "" while the kernel
// does not know it.
func (f FreeBSD) Executable(ctx context.Context, pid int) (string, error) {
	binary, err := askProcstat(ctx, f, pid, procstat.ParseBinary, "binary")
	if err != nil {
		return "", fmt.Errorf("read the executable of process %d: %w", pid, endedThere(err))
	}
	return binary.Path, nil
}

// Sizes reads a process's resident set by kind of mapping, and how much address
// space guards and quarantine have.
func (f FreeBSD) Sizes(ctx context.Context, pid int) (procstat.Sizes, error) {
	executable, err := f.Executable(ctx, pid)
	if err != nil {
		return procstat.Sizes{}, err
	}
	mapped, _, err := f.memoryMap(ctx, pid)
	if err != nil {
		return procstat.Sizes{}, fmt.Errorf("read mappings of process %d: %w", pid, endedThere(err))
	}
	return mapped.Sizes(executable), nil
}

// Usage reads what a process has used since it was started. User, System and CPU
// are to the µs. That of its children is not told.
func (f FreeBSD) Usage(ctx context.Context, pid int) (Usage, error) {
	u, err := f.usage(ctx, pid)
	if err != nil {
		return Usage{}, fmt.Errorf("read what process %d has used: %w", pid, endedThere(err))
	}
	return Usage{
		MinorFaults: u.Reclaims, MajorFaults: u.Faults, VoluntarySwitches: u.Voluntary, InvoluntarySwitches: u.Involuntary,
		User: u.User, System: u.System, CPU: u.User + u.System,
	}, nil
}

// C18N reads what the linker of a compartmentalised process counts.
func (f FreeBSD) C18N(ctx context.Context, pid int) (procstat.C18N, error) {
	counts, err := askProcstat(ctx, f, pid, procstat.ParseC18N, "c18n")
	if err != nil {
		return counts, fmt.Errorf("read compartments of process %d: %w", pid, endedThere(err))
	}
	return counts, nil
}

// Compartments lists the library compartments of a process; CheriBSD can tell from
// about 25.03 on.
func (f FreeBSD) Compartments(ctx context.Context, pid int) ([]procstat.Compartment, error) {
	text, err := f.Run(ctx, []string{"/usr/bin/procstat", "compartments", strconv.Itoa(pid)})
	if err != nil {
		return nil, fmt.Errorf("list compartments of process %d: %w", pid, err)
	}
	return procstat.ParseCompartments(text, pid)
}

// Control reads a control of a process, such as cherirevoke or cheric18n.
func (f FreeBSD) Control(ctx context.Context, pid int, mode string) (procstat.Control, error) {
	text, err := f.Run(ctx, []string{"/usr/bin/proccontrol", "-m", mode, "-q", "-p", strconv.Itoa(pid)})
	if err != nil {
		return procstat.Control{}, fmt.Errorf("read control %s of process %d: %w", mode, pid, err)
	}
	return procstat.ParseControl(text)
}

// Versions gives the releases that conditions of a profile compare, as the host's
// shell was built for them.
func (f FreeBSD) Versions(ctx context.Context) (map[string]string, error) {
	shell, err := f.Run(ctx, []string{"/bin/cat", "/bin/sh"})
	if err != nil {
		return nil, fmt.Errorf("read the host's release: %w", err)
	}
	headers, err := ParseELF(bytes.NewReader(shell))
	if err != nil {
		return nil, fmt.Errorf("read the host's release from /bin/sh: %w", err)
	}
	return headers.Versions(), nil
}

// Host reads what programs run on there.
func (f FreeBSD) Host(ctx context.Context) (Host, error) {
	model, err := f.Run(ctx, []string{"/sbin/sysctl", "-n", "hw.model", "hw.ncpu"})
	if err != nil {
		return Host{}, fmt.Errorf("read host: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(model)), "\n")
	if len(lines) != 2 {
		return Host{}, fmt.Errorf("read host: sysctl gave %d lines for hw.model and hw.ncpu", len(lines))
	}
	host := Host{CPUModel: lines[0]}
	if host.CPUCount, err = strconv.Atoi(lines[1]); err != nil || host.CPUCount < 1 {
		return Host{}, fmt.Errorf("read host: hw.ncpu is %q", lines[1])
	}
	system, err := f.Run(ctx, []string{"/usr/bin/uname", "-srvm"})
	if err != nil {
		return Host{}, fmt.Errorf("read host: %w", err)
	}
	host.OperatingSystem = strings.TrimSpace(string(system))
	return host, nil
}

// CountTasks counts the processes and threads that a user has there.
func (f FreeBSD) CountTasks(ctx context.Context, uid int) (int64, error) {
	text, err := f.Run(ctx, []string{"/bin/ps", "-axH", "-o", "ruid="})
	if err != nil {
		return 0, fmt.Errorf("count the processes of uid %d: %w", uid, err)
	}
	count := int64(0)
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == strconv.Itoa(uid) {
			count++
		}
	}
	return count, nil
}

// Address is where a symbol of the executable, of the given size, lies in a process's memory.
func (f FreeBSD) Address(ctx context.Context, pid int, symbol string, size int) (uint64, error) {
	executable, err := f.Executable(ctx, pid)
	if err != nil {
		return 0, err
	}
	if executable == "" {
		return 0, fmt.Errorf("the path of its executable: %w", ErrUntold)
	}
	content, err := f.Run(ctx, []string{"/bin/cat", "--", executable})
	if err != nil {
		return 0, err
	}
	headers, err := ParseELF(bytes.NewReader(content))
	if err != nil {
		return 0, fmt.Errorf("executable %s: %w", executable, err)
	}
	address, err := headers.symbolOfSize(symbol, size)
	if err != nil {
		return 0, err
	}
	if !headers.PositionIndependent {
		return address, nil
	}
	mapped, _, err := f.memoryMap(ctx, pid)
	if err != nil {
		return 0, err
	}
	for _, one := range mapped.Mappings {
		if one.Path == executable {
			return one.Start + address - headers.lowest()&^(procstat.PageSize-1), nil
		}
	}
	return 0, fmt.Errorf("where %s is loaded: %w", executable, ErrUntold)
}

// started is when a process started, in seconds since 1970.
func (f FreeBSD) started(ctx context.Context, pid int) (uint64, error) {
	text, err := f.Run(ctx, []string{"/usr/bin/env", "LC_ALL=C", "TZ=UTC0", "/bin/ps", "-o", "lstart=", "-p", strconv.Itoa(pid)})
	if err != nil {
		return 0, fmt.Errorf("%w, or cannot be asked for: %w", ErrGone, err) // ps fails for both
	}
	at, err := time.Parse(time.ANSIC, strings.TrimSpace(string(text)))
	if err != nil || at.Unix() < 0 {
		return 0, fmt.Errorf("read when it started: %q is no time", strings.TrimSpace(string(text)))
	}
	return uint64(at.Unix()), nil
}

// askProcstat runs procstat for a process and reads its JSON.
func askProcstat[T any](ctx context.Context, f FreeBSD, pid int, parse func([]byte, int) (T, error), command ...string) (T, error) {
	argv := append([]string{"/usr/bin/procstat", "--libxo", "json"}, command...)
	text, err := f.Run(ctx, append(argv, strconv.Itoa(pid)))
	if err != nil {
		var none T
		return none, err
	}
	return parse(text, pid)
}

func (f FreeBSD) usage(ctx context.Context, pid int) (procstat.Usage, error) {
	return askProcstat(ctx, f, pid, procstat.ParseUsage, "-r")
}

// memoryMap reads a process's map, and gives it as it was printed too.
func (f FreeBSD) memoryMap(ctx context.Context, pid int) (procstat.Map, []byte, error) {
	var printed []byte
	mapped, err := askProcstat(ctx, f, pid, func(text []byte, pid int) (procstat.Map, error) {
		printed = text
		if len(text) > 8*maximumMap { // its JSON is some times as long as Linux's text
			return procstat.Map{}, fmt.Errorf("its memory map has %d bytes; at most %d are read", len(text), 8*maximumMap)
		}
		return procstat.ParseMap(text, pid)
	}, "-v")
	if err == nil && len(mapped.Mappings) > maximumMappings {
		err = fmt.Errorf("it has %d mappings; at most %d are measured", len(mapped.Mappings), maximumMappings)
	}
	return mapped, printed, err
}

// sameMap tells whether two maps are the same but for what is resident.
func sameMap(a, b procstat.Map) bool {
	return slices.EqualFunc(a.Mappings, b.Mappings, func(x, y procstat.Mapping) bool {
		x.Resident, x.PrivateResident = y.Resident, y.PrivateResident
		return x == y
	})
}

// endedThere names the process's end as the rest of the package does.
func endedThere(err error) error {
	if errors.Is(err, procstat.ErrNoProcess) {
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return err
}
