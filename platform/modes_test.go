//go:build linux

package platform_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/platform"
)

var modes = []string{"hybrid", "purecap", "compartment"}

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
}

// command makes the command that launches a program, as the launcher would.
func (l launching) command(t testing.TB, m *platform.Mode, executable string) (hosts.Command, *platform.Cgroup) {
	t.Helper()
	launch := platform.Launch{Executable: executable}
	environment := m.EnvironmentWithoutCgroup()
	var cgroup *platform.Cgroup
	if os.Getuid() == 0 {
		launch.UID, launch.GID = m.User, m.User
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
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := cgroup.Remove(ctx); err != nil {
				t.Error(err)
			}
		})
		launch.Cgroup, environment = cgroup.Folders(), m.Environment()
	}
	if m.NeedsSeccomp() {
		filter, err := m.SeccompFilter()
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

// TestUnprivileged runs the tests of modes again as a user without rights.
func TestUnprivileged(t *testing.T) {
	if os.Getuid() != 0 {
		return // This is that user.
	}
	folder := openFolder(t)
	content, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/test", content, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.CopyFS(folder+"/testdata", os.DirFS("testdata")),
		os.CopyFS(folder+"/profiles", os.DirFS("profiles")),
		os.Mkdir(folder+"/tmp", 0o755),
		os.Chown(folder+"/tmp", 60699, 60699),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	args := []string{
		"--reuid=60699", "--regid=60699", "--clear-groups", folder + "/test",
		"-test.run=^(TestModes|TestLimits|TestMemoryOfAProcess|TestCompileReproducibly|TestBrokenClaim|TestBrokenLibrary|TestBrokenCode)$", "-test.timeout=120s", "-test.v",
	}
	command := exec.CommandContext(t.Context(), "/usr/bin/setpriv", args...)
	command.Dir = folder
	command.Env = []string{"TMPDIR=" + folder + "/tmp", "PATH=/usr/bin"}
	said, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(said, []byte("--- PASS: TestModes")) {
		t.Errorf("as an unprivileged user: %v\n%s", err, said)
	}
}

func TestModes(t *testing.T) {
	for _, name := range modes {
		t.Run(name, func(t *testing.T) {
			m := mode(t, name)
			r := launching{}.start(t, m)
			facts := observe(t, r)
			proof, err := m.CheckLive(facts, self(t))
			if err != nil {
				t.Fatal(err)
			}
			if name == "compartment" {
				if got := strings.Join(proof.Namespaces, " "); proof.Kind != "bubblewrap" || got != "ipc mnt net pid user uts" {
					t.Errorf("the proof names %q with namespaces %s", proof.Kind, got)
				}
				if proof.Seccomp != 2 || !proof.NoNewPrivileges || proof.Capabilities != 0 {
					t.Errorf("the proof is %+v", proof)
				}
			} else if proof.Kind != "" || len(proof.Namespaces) > 0 {
				t.Errorf("a mode without compartment has the proof %+v", proof)
			}
			checkFacts(t, m, r, facts)
			for _, other := range modes {
				if _, err := mode(t, other).CheckLive(facts, self(t)); (err == nil) != (other == name) {
					t.Errorf("presented as %s: %v", other, err)
				}
			}
		})
	}
}

func checkFacts(t *testing.T, m *platform.Mode, r *running, facts *platform.ProcessFacts) {
	t.Helper()
	want := m.EnvironmentWithoutCgroup()
	uid := os.Getuid()
	if r.cgroup != nil {
		want, uid = m.Environment(), m.User
	}
	if got := strings.Join(variables(facts.Environment), " "); got != strings.Join(want, " ") {
		t.Errorf("environment %q, want %q", got, want)
	}
	if facts.UID != uid {
		t.Errorf("it runs as uid %d, want %d", facts.UID, uid)
	}
	if facts.Tracer != 0 || facts.AnonymousExecutable != 0 {
		t.Errorf("tracer %d, %d anonymous executable mappings", facts.Tracer, facts.AnonymousExecutable)
	}
	if text := strings.TrimPrefix(r.said[len(r.said)-1], "ready "); facts.OpenSSL != text {
		t.Errorf("OpenSSL in the file is %q, the program says %q", facts.OpenSSL, text)
	}
	var paths []string
	for _, library := range facts.Libraries {
		paths = append(paths, filepath.Base(library.Path))
		content, err := os.ReadFile(library.Path)
		if err != nil || library.SHA256 != sha256Of(content) {
			t.Errorf("%s: hash differs from the file's: %v", library.Path, err)
		}
	}
	wantLibraries := "ld-linux-x86-64.so.2 libc.so.6 libcjson.so.1.7.15 libcrypto.so.3"
	if m.Name != "hybrid" {
		wantLibraries = "ld-linux-x86-64.so.2 libasan.so.8.0.0 libc.so.6 libcjson.so.1.7.15 libcrypto.so.3 libgcc_s.so.1 libm.so.6"
	}
	if got := strings.Join(paths, " "); got != wantLibraries {
		t.Errorf("libraries %s, want %s", got, wantLibraries)
	}
	content, err := os.ReadFile(facts.Executable.Path)
	if err != nil || facts.Executable.SHA256 != sha256Of(content) {
		t.Errorf("%s: hash differs from the file's: %v", facts.Executable.Path, err)
	}
	digest, err := platform.ReadProcessMemory(r.pid, "attested_csr_sha256", 32)
	if err != nil || digest[0] != 1 || digest[31] != 32 {
		t.Errorf("memory of attested_csr_sha256: %x, %v", digest, err)
	}
	if zero, err := platform.ReadProcessMemory(r.pid, "untouched", 32); err != nil || !bytes.Equal(zero, make([]byte, 32)) {
		t.Errorf("memory of untouched: %x, %v", zero, err)
	}
	if _, err := platform.ReadProcessMemory(r.pid, "no_such_symbol", 32); !errors.Is(err, platform.ErrNoSymbol) {
		t.Errorf("a symbol that is not there: %v", err)
	}
	if _, err := platform.ReadProcessMemory(r.pid, "attested_csr_sha256", 16); err == nil {
		t.Error("a symbol of another size was read")
	}
}
