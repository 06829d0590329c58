package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// commandTime bounds a command that reads; QEMU's Morello is slow.
const commandTime = 60 * time.Second

// here reads processes of this host.
func here() FreeBSD { return FreeBSD{Run: runHere} }

func runHere(ctx context.Context, argv []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	command.Env = []string{"LC_ALL=C"}
	printed, err := command.Output()
	if err == nil {
		return printed, nil
	}
	complaint := ""
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		complaint, _, _ = strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
	}
	return nil, fmt.Errorf("%s: %w %s", strings.Join(argv, " "), err, complaint)
}

// Observe reads what a live process is: FreeBSD.Observe says how, and what cannot
// be told.
func Observe(ctx context.Context, pid int) (*ProcessFacts, error) { return here().Observe(ctx, pid) }

// ObserveSelf gives what live processes are compared with. There are no namespaces
// and filters on FreeBSD.
func ObserveSelf() (*Observer, error) { return &Observer{}, nil }

// ReadMemory reads how much memory a live process has (FreeBSD.Memory).
func ReadMemory(pid int) (Memory, error) { return here().Memory(context.Background(), pid) }

// ReadMappings cannot be told on FreeBSD: procstat says how often an object is
// shared, not how its pages are divided. FreeBSD.Sizes has resident sets instead.
func ReadMappings(pid int) (Mappings, error) {
	return Mappings{}, fmt.Errorf("read proportional sets of process %d: %w", pid, ErrUntold)
}

// ReadUsage reads what a live process has used (FreeBSD.Usage).
func ReadUsage(pid int) (Usage, error) { return here().Usage(context.Background(), pid) }

// FindProcess finds the integration process itself: the started process, once it
// executes the given file. On FreeBSD every wrapper of a profile must execute the
// next, none may fork. The error wraps ErrGone if the started process ends.
func FindProcess(ctx context.Context, startedPID int, executable Identity) (int, error) {
	const shortest, longest = 5 * time.Millisecond, 100 * time.Millisecond
	timer := time.NewTimer(0)
	defer timer.Stop()
	for wait := shortest; ; wait = min(2*wait, longest) {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("find the integration process, process %d: %w", startedPID, ctx.Err())
		case <-timer.C:
		}
		path, err := here().Executable(ctx, startedPID)
		if err != nil {
			return 0, fmt.Errorf("find the integration process, process %d: %w", startedPID, err)
		}
		if identity, err := IdentityOf(path); err == nil && identity == executable {
			return startedPID, nil
		}
		timer.Reset(wait)
	}
}

// IdentityOf names a file by device and inode.
func IdentityOf(path string) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return Identity{uint64(stat.Dev), stat.Ino}, nil
}

// StartedAt is when a live process was started, in seconds since 1970.
func StartedAt(pid int) (uint64, error) { return here().started(context.Background(), pid) }

// ReadHost reads what programs run on here.
func ReadHost() (Host, error) { return here().Host(context.Background()) }

// CountTasks counts the processes and threads that a user has on this host.
func CountTasks(uid int) (int64, error) { return here().CountTasks(context.Background(), uid) }
