//go:build linux

package platform_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/platform"
)

// openFolder makes a folder that every user can reach.
func openFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "platform-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// compile builds a source for a mode, in the sandbox.
func compile(t testing.TB, m *platform.Mode, source string) (executable string, exit hosts.Exit, log string) {
	t.Helper()
	folder := openFolder(t)
	sandbox := platform.Sandbox{Source: folder + "/sources", Runtime: folder + "/headers", Build: folder + "/out"}
	for _, each := range []string{sandbox.Source, sandbox.Runtime, sandbox.Build} {
		if err := os.Mkdir(each, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		sandbox.UID, sandbox.GID = m.CompileUser(), m.CompileUser()
		if err := os.Chown(sandbox.Build, sandbox.UID, sandbox.GID); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(sandbox.Source+"/program.c", []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	prefix, err := m.CompileSandbox(sandbox)
	if err != nil {
		t.Fatal(err)
	}
	command, err := m.CompileCommand(platform.Build{Sources: []string{"/source/program.c"}, Include: []string{"/runtime"}, Output: "/build/program"})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	exit, err = hosts.Local().Run(t.Context(), hosts.Command{
		Args: append(prefix, command...), Env: m.CompileEnvironment(), Stdout: &said, Stderr: &said,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.Build + "/program", exit, said.String()
}

// built keeps what was compiled by mode: the source is the same in all tests.
var built struct {
	sync.Mutex
	executables map[string][]byte
}

// deploy puts the tests' program, built for the mode, into a new folder.
func deploy(t testing.TB, m *platform.Mode) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	content, ok := built.executables[m.Name]
	if !ok {
		source, err := os.ReadFile("testdata/process.c")
		if err != nil {
			t.Fatal(err)
		}
		executable, exit, log := compile(t, m, string(source))
		if !exit.OK() {
			t.Fatalf("compile for mode %s: %v\n%s", m.Name, exit, log)
		}
		if content, err = os.ReadFile(executable); err != nil {
			t.Fatal(err)
		}
		if built.executables == nil {
			built.executables = map[string][]byte{}
		}
		built.executables[m.Name] = content
	}
	executable := openFolder(t) + "/program"
	if err := os.WriteFile(executable, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return executable
}

// running is a program that was launched in a mode and said that it is ready.
type running struct {
	process hosts.Process
	pid     int // of the integration process itself
	said    []string
	cgroup  *platform.Cgroup // nil without root
}

// launching is how a test's program is launched.
type launching struct {
	args        []string // after the executable
	environment []string // beside the mode's
	noCgroup    bool
	direct      bool // it reaches services itself
}

// command makes the command that launches a program, as the launcher would.
func (l launching) command(t testing.TB, m *platform.Mode, executable string) (hosts.Command, *platform.Cgroup) {
	t.Helper()
	launch := platform.Launch{Executable: executable, Direct: l.direct}
	environment := m.EnvironmentWithoutCgroup()
	var cgroup *platform.Cgroup
	if os.Getuid() == 0 {
		launch.UID, launch.GID = m.Users.First, m.Users.First
	}
	var err error
	if launch.OtherTasks, err = platform.CountTasks(cmp.Or(launch.UID, os.Getuid())); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 && !l.noCgroup {
		cgroup, err = platform.CreateCgroup(filepath.Base(filepath.Dir(executable)), platform.CgroupLimits{
			MemoryBytes: m.Limits().MemoryBytes, Processes: m.Limits().Processes,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			if err := cgroup.Remove(ctx); err != nil {
				t.Error(err)
			}
		})
		launch.Cgroup, environment = cgroup.Folders(), m.Environment()
	}
	if m.NeedsSeccomp() {
		filter, err := m.SeccompFilter(l.direct)
		if err != nil {
			t.Fatal(err)
		}
		launch.SeccompFile = filepath.Dir(executable) + "/filter"
		if err := os.WriteFile(launch.SeccompFile, filter, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args, err := m.LaunchCommand(launch)
	if err != nil {
		t.Fatal(err)
	}
	return hosts.Command{Args: append(args, l.args...), Env: append(environment, l.environment...)}, cgroup
}

// start launches the tests' program and waits until it is ready.
func (l launching) start(t testing.TB, m *platform.Mode) *running {
	t.Helper()
	return l.startExecutable(t, m, deploy(t, m))
}

func (l launching) startExecutable(t testing.TB, m *platform.Mode, executable string) *running {
	t.Helper()
	command, cgroup := l.command(t, m, executable)
	var log bytes.Buffer
	command.Pipes, command.Stderr = true, &log
	process, err := hosts.Local().Start(context.Background(), command)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{process: process, cgroup: cgroup}
	t.Cleanup(func() { r.end(t) })
	lines := bufio.NewScanner(process.Stdout())
	for lines.Scan() {
		r.said = append(r.said, lines.Text())
		if strings.HasPrefix(lines.Text(), "ready ") {
			break
		}
	}
	if len(r.said) == 0 || !strings.HasPrefix(r.said[len(r.said)-1], "ready ") {
		exit, err := process.Wait()
		t.Fatalf("mode %s: it is not ready, and said %q: %v, %v\n%s", m.Name, r.said, exit, err, log.String())
	}
	identity, err := platform.IdentityOf(executable)
	if err != nil {
		t.Fatal(err)
	}
	if r.pid, err = platform.FindProcess(t.Context(), process.PID(), identity); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *running) end(t testing.TB) {
	t.Helper()
	if err := r.process.Kill(); err != nil {
		t.Error(err)
	}
	if _, err := r.process.Wait(); err != nil {
		t.Error(err)
	}
	r.process.Stdout().Close()
}

func observe(t testing.TB, r *running) *platform.ProcessFacts {
	t.Helper()
	facts, err := platform.Observe(t.Context(), r.pid)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func self(t testing.TB) *platform.Observer {
	t.Helper()
	observer, err := platform.ObserveSelf()
	if err != nil {
		t.Fatal(err)
	}
	return observer
}
