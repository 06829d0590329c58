package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Observe reads what a live process is. It must wait meanwhile: if it is another
// process at the end, or has another memory map, the error wraps ErrChanged. To
// read a process of another user takes root's rights, or those of a process that
// may trace it (ptrace(2), PTRACE_MODE_READ). The content of every file that is
// mapped executable is hashed each time: a cache by name, size and times would
// believe whoever can write to the file. A process with more to read than an
// honest one could have is an error that says what is too large, as is one that is
// not read when ctx ends.
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
	if facts.MemoryMap, err = readBounded(ctx, pid, "maps", maximumMap); err != nil {
		return nil, err
	}
	if len(facts.MemoryMap) == 0 {
		return nil, ErrGone // A zombie has no memory.
	}
	if err := facts.readStatus(pid); err != nil {
		return nil, err
	}
	environment, err := readBounded(ctx, pid, "environ", maximumEnvironment)
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
	return facts, facts.unchanged(ctx)
}

func (f *ProcessFacts) readStatus(pid int) error {
	read, err := readStatus(pid)
	if err != nil {
		return err
	}
	f.takeStatus(read)
	return nil
}

// unchanged looks again at what must not have changed.
func (f *ProcessFacts) unchanged(ctx context.Context) error {
	_, _, ticks, err := readStat(f.PID)
	if err != nil {
		return err
	}
	again, err := readBounded(ctx, f.PID, "maps", maximumMap)
	if err != nil {
		return err
	}
	after, err := readStatus(f.PID)
	if err != nil {
		return err
	}
	return f.sameAs(ticks, again, after)
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

// IdentityOf names a file by device and inode.
func IdentityOf(path string) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return Identity{uint64(stat.Dev), stat.Ino}, nil
}

// readBounded reads a file of /proc/PID whose length the process decides.
func readBounded(ctx context.Context, pid int, name string, most int64) ([]byte, error) {
	file, err := os.Open(procPath(pid, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(&untilDone{ctx, file}, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("its /proc/PID/%s is longer than %d bytes", name, most)
	}
	return content, err
}

// untilDone reads until ctx ends.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(p)
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

// StartedAt is when a live process was started, in clock ticks since boot.
func StartedAt(pid int) (uint64, error) {
	_, _, ticks, err := readStat(pid)
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", pid, gone(err))
	}
	return ticks, nil
}

// gone names the process's end, which the kernel tells in several ways.
func gone(err error) error {
	var path *os.PathError
	if errors.Is(err, syscall.ESRCH) || (errors.As(err, &path) && errors.Is(path.Err, syscall.ENOENT) && strings.HasPrefix(path.Path, "/proc/")) {
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return err
}
