package platform

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Linux reads live processes of a host with Linux by small scripts of its shell, as the functions of this package read those of this
// host from /proc. It takes the same rights there. The scripts need a POSIX shell, od, dd, readlink, stat -c, sha256sum and grep -a, as
// GNU and busybox have them.
type Linux struct {
	// Run runs a command on the host.
	Run Commands
}

// scriptPath is where scripts find their programs.
const scriptPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH\n"

// script has the host's shell carry out a script. What the shell or a program says of a process that has ended, or may not be
// read, is in the error as ErrGone and fs.ErrPermission.
func (l Linux) script(ctx context.Context, script string, args ...string) ([]byte, error) {
	said, err := l.Run(ctx, append([]string{"/bin/sh", "-c", scriptPath + script, "sh"}, args...))
	if err != nil {
		return nil, namedFault(err.Error(), err)
	}
	return said, nil
}

// namedFault finds in a program's complaint whether the process has ended or must not be read.
func namedFault(complaint string, err error) error {
	switch {
	case strings.Contains(complaint, "Permission denied"), strings.Contains(complaint, "Operation not permitted"):
		return fmt.Errorf("%w: %w", fs.ErrPermission, err)
	case strings.Contains(complaint, "No such process"), strings.Contains(complaint, "/proc/") && strings.Contains(complaint, "No such file"):
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return err
}

// readFiles prints files that may hold anything, each at most so long: hexadecimal digits, or what od complains of.
const readFiles = `most=$1; shift
for f; do
	echo file
	if od -An -v -t x1 -N "$most" "$f" 2>&1; then echo whole; else echo torn; fi
done`

// read reads files whose length the process decides, all by one command.
func (l Linux) read(ctx context.Context, most int64, files ...string) ([][]byte, error) {
	said, err := l.script(ctx, readFiles, append([]string{strconv.FormatInt(most+1, 10)}, files...)...)
	if err != nil {
		return nil, err
	}
	var contents [][]byte
	var content []byte
	var complaint string
	for line := range strings.Lines(string(said)) {
		line = strings.TrimSpace(line)
		switch line {
		case "file":
			content, complaint = nil, ""
		case "torn":
			err := fmt.Errorf("read %s: %s", files[min(len(contents), len(files)-1)], complaint)
			return nil, namedFault(complaint, err)
		case "whole":
			contents = append(contents, content)
		default:
			digits, err := hex.DecodeString(strings.ReplaceAll(line, " ", ""))
			if err != nil {
				complaint = line
			}
			content = append(content, digits...)
		}
	}
	if len(contents) != len(files) {
		return nil, fmt.Errorf("%d files were read of %d", len(contents), len(files))
	}
	for i, content := range contents {
		if int64(len(content)) > most {
			return nil, fmt.Errorf("its %s is longer than %d bytes", path.Base(files[i]), most)
		}
	}
	return contents, nil
}

// procFiles names files of a process.
func procFiles(pid int, names ...string) []string {
	files := make([]string, len(names))
	for i, name := range names {
		files[i] = procPath(pid, name)
	}
	return files
}

// findBelow prints the PID of the nearest process below one that executes a file, "gone" where that one has ended, or nothing.
const findBelow = `want=$(stat -L -c '%d %i' "$2") || exit
first=$1
set -- "$1"
while [ $# -gt 0 ]; do
	p=$1; shift
	if [ "$(stat -L -c '%d %i' "/proc/$p/exe" 2>/dev/null)" = "$want" ]; then echo "$p"; exit; fi
	set -- "$@" $(cat "/proc/$p"/task/*/children 2>/dev/null)
done
case $(sed -n '$s/.*) //p' "/proc/$first/stat" 2>/dev/null) in '' | [ZX]*) echo gone ;; esac`

// Find finds the integration process, as FindProcess does. It asks again until the process is there.
func (l Linux) Find(ctx context.Context, startedPID int, executable string) (int, error) {
	return findAgain(ctx, startedPID, func() (int, error) {
		said, err := l.script(ctx, findBelow, strconv.Itoa(startedPID), executable)
		switch answer := strings.TrimSpace(string(said)); {
		case err != nil || answer == "":
			return 0, err
		case answer == "gone":
			return 0, ErrGone
		default:
			return strconv.Atoi(answer)
		}
	})
}

// findAgain looks for a process until it is there: found is 0 as long as it is not.
func findAgain(ctx context.Context, startedPID int, look func() (found int, err error)) (int, error) {
	const shortest, longest = 5 * time.Millisecond, 200 * time.Millisecond
	timer := time.NewTimer(0)
	defer timer.Stop()
	for wait := shortest; ; wait = min(2*wait, longest) {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("find the integration process below process %d: %w", startedPID, ctx.Err())
		case <-timer.C:
		}
		found, err := look()
		if err != nil {
			return 0, fmt.Errorf("find the integration process below process %d: %w", startedPID, err)
		}
		if found != 0 {
			return found, nil
		}
		timer.Reset(wait)
	}
}

// Started is when a process was started, in clock ticks since boot.
func (l Linux) Started(ctx context.Context, pid int) (uint64, error) {
	texts, err := l.read(ctx, maximumMap, procFiles(pid, "stat")...)
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", pid, err)
	}
	state, _, ticks, err := parseStat(texts[0])
	if err == nil && (state == 'Z' || state == 'X') {
		err = ErrGone
	}
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", pid, err)
	}
	return ticks, nil
}

