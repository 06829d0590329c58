//go:build linux

package platform_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"eaibench/platform"
)

// refused checks that a process is not taken for the mode, and what about it was
// looked at.
func refused(t *testing.T, m *platform.Mode, facts *platform.ProcessFacts, about, reason string) {
	t.Helper()
	_, err := m.CheckLive(facts, self(t))
	var mismatch *platform.Mismatch
	if !errors.As(err, &mismatch) || mismatch.About != about || !strings.Contains(mismatch.Reason, reason) {
		t.Errorf("as mode %s: got %v, want a mismatch about %s: …%s…", m.Name, err, about, reason)
	}
}

// TestBrokenClaim presents processes as what they are not.
func TestBrokenClaim(t *testing.T) {
	purecap := observe(t, launching{}.start(t, mode(t, "purecap")))
	refused(t, mode(t, "compartment"), purecap, "compartment", "seccomp")
	refused(t, mode(t, "hybrid"), purecap, "abi", "amd64+asan")

	hybrid := observe(t, launching{}.start(t, mode(t, "hybrid")))
	refused(t, mode(t, "compartment"), hybrid, "abi", "amd64 and")

	// A plain build in the compartment is not the mode either, nor any other.
	m := mode(t, "compartment")
	plain := observe(t, launching{}.startExecutable(t, m, deploy(t, mode(t, "hybrid"))))
	refused(t, m, plain, "abi", "amd64 and")
	refused(t, mode(t, "hybrid"), plain, "compartment", "namespaces of its own")
}

// TestBrokenCompartment leaves out one part of the compartment after another. A network of its own is not the observer's to ask
// for: see TestDirectCompartmentForbids.
func TestBrokenCompartment(t *testing.T) {
	text, err := os.ReadFile("profiles/linux.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason string
		drop   []string
	}{
		{"pid namespace", []string{"--unshare-pid", "--as-pid-1"}},
		{"ipc namespace", []string{"--unshare-ipc"}},
		{"uts namespace", []string{"--unshare-uts", "--hostname", "compartment"}},
		{"seccomp filter", []string{"--seccomp", "\"9\""}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			// The compile sandbox, before, has the same lines.
			before, after, _ := strings.Cut(string(text), "  bubblewrap:\n")
			for _, argument := range test.drop {
				after = strings.Replace(after, "      - "+argument+"\n", "", 1)
			}
			profile, err := platform.Parse("broken.yaml", []byte(before+"  bubblewrap:\n"+after))
			if err != nil {
				t.Fatal(err)
			}
			broken, err := profile.Mode("compartment")
			if err != nil {
				t.Fatal(err)
			}
			refused(t, mode(t, "compartment"), observe(t, launching{}.start(t, broken)), "compartment", test.reason)
		})
	}
}

