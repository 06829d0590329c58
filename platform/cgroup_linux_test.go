package platform

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// join starts a program in a cgroup.
func join(t *testing.T, c *Cgroup, script string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), "/bin/sh", append([]string{
		"-c",
		`for c; do echo 0 >"$c/cgroup.procs" || exit 125; done; ` + script, "sh",
	}, c.Folders()...)...)
	ready, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := ready.Read(make([]byte, 1)); n != 1 {
		t.Fatalf("it did not start: %v, %v", err, command.Wait())
	}
	return command
}

func TestCgroup(t *testing.T) {
	limits := CgroupLimits{MemoryBytes: 64 << 20, Processes: 16}
	c, err := CreateCgroup("one", limits)
	if os.Getuid() != 0 {
		if !errors.Is(err, ErrNoCgroup) {
			t.Errorf("without root: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CreateCgroup("one", limits); err == nil {
		t.Error("two cgroups have the same name")
	}
	// The last is no shell: one that lives to see its child killed, or a fork refused, ends by itself.
	command := join(t, c, "(setsid sleep 1000 & sleep 1000 & ); echo; exec sleep 1000")
	if pids, err := c.processes(); err != nil || len(pids) < 3 {
		t.Errorf("it holds %v, %v", pids, err)
	}
	if err := c.Remove(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("its process: %v", err)
	}
	for _, folder := range c.Folders() {
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", folder, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", ".hidden"} {
		if _, err := CreateCgroup(name, limits); err == nil {
			t.Errorf("%q was taken for a name", name)
		}
	}
}

func TestCgroupLeftBehind(t *testing.T) {
	if os.Getuid() != 0 {
		return // There are none without root.
	}
	own, err := CreateCgroup("living", CgroupLimits{MemoryBytes: 64 << 20, Processes: 16})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.Remove(soon(t)); err != nil {
			t.Error(err)
		}
	}()
	// As if made by a process of another start time, so by one that has ended.
	old := *own
	fields := strings.Split(filepath.Base(own.memory), "-")
	fields[3] = "1"
	ended := func(folder string) string { return filepath.Join(filepath.Dir(folder), strings.Join(fields, "-")) }
	old.memory, old.pids = ended(own.memory), ended(own.pids)
	for _, folder := range old.Folders() {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := join(t, &old, "echo; exec sleep 1000")
	// Others may have left some too.
	if removed, err := RemoveStaleCgroups(soon(t)); err != nil || removed < 1 {
		t.Errorf("%d were removed, %v", removed, err)
	}
	if err := command.Wait(); err == nil {
		t.Error("what it held ended by itself")
	}
	for _, folder := range old.Folders() {
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left", folder)
		}
	}
	for _, folder := range own.Folders() {
		if _, err := os.Stat(folder); err != nil {
			t.Errorf("the living one: %v", err)
		}
	}
	for _, name := range []string{"eaibench-1-2-3-another-namespace", "eaibench-x", "eaibench-"} {
		if !makerLives(name) {
			t.Errorf("%s would be removed", name)
		}
	}
}

// TestCgroupV2 uses the files of a cgroup v2 as the kernel's documentation shows
// them (cgroup-v2.rst).
func TestCgroupV2(t *testing.T) {
	folder := t.TempDir()
	files := map[string]string{
		"memory.max": "max\n", "memory.swap.max": "max\n", "memory.oom.group": "0\n", "pids.max": "max\n",
		"memory.peak":   "12345678\n",
		"memory.events": "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1\n",
		"pids.events":   "max 9\n",
		"cgroup.procs":  "",
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := &Cgroup{2, folder, folder}
	if got := c.Folders(); len(got) != 1 || got[0] != folder {
		t.Errorf("folders %v", got)
	}
	if err := c.limit(CgroupLimits{MemoryBytes: 1000000, Processes: 5}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"memory.max": "1000000", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "5"} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || strings.TrimSpace(string(got[:len(want)])) != want {
			t.Errorf("%s: %q, %v, want %s", name, got, err, want)
		}
	}
	usage, err := c.Usage()
	if want := (CgroupUsage{PeakBytes: 12345678, OutOfMemory: 2, MemoryRefused: 7, ProcessesRefused: 9}); err != nil || usage != want {
		t.Errorf("usage %+v, %v, want %+v", usage, err, want)
	}
	// Kill signals what cgroup.procs names until it names none: a process that
	// would not leave the list is met by the context's end, and signalled all the same.
	child := exec.CommandContext(t.Context(), "/bin/sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "cgroup.procs"), []byte(strconv.Itoa(child.Process.Pid)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Kill(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("kill: %v", err)
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("its process: %v", err)
	}
}

func TestFindCgroupBase(t *testing.T) {
	v2 := t.TempDir()
	session := filepath.Join(v2, "user.slice/session-1.scope")
	if err := os.MkdirAll(session, 0o755); err != nil {
		t.Fatal(err)
	}
	for folder, controllers := range map[string]string{v2: "cpuset cpu io memory pids", filepath.Join(v2, "user.slice"): "memory pids", session: ""} {
		if err := os.WriteFile(filepath.Join(folder, "cgroup.subtree_control"), []byte(controllers+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const v1 = "25 24 0:22 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n" +
		"26 24 0:23 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
	for _, test := range []struct {
		name, mounts, own, memory, pids string
		version                         int
	}{
		{"v1", v1, "9:pids:/\n4:memory:/run/1\n0::/\n", "/sys/fs/cgroup/memory/run/1", "/sys/fs/cgroup/pids", 1},
		{
			"v1 in a container", "25 24 0:22 /docker/a1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n26 24 0:23 /docker/a1 /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
			"9:pids:/docker/a1\n4:memory:/docker/a1/b\n", "/sys/fs/cgroup/memory/b", "/sys/fs/cgroup/pids", 1,
		},
		{
			"v1, two controllers in one", "25 24 0:22 / /sys/fs/cgroup/both rw - cgroup cgroup rw,memory,pids\n", "4:memory,pids:/x\n",
			"/sys/fs/cgroup/both/x", "/sys/fs/cgroup/both/x", 1,
		},
		{
			"v2", "24 23 0:21 / " + v2 + " rw - cgroup2 cgroup2 rw\n", "0::/user.slice/session-1.scope\n",
			filepath.Join(v2, "user.slice"), filepath.Join(v2, "user.slice"), 2,
		},
		{"v2 of a namespace's root", "24 23 0:21 /../../x " + v2 + " rw - cgroup2 cgroup2 rw\n", "0::/\n", v2, v2, 2},
		{"v2 without controllers", "24 23 0:21 / " + t.TempDir() + " rw - cgroup2 cgroup2 rw\n", "0::/\n", "", "", 0},
		{"none", "", "", "", "", 0},
	} {
		base, err := findCgroupBase(test.mounts, test.own)
		if test.version == 0 {
			if !errors.Is(err, ErrNoCgroup) {
				t.Errorf("%s: got %+v, %v", test.name, base, err)
			}
			continue
		}
		if err != nil || *base != (Cgroup{test.version, test.memory, test.pids}) {
			t.Errorf("%s: got %+v, %v", test.name, base, err)
		}
	}
}
