//go:build linux

package platform_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/platform"
)

// run launches the tests' program and waits for its end.
func (l launching) run(t *testing.T, m *platform.Mode, limit time.Duration) (exit hosts.Exit, said string, usage platform.CgroupUsage) {
	t.Helper()
	command, cgroup := l.command(t, m, deploy(t, m))
	var both bytes.Buffer
	command.Stdout, command.Stderr, command.OutputLimit = &both, &both, m.Limits().OutputBytes
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	exit, err := hosts.Local().Run(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	if cgroup != nil {
		if usage, err = cgroup.Usage(); err != nil {
			t.Fatal(err)
		}
	}
	return exit, both.String(), usage
}

// TestLimits runs programs that take all they can.
func TestLimits(t *testing.T) {
	for _, name := range modes {
		t.Run(name, func(t *testing.T) {
			m := mode(t, name)
			if os.Getuid() == 0 { // Nobody else has cgroups.
				t.Run("processes", func(t *testing.T) { testBomb(t, m, launching{args: []string{"bomb"}}) })
				t.Run("memory", func(t *testing.T) { testHog(t, m, launching{args: []string{"hog"}}) })
			}
			t.Run("processes without cgroup", func(t *testing.T) { testBomb(t, m, launching{args: []string{"bomb"}, noCgroup: true}) })
			t.Run("memory without cgroup", func(t *testing.T) { testHog(t, m, launching{args: []string{"hog"}, noCgroup: true}) })
			t.Run("output", func(t *testing.T) { testPrint(t, m) })
			t.Run("file", func(t *testing.T) { testFile(t, m) })
		})
	}
}

func testBomb(t *testing.T, m *platform.Mode, l launching) {
	t.Helper()
	executable := deploy(t, m)
	command, cgroup := l.command(t, m, executable)
	process, err := hosts.Local().Start(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	// It fills its limit, and is watched some more.
	var most int64
	var usage platform.CgroupUsage
	deadline := time.Now().Add(2 * time.Minute)
	for more := 10; more > 0; time.Sleep(time.Millisecond) {
		most = max(most, count(t, executable))
		if cgroup != nil {
			if usage, err = cgroup.Usage(); err != nil {
				t.Fatal(err)
			}
		}
		if most >= m.Limits().Processes/4 && (cgroup == nil || usage.ProcessesRefused > 0) {
			more--
		} else if time.Now().After(deadline) {
			t.Fatalf("it had at most %d processes, and %+v", most, usage)
		}
	}
	if most > m.Limits().Processes {
		t.Errorf("it had %d processes; the limit is %d", most, m.Limits().Processes)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit, err := process.Wait(); err != nil || exit.Cause != hosts.Killed {
		t.Errorf("%v, %v", exit, err)
	}
	if left := count(t, executable); left > 0 {
		t.Errorf("%d processes are left", left)
	}
}

// count counts the processes that execute a file.
func count(t *testing.T, executable string) int64 {
	t.Helper()
	identity, err := platform.IdentityOf(executable)
	if err != nil {
		t.Fatal(err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for _, link := range links {
		if other, err := platform.IdentityOf(link); err == nil && other == identity {
			n++
		}
	}
	return n
}

func testHog(t *testing.T, m *platform.Mode, l launching) {
	t.Helper()
	exit, said, usage := l.run(t, m, 3*time.Minute)
	switch {
	case !l.noCgroup:
		if exit.OK() || exit.Cause == hosts.TimedOut || usage.OutOfMemory == 0 {
			t.Errorf("%v, %+v; it said %q", exit, usage, said)
		}
		if usage.PeakBytes > m.Limits().MemoryBytes || usage.PeakBytes < m.Limits().MemoryBytes/2 {
			t.Errorf("it took %d bytes; the limit is %d", usage.PeakBytes, m.Limits().MemoryBytes)
		}
	case m.Name == "hybrid":
		if !exit.OK() || !strings.Contains(said, "refused after 2") {
			t.Errorf("%v; it said %q", exit, said)
		}
	default:
		if exit.OK() || exit.Cause == hosts.TimedOut || !strings.Contains(said, "hard rss limit exhausted") {
			t.Errorf("%v; it said %q", exit, said)
		}
	}
}

func testPrint(t *testing.T, m *platform.Mode) {
	t.Helper()
	exit, said, _ := launching{args: []string{"print"}}.run(t, m, 3*time.Minute)
	if exit.Cause != hosts.OutputExceeded || int64(len(said)) != m.Limits().OutputBytes {
		t.Errorf("%v after %d bytes; the limit is %d", exit, len(said), m.Limits().OutputBytes)
	}
}

func testFile(t *testing.T, m *platform.Mode) {
	t.Helper()
	folder := openFolder(t)
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	path := folder + "/file"
	if m.Name == "compartment" {
		path = "/tmp/file" // Its own.
	}
	exit, said, _ := launching{args: []string{"file", path}}.run(t, m, 3*time.Minute)
	if exit.OK() && m.Name != "compartment" {
		t.Errorf("%v; it said %q", exit, said)
	}
	info, err := os.Stat(path)
	if m.Name == "compartment" {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the compartment wrote to the host's /tmp: %v, %v", info, err)
		}
		return
	}
	if err != nil || info.Size() != m.Limits().FileBytes {
		t.Errorf("it wrote %v, %v; the limit is %d", info, err, m.Limits().FileBytes)
	}
}