func TestCompartmentForbids(t *testing.T) {
	r := launching{args: []string{"forbidden"}}.start(t, mode(t, "compartment"))
	said := strings.Join(r.said, "\n")
	for _, want := range []string{
		"socket Operation not permitted", "unshare Operation not permitted", "clone-user Operation not permitted",
		"clone3 Function not implemented", "ptrace Operation not permitted", "passwd No such file or directory",
		"write-usr Read-only file system", "pid 1 ", "host compartment",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
}

// TestDirectCompartmentForbids: a process that reaches services itself may make TCP connections, and nothing else that one on
// the path relayed may not.
func TestDirectCompartmentForbids(t *testing.T) {
	m := mode(t, "compartment")
	forbidden := strings.Join(launching{args: []string{"forbidden"}, direct: true}.start(t, m).said, "\n")
	for _, want := range []string{
		"socket Operation not permitted", // without the very flags that the runtime uses
		"unshare Operation not permitted", "clone-user Operation not permitted", "clone3 Function not implemented",
		"ptrace Operation not permitted", "passwd No such file or directory", "write-usr Read-only file system", "pid 1 ", "host compartment",
	} {
		if !strings.Contains(forbidden, want) {
			t.Errorf("it did not say %q:\n%s", want, forbidden)
		}
	}
	for direct, allowed := range map[bool][]string{true: {"tcp4", "tcp6", "nodelay", "error", "connect"}, false: nil} {
		r := launching{args: []string{"network"}, direct: direct}.start(t, m)
		var got []string
		for _, line := range r.said {
			what, result, _ := strings.Cut(line, " ")
			switch {
			case result == "allowed":
				got = append(got, what)
			case what != "ready" && result != "Operation not permitted":
				t.Errorf("direct %v: %s", direct, line)
			}
		}
		if len(r.said) != 16 || !slices.Equal(got, allowed) {
			t.Errorf("direct %v: allowed are %q of %d, want %q", direct, got, len(r.said)-1, allowed)
		}
		proof, err := m.CheckLive(observe(t, r), self(t))
		if err != nil || slices.Contains(proof.Namespaces, "net") == direct {
			t.Errorf("direct %v: its namespaces are %v, %v", direct, proof.Namespaces, err)
		}
	}
}

// TestBrokenEnvironment adds a variable; with it comes a library.
func TestBrokenEnvironment(t *testing.T) {
	preloaded := openFolder(t) + "/preloaded.so"
	source := openFolder(t) + "/preloaded.c"
	if err := os.WriteFile(source, []byte("int preloaded;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), "/usr/bin/gcc", "-shared", "-fPIC", "-o", preloaded, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	facts := observe(t, launching{environment: []string{"LD_PRELOAD=" + preloaded}}.start(t, mode(t, "hybrid")))
	if facts.Environment["LD_PRELOAD"] != preloaded {
		t.Errorf("the environment is %q", facts.Environment)
	}
	content, err := os.ReadFile(preloaded)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(facts.Libraries, platform.File{Path: preloaded, SHA256: sha256Of(content)}) {
		t.Errorf("the library is not among %v", facts.Libraries)
	}
}

// TestBrokenLibrary swaps a mapped file: by its path it looks untouched, and what
// is mapped is what must be hashed. As another user than root, who cannot reach
// it, there must be no facts.
func TestBrokenLibrary(t *testing.T) {
	folder := openFolder(t)
	source, library := folder+"/library.c", folder+"/library.so"
	build := func(code string) []byte {
		if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.CommandContext(t.Context(), "/usr/bin/gcc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		content, err := os.ReadFile(library)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	innocent := build("int innocent(void) { return 1; }\n")
	mapped := build("int evil(void) { return 2; }\n")
	r := launching{environment: []string{"LD_PRELOAD=" + library}}.start(t, mode(t, "hybrid"))
	// In place of the mapped file now stands another one.
	if err := os.WriteFile(folder+"/new", innocent, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder+"/new", library); err != nil {
		t.Fatal(err)
	}
	facts, err := platform.Observe(t.Context(), r.pid)
	if os.Getuid() != 0 {
		if err == nil {
			t.Errorf("a file that is not there any more was observed: %v", facts.Libraries)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[[32]byte]bool{}
	for _, file := range facts.Libraries {
		hashes[file.SHA256] = true
	}
	if !hashes[sha256Of(mapped)] || hashes[sha256Of(innocent)] {
		t.Error("the hash is not that of what is mapped")
	}
}

func TestBrokenCode(t *testing.T) {
	for _, test := range []struct {
		name, what string
	}{{"hybrid", "anonymous"}, {"compartment", "anonymous"}, {"hybrid", "modify"}, {"compartment", "modify"}} {
		r := launching{args: []string{test.what}}.start(t, mode(t, test.name))
		if slices.ContainsFunc(r.said, func(line string) bool { return strings.Contains(line, "not permitted") }) {
			t.Fatalf("%s, %s: it could not do it: %q", test.name, test.what, r.said)
		}
		if facts := observe(t, r); facts.AnonymousExecutable != 1 {
			t.Errorf("%s, %s: %d anonymous executable mappings, want 1", test.name, test.what, facts.AnonymousExecutable)
		}
	}
}

func TestBrokenByTracer(t *testing.T) {
	r := launching{}.start(t, mode(t, "hybrid"))
	tracer, done := make(chan int), make(chan struct{})
	var seized error
	go func() {
		// A thread traces; its end, with this goroutine's, ends the tracing.
		runtime.LockOSThread()
		seized = unix.PtraceSeize(r.pid)
		tracer <- unix.Gettid()
		<-done
	}()
	defer close(done)
	want := <-tracer
	if seized != nil {
		t.Fatal(seized)
	}
	if facts := observe(t, r); facts.Tracer != want {
		t.Errorf("tracer is %d, want %d", facts.Tracer, want)
	}
}

// TestBrokenMeasurement ends the process, or puts another program in its place,
// before it is measured.
func TestBrokenMeasurement(t *testing.T) {
	r := launching{}.start(t, mode(t, "hybrid"))
	if err := r.process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.process.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := platform.Observe(t.Context(), r.pid); !errors.Is(err, platform.ErrGone) {
		t.Errorf("observe: %v", err)
	}
	if _, err := platform.ReadMemory(r.pid); !errors.Is(err, platform.ErrGone) {
		t.Errorf("read memory: %v", err)
	}
	if _, err := platform.ReadProcessMemory(r.pid, "untouched", 32); !errors.Is(err, platform.ErrGone) {
		t.Errorf("read process memory: %v", err)
	}
	if _, err := platform.FindProcess(t.Context(), r.pid, platform.Identity{}); !errors.Is(err, platform.ErrGone) {
		t.Errorf("find: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := platform.FindProcess(ctx, os.Getpid(), platform.Identity{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("find what never comes: %v", err)
	}
}

// TestBrokenZombie measures a process that has ended and is not reaped yet.
func TestBrokenZombie(t *testing.T) {
	command := exec.CommandContext(t.Context(), "/bin/true")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, command.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := platform.Observe(t.Context(), command.Process.Pid); !errors.Is(err, platform.ErrGone) {
		t.Errorf("observe: %v", err)
	}
	if _, err := platform.ReadMemory(command.Process.Pid); !errors.Is(err, platform.ErrGone) {
		t.Errorf("read memory: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

func TestMemoryOfAProcess(t *testing.T) {
	// The reader is large; that must not show.
	ballast := bytes.Repeat([]byte{1}, 300<<20)
	for _, name := range modes {
		r := launching{args: []string{"touch"}}.start(t, mode(t, name))
		memory, err := platform.ReadMemory(r.pid)
		if err != nil {
			t.Fatal(err)
		}
		for what, bytes := range map[string]int64{"peak": memory.PeakResident, "resident": memory.Resident, "proportional": memory.Proportional} {
			if bytes < 100<<20 || bytes > 180<<20 {
				t.Errorf("mode %s: %s is %d MiB of a process that touches 100", name, what, bytes>>20)
			}
		}
	}
	if ballast[len(ballast)-1] != 1 {
		t.Error("the ballast is not there")
	}
}
