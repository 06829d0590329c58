package platform

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Find finds the integration process: the started process, once it executes the file of that path. Every wrapper of a profile must
// execute the next there, none may fork.
func (f FreeBSD) Find(ctx context.Context, startedPID int, executable string) (int, error) {
	return findAgain(ctx, startedPID, func() (int, error) {
		at, err := f.Executable(ctx, startedPID)
		if err != nil || at == "" {
			return 0, err
		}
		if at == executable {
			return startedPID, nil
		}
		// The kernel has followed every link.
		said, err := f.Run(ctx, []string{"/usr/bin/stat", "-L", "-f", "%d %i", "--", at, executable})
		if err != nil {
			return 0, err
		}
		if first, second, _ := strings.Cut(strings.TrimSpace(string(said)), "\n"); first == second {
			return startedPID, nil
		}
		return 0, nil
	})
}

// Started is when a process was started, in seconds since 1970.
func (f FreeBSD) Started(ctx context.Context, pid int) (uint64, error) { return f.started(ctx, pid) }

// Mappings cannot be told: procstat says how often an object is shared, not how its pages are divided. Sizes has resident sets instead.
func (f FreeBSD) Mappings(_ context.Context, pid int) (Mappings, error) {
	return Mappings{}, fmt.Errorf("read proportional sets of process %d: %w", pid, ErrUntold)
}

// Observer has nothing to compare with: there are no namespaces and filters.
func (f FreeBSD) Observer(context.Context) (*Observer, error) { return &Observer{}, nil }

// readMemoryThere prints so many bytes of a process's memory from an address on. No command of FreeBSD's shows another process's memory;
// procfs(5) does.
const readMemoryThere = `f=/proc/$1/mem
[ -e "$f" ] || { echo "its memory can be read through procfs alone: mount -t procfs proc /proc" >&2; exit 1; }
exec 3<"$f"
dd bs=1 skip="$2" count="$3" <&3 2>/dev/null | od -An -v -t x1`

// ProcessMemory reads a global object of a live process through procfs(5), which must be mounted at /proc. Who may debug the process
// may read it.
func (f FreeBSD) ProcessMemory(ctx context.Context, pid int, symbol string, size int) ([]byte, error) {
	content, err := f.processMemory(ctx, pid, symbol, size)
	if err != nil {
		return nil, fmt.Errorf("read %s from the memory of process %d: %w", symbol, pid, err)
	}
	return content, nil
}

func (f FreeBSD) processMemory(ctx context.Context, pid int, symbol string, size int) ([]byte, error) {
	before, err := f.started(ctx, pid)
	if err != nil {
		return nil, err
	}
	address, err := f.Address(ctx, pid, symbol, size)
	if err != nil {
		return nil, err
	}
	said, err := f.Run(ctx, []string{"/bin/sh", "-c", readMemoryThere, "sh", strconv.Itoa(pid), strconv.FormatUint(address, 10), strconv.Itoa(size)})
	if err != nil {
		return nil, namedFault(err.Error(), err)
	}
	content, err := parseDump(said, size)
	if err != nil {
		return nil, err
	}
	after, err := f.started(ctx, pid)
	if err == nil && before != after {
		err = ErrChanged
	}
	return content, err
}
