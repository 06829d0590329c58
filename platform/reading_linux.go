package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// ReadMemory reads how much memory a live process has: what the kernel counts
// for this process alone, whatever size its parent or the reader has. Read it
// while the process waits; a zombie has nothing left to read (ErrGone).
func ReadMemory(pid int) (Memory, error) {
	read, err := readStatus(pid)
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, gone(err))
	}
	rollup, err := os.ReadFile(procPath(pid, "smaps_rollup"))
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, gone(err))
	}
	memory, err := memoryOf(read, rollup)
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, err)
	}
	return memory, nil
}

// ReadMappings reads a live process's proportional set by kind of mapping. Like
// ReadMemory, it takes the right to trace the process (PTRACE_MODE_READ) and finds
// nothing left in a zombie (ErrGone). The process can have it take long, by having
// many mappings, but not take memory: end the process to end the reading.
func ReadMappings(pid int) (Mappings, error) {
	mappings, err := readMappings(pid)
	if err != nil {
		return Mappings{}, fmt.Errorf("read mappings of process %d: %w", pid, gone(err))
	}
	return mappings, nil
}

func readMappings(pid int) (Mappings, error) {
	executable, err := os.Readlink(procPath(pid, "exe"))
	if err != nil {
		return Mappings{}, err
	}
	smaps, err := os.Open(procPath(pid, "smaps"))
	if err != nil {
		return Mappings{}, err
	}
	defer smaps.Close()
	return parseSmaps(smaps, executable)
}

// ReadUsage reads what a live process has used since it was started. Everybody may
// read it of every process. A zombie's is not read (ErrGone).
func ReadUsage(pid int) (Usage, error) {
	usage, err := readUsage(pid)
	if err != nil {
		return Usage{}, fmt.Errorf("read what process %d has used: %w", pid, gone(err))
	}
	return usage, nil
}

func readUsage(pid int) (Usage, error) {
	stat, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return Usage{}, err
	}
	state, _, _, err := parseStat(stat)
	if err != nil {
		return Usage{}, err
	}
	if state == 'Z' || state == 'X' {
		return Usage{}, ErrGone
	}
	usage, err := parseStatUsage(stat)
	if err != nil {
		return Usage{}, err
	}
	if usage.CPU, err = cpuTime(pid); err != nil {
		return Usage{}, err
	}
	return usage, usage.readSwitches(pid)
}

// ReadProcessors reads what all processors of this host together did since it was started.
func ReadProcessors() (Processors, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Processors{}, fmt.Errorf("read what the processors did: %w", err)
	}
	return parseProcessors(text)
}

// readSwitches adds up the threads: each has a count of its own.
func (u *Usage) readSwitches(pid int) error {
	threads, err := filepath.Glob(procPath(pid, "task/[0-9]*"))
	if err != nil {
		return err
	}
	counted := 0
	for _, thread := range threads {
		status, err := os.ReadFile(filepath.Join(thread, "status"))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // It has ended meanwhile.
		}
		if err == nil {
			err = u.addSwitches(status)
		}
		if err != nil {
			return err
		}
		counted++
	}
	if counted == 0 {
		return ErrGone
	}
	return nil
}

// cpuTime reads the CPU-time clock of a process, to the nanosecond and with its
// ended threads (clock_getcpuclockid(3)).
func cpuTime(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of the kernel's posix-timers.h
	var spent unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &spent); err != nil {
		if errors.Is(err, unix.EINVAL) {
			return 0, ErrGone
		}
		return 0, fmt.Errorf("read its CPU-time clock: %w", err)
	}
	return time.Duration(spent.Nano()), nil
}
