//go:build linux

package platform_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/platform"
)

var modes = []string{"hybrid", "purecap", "compartment"}

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
		"-test.run=^(TestModes|TestLimits|TestMemoryOfAProcess|TestCompileReproducibly|TestBrokenClaim|TestBrokenLibrary|TestBrokenCode)$", "-test.timeout=8m", "-test.v",
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
		want, uid = m.Environment(), m.Users.First
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
