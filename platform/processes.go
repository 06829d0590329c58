package platform

import (
	"context"
	"fmt"
	"strings"
)

// Processes reads live processes of one host: this one (Here), or one that is reached by commands alone (ProcessesOf). What the host
// does not tell over commands is an error, or said to be untold; nothing stands for it.
type Processes interface {
	// Find finds the integration process itself, as FindProcess does: the started process, or the descendant of it, that executes
	// the file of that path.
	Find(ctx context.Context, startedPID int, executable string) (int, error)
	// Started is when a process was started, in units of its system: with the PID it names the process.
	Started(ctx context.Context, pid int) (uint64, error)
	// Memory, Mappings and Usage are as ReadMemory, ReadMappings and ReadUsage have them.
	Memory(ctx context.Context, pid int) (Memory, error)
	Mappings(ctx context.Context, pid int) (Mappings, error)
	Usage(ctx context.Context, pid int) (Usage, error)
	// CountTasks counts the processes and threads that a user has.
	CountTasks(ctx context.Context, uid int) (int64, error)
	// Host is what programs run on.
	Host(ctx context.Context) (Host, error)
	// Observer gives what live processes are compared with: a process that was started there to look at others.
	Observer(ctx context.Context) (*Observer, error)
	// Observe reads what a live process is, as Observe does.
	Observe(ctx context.Context, pid int) (*ProcessFacts, error)
	// ProcessMemory reads a global object of a live process, as ReadProcessMemory does.
	ProcessMemory(ctx context.Context, pid int, symbol string, size int) ([]byte, error)
}

// ProcessesOf asks a host for its system, and gives what reads that one's processes by the host's commands. hash has the host hash a
// file.
func ProcessesOf(ctx context.Context, run Commands, hash func(ctx context.Context, path string) ([32]byte, error)) (Processes, error) {
	said, err := run(ctx, []string{"/usr/bin/uname", "-s"})
	if err != nil {
		if said, err = run(ctx, []string{"/bin/uname", "-s"}); err != nil {
			return nil, fmt.Errorf("ask the host for its system: %w", err)
		}
	}
	switch system := strings.TrimSpace(string(said)); system {
	case "Linux":
		return Linux{run}, nil
	case "FreeBSD":
		return FreeBSD{run, hash}, nil
	default:
		return nil, fmt.Errorf("processes of %q cannot be read; Linux's and FreeBSD's can", system)
	}
}

// Here is this host, whose processes are read without any command's help where the system allows.
type Here struct{}

// Find is FindProcess.
func (Here) Find(ctx context.Context, startedPID int, executable string) (int, error) {
	identity, err := IdentityOf(executable)
	if err != nil {
		return 0, fmt.Errorf("find the integration process: %w", err)
	}
	return FindProcess(ctx, startedPID, identity)
}

// Started is StartedAt.
func (Here) Started(_ context.Context, pid int) (uint64, error) { return StartedAt(pid) }

// Memory is ReadMemory.
func (Here) Memory(_ context.Context, pid int) (Memory, error) { return ReadMemory(pid) }

// Mappings is ReadMappings.
func (Here) Mappings(_ context.Context, pid int) (Mappings, error) { return ReadMappings(pid) }

// Usage is ReadUsage.
func (Here) Usage(_ context.Context, pid int) (Usage, error) { return ReadUsage(pid) }

// CountTasks is CountTasks of this host.
func (Here) CountTasks(_ context.Context, uid int) (int64, error) { return CountTasks(uid) }

// Host is ReadHost.
func (Here) Host(context.Context) (Host, error) { return ReadHost() }

// Observer is ObserveSelf.
func (Here) Observer(context.Context) (*Observer, error) { return ObserveSelf() }

// Observe is Observe of this host.
func (Here) Observe(ctx context.Context, pid int) (*ProcessFacts, error) { return Observe(ctx, pid) }

// ProcessMemory is ReadProcessMemory.
func (Here) ProcessMemory(_ context.Context, pid int, symbol string, size int) ([]byte, error) {
	return ReadProcessMemory(pid, symbol, size)
}
