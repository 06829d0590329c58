package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNoCgroup is in the error where cgroups cannot be used: not root, or none
// that limits memory and processes can be written. A program can then be
// launched without, under weaker limits.
var ErrNoCgroup = errors.New("no usable cgroup")

// Cgroup holds the processes of one run, those that left their session or lost
// their parent too. Either one folder of cgroup v2, or one each of v1's memory and
// pids.
type Cgroup struct {
	version      int
	memory, pids string
}

// cgroupPrefix starts the name of every folder made here. Its maker follows: the
// identifier of its PID namespace, its PID there, and its start time.
const cgroupPrefix = "eaibench-"

// maker names this process as the maker of cgroups.
func maker() (string, error) {
	namespace, err := IdentityOf("/proc/self/ns/pid")
	if err != nil {
		return "", err
	}
	_, _, ticks, err := readStat(os.Getpid())
	return fmt.Sprintf("%d-%d-%d", namespace.Inode, os.Getpid(), ticks), err
}

// CreateCgroup makes a cgroup with limits. The name is for people; it must be a
// file name, and unique among the caller's living cgroups. The error wraps
// ErrNoCgroup where there can be none.
func CreateCgroup(name string, limits CgroupLimits) (*Cgroup, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("create cgroup: %q is not a file name", name)
	}
	base, err := cgroupBase()
	if err != nil {
		return nil, fmt.Errorf("create cgroup: %w", err)
	}
	maker, err := maker()
	if err != nil {
		return nil, fmt.Errorf("create cgroup: %w", err)
	}
	folder := cgroupPrefix + maker + "-" + name
	c := &Cgroup{base.version, filepath.Join(base.memory, folder), filepath.Join(base.pids, folder)}
	for i, folder := range c.Folders() {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("create cgroup: %w (%w)", ErrNoCgroup, err), removeFolders(c.Folders()[:i]))
		}
	}
	if err := c.limit(limits); err != nil {
		return nil, errors.Join(fmt.Errorf("create cgroup: %w (%w)", ErrNoCgroup, err), removeFolders(c.Folders()))
	}
	return c, nil
}

// Folders are what a process has to join, by writing 0 to each one's
// cgroup.procs.
func (c *Cgroup) Folders() []string {
	if c.memory == c.pids {
		return []string{c.memory}
	}
	return []string{c.memory, c.pids}
}

func (c *Cgroup) limit(limits CgroupLimits) error {
	memory := strconv.FormatInt(limits.MemoryBytes, 10)
	if err := write(c.pids, "pids.max", strconv.FormatInt(limits.Processes, 10)); err != nil {
		return err
	}
	if c.version == 2 {
		if err := write(c.memory, "memory.max", memory); err != nil {
			return err
		}
		// Kernels without swap accounting lack these files.
		return errors.Join(ifThere(write(c.memory, "memory.swap.max", "0")), ifThere(write(c.memory, "memory.oom.group", "1")))
	}
	if err := write(c.memory, "memory.limit_in_bytes", memory); err != nil {
		return err
	}
	return ifThere(write(c.memory, "memory.memsw.limit_in_bytes", memory))
}

// Usage reads what the processes took so far; also after their end.
func (c *Cgroup) Usage() (CgroupUsage, error) {
	peak, refused, refusedKey, events := "memory.max_usage_in_bytes", "memory.failcnt", "", "memory.oom_control"
	if c.version == 2 {
		peak, refused, refusedKey, events = "memory.peak", "memory.events", "max", "memory.events"
	}
	var usage CgroupUsage
	var failed error
	for _, figure := range []struct {
		folder, file, key string
		into              *int64
	}{
		{c.memory, peak, "", &usage.PeakBytes},
		{c.memory, refused, refusedKey, &usage.MemoryRefused},
		{c.memory, events, "oom_kill", &usage.OutOfMemory},
		{c.pids, "pids.events", "max", &usage.ProcessesRefused},
	} {
		var err error
		*figure.into, err = readFigure(filepath.Join(figure.folder, figure.file), figure.key)
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return CgroupUsage{}, fmt.Errorf("read cgroup %s: %w", c.memory, failed)
	}
	return usage, nil
}

// readFigure reads a number: the file's only one, or the one behind a key.
func readFigure(path, key string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case key == "" && len(fields) == 1:
			return strconv.ParseInt(fields[0], 10, 64)
		case key != "" && len(fields) == 2 && fields[0] == key:
			return strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no figure %s", path, key)
}

// Kill ends every process of the cgroup and waits until none is left. No process
// can be started in it any more.
func (c *Cgroup) Kill(ctx context.Context) error {
	if err := write(c.pids, "pids.max", "0"); err != nil {
		return fmt.Errorf("kill cgroup: %w", err)
	}
	for {
		left, err := c.signal()
		if err != nil {
			return fmt.Errorf("kill cgroup: %w", err)
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("kill cgroup %s: processes are left: %w", c.pids, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// signal sends SIGKILL to every process of the cgroup, and counts them. A process
// is held by a descriptor and looked up again before it is signalled, so that
// none is hit that has only taken over a PID.
func (c *Cgroup) signal() (int, error) {
	held := map[int]int{}
	defer func() {
		for _, descriptor := range held {
			unix.Close(descriptor)
		}
	}()
	before, err := c.processes()
	if err != nil {
		return 0, err
	}
	for pid := range before {
		if descriptor, err := unix.PidfdOpen(pid, 0); err == nil {
			held[pid] = descriptor
		}
	}
	after, err := c.processes()
	if err != nil {
		return 0, err
	}
	for pid, descriptor := range held {
		if !after[pid] {
			continue
		}
		if err := unix.PidfdSendSignal(descriptor, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return 0, fmt.Errorf("kill process %d: %w", pid, err)
		}
	}
	return len(after), nil
}

// processes gives the PIDs in any of the folders.
func (c *Cgroup) processes() (map[int]bool, error) {
	pids := map[int]bool{}
	for _, folder := range c.Folders() {
		text, err := os.ReadFile(filepath.Join(folder, "cgroup.procs"))
		if err != nil {
			return nil, err
		}
		for _, field := range strings.Fields(string(text)) {
			// 0 is a process of another PID namespace: it cannot be named here.
			if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
				pids[pid] = true
			}
		}
	}
	return pids, nil
}

// Remove ends what is left in the cgroup and removes it.
func (c *Cgroup) Remove(ctx context.Context) error {
	if err := c.Kill(ctx); err != nil {
		return err
	}
	// The kernel lets go of a folder a little after its last process.
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove cgroup: %w", errors.Join(ctx.Err(), removeFolders(c.Folders())))
		case <-timer.C:
		}
		if err := removeFolders(c.Folders()); !errors.Is(err, unix.EBUSY) {
			return err
		}
		timer.Reset(time.Millisecond)
	}
}

func removeFolders(folders []string) error {
	var failed error
	for _, folder := range folders {
		if err := unix.Rmdir(folder); err != nil && !errors.Is(err, unix.ENOENT) {
			failed = errors.Join(failed, fmt.Errorf("remove cgroup %s: %w", folder, err))
		}
	}
	return failed
}

// write writes to a file of a cgroup; the kernel has made it.
func write(folder, name, text string) error {
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func ifThere(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
