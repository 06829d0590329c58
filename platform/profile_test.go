package platform_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/internal/strictyaml"
	"eaibench/platform"
)

var update = flag.Bool("update", false, "write the golden files anew")

func load(t testing.TB) *platform.Profile {
	t.Helper()
	profile, err := platform.Load("linux")
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

func mode(t testing.TB, name string) *platform.Mode {
	t.Helper()
	m, err := load(t).Mode(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLinuxProfile(t *testing.T) {
	profile := load(t)
	if !profile.StandIn || profile.System != "linux" || !slices.Equal(profile.Chain(), []string{"hybrid", "purecap", "compartment"}) {
		t.Errorf("got %+v", profile)
	}
	if !slices.Equal(platform.Names(), []string{"cheribsd-morello", "linux"}) {
		t.Errorf("profiles %q", platform.Names())
	}
	for i := range profile.Modes {
		m := &profile.Modes[i]
		if m.Users.Count != 64 {
			t.Errorf("mode %s has users for %d runs at once", m.Name, m.Users.Count)
		}
		if i > 0 && m.Baseline != profile.Modes[i-1].Name {
			t.Errorf("mode %s follows %s and has the baseline %q", m.Name, profile.Modes[i-1].Name, m.Baseline)
		}
		// What the sanitizer is told must be the limit that a cgroup would have.
		for _, variable := range m.WithoutCgroup {
			if !strings.HasSuffix(variable, "hard_rss_limit_mb=256") || profile.Limits.MemoryBytes != 256<<20 {
				t.Errorf("%s and a limit of %d bytes", variable, profile.Limits.MemoryBytes)
			}
		}
	}
	if _, err := profile.Mode("fast"); err == nil || !strings.Contains(err.Error(), "hybrid, purecap, compartment") {
		t.Errorf("an unknown mode: %v", err)
	}
	if _, err := platform.Load("windows"); err == nil || !strings.Contains(err.Error(), "linux") {
		t.Errorf("an unknown platform: %v", err)
	}
	if _, err := platform.Load("./missing.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	want := map[string][]string{
		"ASAN_OPTIONS": {"detect_leaks=0", "detect_leaks=0:hard_rss_limit_mb=256"}, "OPENSSL_CONF": {""}, "PWD": {"/"},
	}
	if diff := cmp.Diff(want, mode(t, "compartment").AllowedEnvironment()); diff != "" {
		t.Error(diff)
	}
	m := mode(t, "purecap")
	m.Environment()[0] = "changed" // The caller's own.
	if got := m.Environment()[0]; got != "ASAN_OPTIONS=detect_leaks=0" {
		t.Errorf("the profile's environment now begins with %s", got)
	}
}

// TestCommands keeps the commands of every mode as a golden file: they decide
// what is measured and what is confined.
func TestCommands(t *testing.T) {
	commands := map[string][]string{}
	for _, name := range load(t).Chain() {
		m := mode(t, name)
		compile, err := m.CompileCommand(platform.Build{
			Sources: []string{"/source/retail.c", "/runtime/frames.c"}, Include: []string{"/runtime"}, Output: "/build/retail",
		})
		if err != nil {
			t.Fatal(err)
		}
		commands[name+", compile"] = compile
		for condition, launch := range map[string]platform.Launch{
			"root with cgroup": {Executable: "/run/retail", UID: m.Users.First, GID: m.Users.First, Cgroup: []string{"/cg/memory/x", "/cg/pids/x"}, SeccompFile: "/run/filter"},
			"root":             {Executable: "/run/retail", UID: m.Users.First, GID: m.Users.First, SeccompFile: "/run/filter", OtherTasks: 3},
			"root, direct":     {Executable: "/run/retail", UID: m.Users.First, GID: m.Users.First, Direct: true, Cgroup: []string{"/cg/memory/x", "/cg/pids/x"}, SeccompFile: "/run/filter"},
			"user":             {Executable: "/run/retail", SeccompFile: "/run/filter", OtherTasks: 200},
		} {
			if commands[name+", launch by "+condition], err = m.LaunchCommand(launch); err != nil {
				t.Fatal(err)
			}
		}
	}
	m := controlled(t, "linux", "compartment", platform.Controls{OpenSSL: "/opt/openssl", CPUs: "0-1", BindNow: new(bool)})
	var err error
	if commands["compartment, compile, own OpenSSL, bound lazily"], err = m.CompileCommand(platform.Build{Sources: []string{"/source/retail.c"}, Output: "/build/retail"}); err != nil {
		t.Fatal(err)
	}
	if commands["compartment, launch by user on CPUs 0 and 1, own OpenSSL"], err = m.LaunchCommand(platform.Launch{Executable: "/run/retail", SeccompFile: "/run/filter"}); err != nil {
		t.Fatal(err)
	}
	if commands["compile sandbox, own OpenSSL"], err = m.CompileSandbox(platform.Sandbox{Source: "/data/s", Runtime: "/data/r", Build: "/data/b"}); err != nil {
		t.Fatal(err)
	}
	m = mode(t, "hybrid")
	for user, uid := range map[string]int{"root": m.CompileUser(), "user": 0} {
		if commands["compile sandbox of "+user], err = m.CompileSandbox(platform.Sandbox{Source: "/data/s", Runtime: "/data/r", Build: "/data/b", UID: uid, GID: uid}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := json.MarshalIndent(commands, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const golden = "testdata/commands.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestOneThingChanges compares the modes' compilers: flags of optimisation and
// hardening are the same.
func TestOneThingChanges(t *testing.T) {
	flags := map[string][]string{"hybrid": {}, "purecap": {"-fsanitize=address"}, "compartment": {"-fsanitize=address"}}
	for name, want := range flags {
		if got := mode(t, name).CompileFlags; !slices.Equal(got, want) {
			t.Errorf("mode %s compiles with %q of its own, want %q", name, got, want)
		}
	}
}

func TestCommandFaults(t *testing.T) {
	m := mode(t, "compartment")
	build := platform.Build{Sources: []string{"/source/a.c"}, Output: "/build/a"}
	for name, change := range map[string]func(*platform.Build){
		"no source":               func(b *platform.Build) { b.Sources = nil },
		"an option for a source":  func(b *platform.Build) { b.Sources = []string{"-fplugin=/x.so"} },
		"a path that climbs":      func(b *platform.Build) { b.Sources = []string{"/source/../usr/a.c"} },
		"output beside the build": func(b *platform.Build) { b.Output = "/source/a" },
		"a relative folder":       func(b *platform.Build) { b.Include = []string{"include"} },
	} {
		changed := build
		change(&changed)
		if command, err := m.CompileCommand(changed); err == nil {
			t.Errorf("%s: got %q", name, command)
		}
	}
	for name, launch := range map[string]platform.Launch{
		"relative executable": {Executable: "program", SeccompFile: "/f"},
		"no filter":           {Executable: "/program"},
		"zero byte":           {Executable: "/program\x00", SeccompFile: "/f"},
	} {
		if command, err := m.LaunchCommand(launch); err == nil {
			t.Errorf("%s: got %q", name, command)
		}
	}
	if command, err := m.CompileSandbox(platform.Sandbox{Source: "s", Runtime: "/r", Build: "/b"}); err == nil {
		t.Errorf("relative source folder: got %q", command)
	}
}

// TestProfileFaults changes one line of the profile each time.
func TestProfileFaults(t *testing.T) {
	text, err := os.ReadFile("profiles/linux.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ from, to, fault string }{
		{"version: 1", "version: 2", "2 is not a version"},
		{"platform: linux", "platform: Linux!", "is not a name"},
		{"stand_in: true\n", "", "stand_in"},
		{"stand_in: true", "stand_in: true\nstandin: true", "standin"},
		{"memory_bytes: 268435456", "memory_bytes: 0", "0 is not a limit"},
		{"sandbox: [compile_limits", "sandbox: [compile_limit", `no part is named "compile_limit"`},
		{"compiler: [/usr/bin/gcc]", "compiler: [gcc]", "absolute path of a compiler"},
		{"  user: 60600", "  user: 0", "not an unprivileged uid"},
		{"first: 60700", "first: 0", "not an unprivileged uid"},
		{"first: 60700", "first: 2147483600", "not an unprivileged uid"},
		{"first: 60700, count: 64", "first: 60700, count: 0", "no number of users"},
		{"first: 60700, count: 64", "first: 60700, count: 9223372036854775807", "no number of users"},
		{"first: 60700, count: 64", "first: 60600, count: 64", "holds compile.user, 60600"},
		{"first: 60700, count: 64", "first: 60700, count: 65", "overlaps with the users of mode hybrid, 60700 to 60764"},
		{"first: 60764", "first: 60637", "60637 to 60700 overlaps"},
		{"[LC_ALL=C, ", "[LC_ALL, ", "is not NAME=VALUE"},
		{"[LC_ALL=C, ", "[LC_ALL=C, LC_ALL=D, ", "LC_ALL is there already"},
		{"when: root", "when: admin", `"admin" is no condition`},
		{"when: root", "when: cheribsd>24.05", `"cheribsd>24.05" is no condition`},
		{"when: root", "when: netbsd>=10.1", `"netbsd>=10.1" is no condition`},
		{"stands_for: stand-in for hybrid", "needs: root\n    stands_for: stand-in for hybrid", `"root" is no release`},
		{"    compile_flags: []\n", "    compile_flags: []\n    compile_parts: [user]\n", "{uid} is no variable of modes[0].compile_parts"},
		{"compartment: \"\"\n", "compartment: \"\"\n      c18n: true\n", "names no kind"},
		{"  link: [", "  cross: {compiler: [clang], sandbox: [compile_limits], environment: []}\n  link: [", "needs a compiler first"},
		{"  link: [", "  cross: {compiler: [\"{sdk}/clang\", \"{uid}\"], sandbox: [compile_limits], environment: []}\n  link: [", "{uid} is no variable of compile.cross.compiler"},
		{"  link: [", "  cross: {compiler: [\"{sdk}/clang\"], sandbox: [other], environment: []}\n  link: [", `no part is named "other"`},
		{"--reuid={uid}", "--reuid={user}", "{user} is no variable"},
		{"      - \"{cgroups}\"", "      - \"x{cgroups}\"", "is a list"},
		{"    - access\n", "    - acces\n", `"acces" is no system call`},
		{"bits: 2114060288", "bits: 0", "0 allows everything"},
		{"argument: 0", "argument: 6", "6 is no argument"},
		{"position: 0, value: 2}", "position: 6, value: 2}", "6 is no argument"},
		{"name: getsockopt, arguments: [{position: 1, value: 1}, {position: 2, value: 4}]", "name: getsockopt, arguments: []", "none allows everything"},
		{"name: setsockopt", "name: setsockop", `"setsockop" is no system call`},
		{"shared_on_direct: [net]", "shared_on_direct: [cgroup]", `"cgroup" is not among the namespaces`},
		{"name: purecap\n", "name: hybrid\n", `mode "hybrid" is there already`},
		{"baseline: hybrid", "baseline: compartment", `"compartment" is no mode before this one`},
		{"baseline: \"\"", "baseline: hybrid", "the first mode has no baseline"},
		{"abis: [amd64, arm64]", "abis: []", "needs the ABI"},
		{"[OPENSSL_CONF=, PWD=/]", "[PWD=/, OPENSSL_CONF=]", "must be sorted"},
		{"[ipc, mnt, net", "[ipc, mount, net", `"mount" is no namespace`},
		{"compartment: bubblewrap", "compartment: \"\"", "names no kind"},
		{"launch: [start, cpus, limits, process_limit, data_limit, user, same_user, program]", "launch: []", "at least one part"},
		{"    environment: [OPENSSL_CONF=, PWD=/]\n", "    environment: [OPENSSL_CONF=, PWD=/]\n    environment_bind_now: [PWD=/]\n", "PWD is there already"},
	} {
		changed := strings.Replace(string(text), test.from, test.to, 1)
		if changed == string(text) {
			t.Errorf("the profile has no %q", test.from)
			continue
		}
		_, err := platform.Parse("changed.yaml", []byte(changed))
		var faults strictyaml.Faults
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), test.fault) || !strings.HasPrefix(err.Error(), "changed.yaml:") {
			t.Errorf("%q: got %v, want …%s…", test.to, err, test.fault)
		}
	}
	before, _, _ := strings.Cut(string(text), "\nsyscalls:")
	_, after, _ := strings.Cut(string(text), "\nmodes:")
	if _, err := platform.Parse("changed.yaml", []byte(before+"\nmodes:"+after)); err == nil || !strings.Contains(err.Error(), "no list of syscalls") {
		t.Errorf("without syscalls: %v", err)
	}
}

// TestAnotherModeIsYAML adds a mode to a file: no code knows it.
func TestAnotherModeIsYAML(t *testing.T) {
	text, err := os.ReadFile("profiles/linux.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/mine.yaml"
	text = append(text, `
  - name: undefined
    baseline: hybrid
    stands_for: a build with UBSan
    abis: [amd64]
    users: {first: 61000, count: 2}
    compile_flags: [-fsanitize=undefined]
    launch: [start, limits, user, same_user, program]
    environment: [PWD=/]
    proof: {compartment: ""}
`...)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	profile, err := platform.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := profile.Mode("undefined")
	if err != nil {
		t.Fatal(err)
	}
	command, err := m.LaunchCommand(platform.Launch{Executable: "/program", UID: m.Users.First, GID: m.Users.First})
	if err != nil || command[len(command)-1] != "/program" || !slices.Contains(command, "--reuid=61000") {
		t.Errorf("got %q, %v", command, err)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("profiles/linux.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		profile, err := platform.Parse("fuzz.yaml", text)
		if err != nil {
			return
		}
		for _, name := range profile.Chain() {
			m, err := profile.Mode(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = m.LaunchCommand(platform.Launch{Executable: "/program", SeccompFile: "/filter"})
			m.AllowedEnvironment()
		}
	})
}
