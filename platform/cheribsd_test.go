package platform_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/platform"
)

func cheribsd(t testing.TB, name string) *platform.Mode {
	t.Helper()
	profile, err := platform.Load("cheribsd-morello")
	if err != nil {
		t.Fatal(err)
	}
	m, err := profile.Mode(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func release(name string) map[string]string { return map[string]string{"cheribsd": name} }

func TestCheriBSDProfile(t *testing.T) {
	profile, err := platform.Load("cheribsd-morello")
	if err != nil {
		t.Fatal(err)
	}
	if profile.StandIn || profile.System != "freebsd" {
		t.Errorf("stand-in %v, system %s", profile.StandIn, profile.System)
	}
	baselines := map[string]string{}
	for _, mode := range profile.Modes {
		baselines[mode.Name] = mode.Baseline
		if mode.Proof.C18N != (mode.Proof.Compartment == "c18n") || mode.Proof.C18N != strings.Contains(mode.Name, "compartment") {
			t.Errorf("mode %s proves %+v", mode.Name, mode.Proof)
		}
	}
	want := map[string]string{
		"hybrid": "", "purecap": "hybrid", "purecap-benchmark": "hybrid", "compartment": "purecap", "benchmark-compartment": "purecap-benchmark",
	}
	if diff := cmp.Diff(want, baselines); diff != "" {
		t.Error(diff)
	}
}

// TestCheriBSDOneThingChanges: against its baseline a mode has another ABI, or a compartment, and nothing else.
func TestCheriBSDOneThingChanges(t *testing.T) {
	for _, test := range []struct{ mode, baseline string }{{"compartment", "purecap"}, {"benchmark-compartment", "purecap-benchmark"}} {
		m, baseline := cheribsd(t, test.mode), cheribsd(t, test.baseline)
		if !slices.Equal(m.CompileFlags, baseline.CompileFlags) || !slices.Equal(m.ABIs, baseline.ABIs) {
			t.Errorf("mode %s is compiled with %q for %q, its baseline with %q for %q", m.Name, m.CompileFlags, m.ABIs, baseline.CompileFlags, baseline.ABIs)
		}
		launch := slices.Clone(m.LaunchParts)
		launch[slices.Index(launch, "c18n_on")] = "c18n_off"
		if !slices.Equal(launch, baseline.LaunchParts) {
			t.Errorf("mode %s is launched by %q, its baseline by %q", m.Name, m.LaunchParts, baseline.LaunchParts)
		}
	}
	for name, want := range map[string][]string{
		"hybrid": {"-mabi=aapcs"}, "purecap": {"-march=morello", "-mabi=purecap"}, "purecap-benchmark": {"-march=morello", "-mabi=purecap-benchmark"},
	} {
		if got := cheribsd(t, name).CompileFlags; !slices.Equal(got, want) {
			t.Errorf("mode %s has flags of its own: %q, want %q", name, got, want)
		}
	}
}

// TestCheriBSDCommands keeps the commands of every mode and release as a golden file.
func TestCheriBSDCommands(t *testing.T) {
	profile, err := platform.Load("cheribsd-morello")
	if err != nil {
		t.Fatal(err)
	}
	toolchain := &platform.Toolchain{SDK: "/opt/morello-sdk", Sysroot: "/opt/rootfs-morello-purecap"}
	commands := map[string]any{}
	put := func(name string, command []string, err error) {
		commands[name] = command
		if err != nil {
			commands[name] = "refused: " + err.Error()
		}
	}
	for _, name := range profile.Chain() {
		m := cheribsd(t, name)
		for _, version := range []string{"22.12", "23.11", "24.05"} {
			build := platform.Build{Sources: []string{"/source/retail.c"}, Include: []string{"/runtime"}, Output: "/build/retail", Versions: release(version)}
			command, err := m.CompileCommand(build)
			put(name+", compile on "+version, command, err)
			command, err = m.LaunchCommand(platform.Launch{Executable: "/run/retail", UID: m.Users.First, GID: m.Users.First, Versions: release(version)})
			put(name+", launch by root on "+version, command, err)
		}
		m = controlled(t, "cheribsd-morello", name, platform.Controls{OpenSSL: "/opt/openssl", CPUs: "2", Revocation: platform.RevokeOff, BindNow: new(bool)})
		build := platform.Build{Sources: []string{"/source/retail.c"}, Output: "/build/retail", Versions: release("24.05"), Cross: toolchain}
		command, err := m.CompileCommand(build)
		put(name+", cross-compile, own OpenSSL, bound lazily", command, err)
		command, err = m.LaunchCommand(platform.Launch{Executable: "/run/retail", Versions: release("24.05")})
		put(name+", launch by user on CPU 2 without revocation", command, err)
		put(name+", environment, bound lazily", m.Environment(), nil)
		put(name+", environment", cheribsd(t, name).Environment(), nil)
	}
	m := cheribsd(t, "hybrid")
	sandbox := platform.Sandbox{Source: "/data/s", Runtime: "/data/r", Build: "/data/b", UID: m.CompileUser(), GID: m.CompileUser()}
	command, err := m.CompileSandbox(sandbox)
	put("compile sandbox", command, err)
	sandbox.Cross = toolchain
	command, err = m.CompileSandbox(sandbox)
	put("cross-compile sandbox", command, err)
	got, err := json.MarshalIndent(commands, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "testdata/cheribsd-commands.json", append(got, '\n'))
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestCheriBSDRefusals(t *testing.T) {
	launch := platform.Launch{Executable: "/program", Versions: release("24.05")}
	for _, test := range []struct {
		name, mode, says string
		change           func(*platform.Launch)
	}{
		{"release unknown", "purecap", "release of cheribsd (cheribsd>=24.05), which is not known", func(l *platform.Launch) { l.Versions = nil }},
		{"release of another kind", "purecap", `"main" is no release`, func(l *platform.Launch) { l.Versions = release("main") }},
		{"too old", "purecap-benchmark", "needs cheribsd>=23.11", func(l *platform.Launch) { l.Versions = release("22.12") }},
	} {
		changed := launch
		test.change(&changed)
		if got, err := cheribsd(t, test.mode).LaunchCommand(changed); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
	}
	build := platform.Build{Sources: []string{"/source/a.c"}, Output: "/build/a", Cross: &platform.Toolchain{SDK: "/sdk", Sysroot: "/root"}}
	alone := *load(t)
	alone.Compile.Cross = nil
	if got, err := alone.Compiler(build.Cross); err == nil || !strings.Contains(err.Error(), "does not say how to compile") || alone.Crosses() {
		t.Errorf("cross-compilation for a platform without: got %q, %v", got, err)
	}
	build.Cross.Sysroot = "root"
	if got, err := cheribsd(t, "hybrid").CompileCommand(build); err == nil || !strings.Contains(err.Error(), "clean absolute path") {
		t.Errorf("a relative sysroot: got %q, %v", got, err)
	}
}

// TestReleases: what is between two releases has what the older one has.
func TestReleases(t *testing.T) {
	for version, want := range map[uint32]map[string]string{
		0: nil, 20200101: nil, 20220828: release("22.12"), 20230101: release("22.12"), 20240617: release("24.05"), 20260701: release("24.05"),
	} {
		if got := (&platform.ELF{CheriBSD: version}).Versions(); !maps.Equal(got, want) {
			t.Errorf("%d: got %v, want %v", version, got, want)
		}
	}
}

// TestCheriBSDCompileFolders runs the part that puts the folders in the place of their names, which is a program of sh(1),
// with a compiler that prints its command.
func TestCheriBSDCompileFolders(t *testing.T) {
	m := cheribsd(t, "purecap")
	build := t.TempDir()
	sandbox, err := m.CompileSandbox(platform.Sandbox{Source: "/data/my source", Runtime: "/data/r", Build: build})
	if err != nil {
		t.Fatal(err)
	}
	command, err := m.CompileCommand(platform.Build{
		Sources: []string{"/source/a b.c", "/runtime/frames.c", "/source2/c.c"}, Include: []string{"/runtime"}, Output: "/build/retail", Versions: release("24.05"),
	})
	if err != nil {
		t.Fatal(err)
	}
	// The limits before it are FreeBSD's sh(1)'s.
	folders := sandbox[slices.Index(sandbox, "compile_folders")-3:]
	command[0] = filepath.Join(t.TempDir(), "compiler")
	if err := os.WriteFile(command[0], []byte("#!/bin/sh\npwd\nfor a; do echo \"$a\"; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.Command(folders[0], append(folders[1:], command...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := build + "\n" + strings.Join(command[1:], "\n") + "\n"
	for _, replaced := range []struct{ from, to string }{
		{"=/source=", "=/data/my source="},
		{"=/runtime=", "=/data/r="},
		{"=/build=", "=" + build + "="},
		{"-I/runtime\n", "-I/data/r\n"},
		{"\n/source/a b.c", "\n/data/my source/a b.c"},
		{"\n/runtime/frames.c", "\n/data/r/frames.c"},
		{"\n/build/retail", "\n" + build + "/retail"},
	} {
		if !strings.Contains(want, replaced.from) {
			t.Fatalf("the command has no %q", replaced.from)
		}
		want = strings.ReplaceAll(want, replaced.from, replaced.to)
	}
	if diff := cmp.Diff(want, string(printed)); diff != "" {
		t.Error(diff)
	}
}
