package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// RemoveStaleCgroups ends and removes what makers of cgroups left behind that
// have ended without removing them, killed themselves perhaps. It gives how many
// there were; 0 where cgroups cannot be used.
func RemoveStaleCgroups(ctx context.Context) (int, error) {
	base, err := cgroupBase()
	if errors.Is(err, ErrNoCgroup) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("remove stale cgroups: %w", err)
	}
	stale := map[string]bool{}
	for _, folder := range []string{base.memory, base.pids} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return 0, fmt.Errorf("remove stale cgroups: %w", err)
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), cgroupPrefix) && !makerLives(entry.Name()) {
				stale[entry.Name()] = true
			}
		}
	}
	for name := range stale {
		c := &Cgroup{base.version, filepath.Join(base.memory, name), filepath.Join(base.pids, name)}
		for _, folder := range c.Folders() { // One of two may be gone already.
			if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
				return 0, fmt.Errorf("remove stale cgroups: %w", err)
			}
		}
		if err := c.Remove(ctx); err != nil {
			return 0, fmt.Errorf("remove stale cgroups: %w", err)
		}
	}
	return len(stale), nil
}

// makerLives tells whether the process that made a cgroup still runs. What does
// not look like one of ours is left alone, and so is what was made in another PID
// namespace: who lives there cannot be seen.
func makerLives(folder string) bool {
	fields := strings.SplitN(strings.TrimPrefix(folder, cgroupPrefix), "-", 4)
	if len(fields) != 4 {
		return true
	}
	namespace, err := IdentityOf("/proc/self/ns/pid")
	if err != nil || strconv.FormatUint(namespace.Inode, 10) != fields[0] {
		return true
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		return true
	}
	state, _, ticks, err := readStat(pid)
	return err == nil && state != 'Z' && strconv.FormatUint(ticks, 10) == fields[2]
}

// cgroupBase finds below which folders this process can make cgroups.
func cgroupBase() (*Cgroup, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: it takes root", ErrNoCgroup)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	return findCgroupBase(string(mounts), string(own))
}

// findCgroupBase reads proc_pid_mountinfo(5) and cgroups(7), /proc/PID/cgroup.
func findCgroupBase(mounts, own string) (*Cgroup, error) {
	v1 := map[string]string{}
	var v2 string
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		place, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(place) < 6 || len(kind) < 3 {
			continue
		}
		root, point := place[3], place[4]
		switch kind[0] {
		case "cgroup2":
			v2 = below(point, root, ownCgroup(own, ""))
		case "cgroup":
			for _, controller := range strings.Split(kind[2], ",") {
				v1[controller] = below(point, root, ownCgroup(own, controller))
			}
		}
	}
	if v1["memory"] != "" && v1["pids"] != "" {
		return &Cgroup{1, v1["memory"], v1["pids"]}, nil
	}
	if v2 != "" {
		if folder, ok := delegating(v2); ok {
			return &Cgroup{2, folder, folder}, nil
		}
	}
	return nil, fmt.Errorf("%w: no hierarchy limits both memory and processes", ErrNoCgroup)
}

// ownCgroup gives this process's path in a hierarchy: of a v1 controller, or of v2
// for "".
func ownCgroup(own, controller string) string {
	for line := range strings.Lines(own) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		for _, name := range strings.Split(fields[1], ",") {
			if name == controller {
				return fields[2]
			}
		}
	}
	return "/"
}

// below joins a mount point and a cgroup's path, as far as the mount shows it.
func below(point, root, path string) string {
	relative, err := filepath.Rel(root, path)
	if err != nil || relative == ".." || strings.HasPrefix(relative, "../") {
		return point
	}
	return filepath.Join(point, relative)
}

// delegating finds the nearest folder, from folder upwards, whose children have
// the controllers. A v2 cgroup that has processes of its own, such as this
// process's, gives none to its children.
func delegating(folder string) (string, bool) {
	for ; ; folder = filepath.Dir(folder) {
		text, err := os.ReadFile(filepath.Join(folder, "cgroup.subtree_control"))
		if err != nil {
			return "", false
		}
		given := " " + strings.TrimSpace(string(text)) + " "
		if strings.Contains(given, " memory ") && strings.Contains(given, " pids ") {
			return folder, true
		}
	}
}