// Memory reads how much memory a process has, as ReadMemory does.
func (l Linux) Memory(ctx context.Context, pid int) (Memory, error) {
	texts, err := l.read(ctx, maximumMap, procFiles(pid, "status", "smaps_rollup")...)
	if err == nil {
		var read status
		if read, err = parseStatus(texts[0]); err == nil {
			memory, failed := memoryOf(read, texts[1])
			if failed == nil {
				return memory, nil
			}
			err = failed
		}
	}
	return Memory{}, fmt.Errorf("read memory of process %d: %w", pid, err)
}

// maximumSmaps is the longest text of smaps that is read over commands, in bytes: some 20 lines for each mapping.
const maximumSmaps = 16 << 20

// Mappings reads a process's proportional set by kind of mapping, as ReadMappings does.
func (l Linux) Mappings(ctx context.Context, pid int) (Mappings, error) {
	executable, err := l.script(ctx, `readlink -v "$1"`, procPath(pid, "exe"))
	if err == nil {
		var texts [][]byte
		if texts, err = l.read(ctx, maximumSmaps, procFiles(pid, "smaps")...); err == nil {
			var mappings Mappings
			if mappings, err = parseSmaps(bytes.NewReader(texts[0]), strings.TrimSuffix(string(executable), "\n")); err == nil {
				return mappings, nil
			}
		}
	}
	return Mappings{}, fmt.Errorf("read mappings of process %d: %w", pid, err)
}

// Usage reads what a process has used, as ReadUsage does, but for CPU: that of threads that have ended is not in it.
func (l Linux) Usage(ctx context.Context, pid int) (Usage, error) {
	usage, err := l.usage(ctx, pid)
	if err != nil {
		return Usage{}, fmt.Errorf("read what process %d has used: %w", pid, err)
	}
	return usage, nil
}

func (l Linux) usage(ctx context.Context, pid int) (Usage, error) {
	said, err := l.script(ctx, `ls "$1"`, procPath(pid, "task"))
	if err != nil {
		return Usage{}, err
	}
	names := []string{"stat"}
	for _, thread := range strings.Fields(string(said)) {
		names = append(names, "task/"+thread+"/status", "task/"+thread+"/schedstat")
	}
	texts, err := l.read(ctx, maximumMap, procFiles(pid, names...)...)
	if err != nil {
		return Usage{}, err
	}
	if state, _, _, err := parseStat(texts[0]); err != nil || state == 'Z' || state == 'X' {
		return Usage{}, errors.Join(err, ErrGone)
	}
	usage, err := parseStatUsage(texts[0])
	if err != nil {
		return Usage{}, err
	}
	for thread := range slices.Chunk(texts[1:], 2) {
		if err := usage.addSwitches(thread[0]); err != nil {
			return Usage{}, err
		}
		spent, _, _ := strings.Cut(string(thread[1]), " ") // sched-stats.rst: on the CPU, in ns
		nanoseconds, err := strconv.ParseUint(spent, 10, 62)
		if err != nil {
			return Usage{}, fmt.Errorf("read thread's time: %w", err)
		}
		usage.CPU += time.Duration(nanoseconds)
	}
	return usage, nil
}

// CountTasks counts the processes and threads that a user has there.
func (l Linux) CountTasks(ctx context.Context, uid int) (int64, error) {
	// One that ends meanwhile does not count.
	said, err := l.script(ctx, `cat /proc/[0-9]*/status 2>/dev/null; :`)
	if err != nil {
		return 0, fmt.Errorf("count the processes of uid %d: %w", uid, err)
	}
	return countTasks(string(said), uid)
}

// countTasks adds up the threads of a user in the status of many processes, one after another.
func countTasks(statuses string, uid int) (count int64, err error) {
	seen, theirs := false, false
	for line := range strings.Lines(statuses) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		switch {
		case len(fields) == 0:
		case name == "Uid":
			seen, theirs = true, fields[0] == strconv.Itoa(uid)
		case name == "Threads" && theirs:
			n, err := strconv.ParseInt(fields[0], 10, 32)
			if err != nil {
				return 0, fmt.Errorf("count the processes of uid %d: %w", uid, err)
			}
			count, theirs = count+n, false
		}
	}
	if !seen {
		return 0, fmt.Errorf("count the processes of uid %d: /proc tells of no process", uid)
	}
	return count, nil
}

// Host reads what programs run on there.
func (l Linux) Host(ctx context.Context) (Host, error) {
	texts, err := l.read(ctx, maximumMap, "/proc/cpuinfo")
	if err != nil {
		return Host{}, fmt.Errorf("read host: %w", err)
	}
	host := parseCPU(texts[0])
	if host.CPUCount == 0 {
		return Host{}, errors.New("read host: /proc/cpuinfo names no processor")
	}
	system, err := l.script(ctx, "uname -srvm")
	if err != nil {
		return Host{}, fmt.Errorf("read host: %w", err)
	}
	host.OperatingSystem = strings.TrimSpace(string(system))
	return host, nil
}
