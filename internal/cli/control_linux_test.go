package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
)

// buildProgram builds eaibench, which starts itself as the components.
func buildProgram(t *testing.T, folder string) string {
	t.Helper()
	program := filepath.Join(folder, "eaibench")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building eaibench: %v: %s", err, said)
	}
	return program
}

// A campaign whose launcher and attester run beside the runner: every mode is compiled, run and measured on a target that has nothing
// of eaibench, on both paths; the campaign says so, and its audit too.
func TestLauncherBesideTheRunner(t *testing.T) {
	folder := t.TempDir()
	program := buildProgram(t, folder)
	work := workFolderForAll(t)
	hosts := startSSHServer(t).inventory(t, work)
	scenario := filepath.Join(folder, "beside.yaml")
	write(t, scenario, "extends: smoke\nname: beside\nruns: 1\nwarm_up: 0\nparameters: {threshold: 150.00}\nmatrix: {include: [{mode: compartment, path: direct, threshold: 150.00}]}\n"+
		"target: ssh:board\nlauncher: {place: control}\n")

	said, people, code := command(t, "plan", scenario)
	if code != exitFine || !strings.Contains(said, "evidence is second-hand") {
		t.Errorf("plan ended with %d: %s%s", code, said, people)
	}
	ran, data := runThere(t, program, scenario, hosts)
	placement := data.Campaign.Placement
	if !placement.Controlled() || placement.Target != "ssh:board" || placement.LauncherHost() != "local" || data.Campaign.Hosts[0].Name != "board" {
		t.Errorf("the campaign's placement is %+v, its first host %s", placement, data.Campaign.Hosts[0].Name)
	}
	modes := map[string]bool{}
	for _, run := range data.Runs {
		modes[run.Mode+" "+run.Path] = true
	}
	if len(modes) != 4 {
		t.Errorf("runs of %v", modes)
	}
	if memory := slices.IndexFunc(data.Samples, func(s bench.Sample) bool { return s.Metric == "peak_resident" && s.Value > 0 }); memory < 0 {
		t.Error("no run has its memory")
	}
	if threats := threatsOf(t, ran.Folder); !slices.Contains(threats, "second-hand serious") {
		t.Errorf("the audit found %v", threats)
	}
	nothingLeft(t, work)
}

// runThere runs a scenario, all of whose runs must be ok.
func runThere(t *testing.T, program, scenario, hosts string) (ran ranScenario, data *results.Data) {
	t.Helper()
	out, err := exec.Command(program, "run", scenario, "--hosts", hosts, "--out", filepath.Join(filepath.Dir(scenario), "out"), "--json").Output()
	if json.Unmarshal(out, &ran) != nil || err != nil || !ran.Complete {
		t.Fatalf("%v: %s%s", err, out, complaints(err))
	}
	if data, err = results.Read(ran.Folder); err != nil {
		t.Fatal(err)
	}
	return ran, data
}

// The launcher beside the runner compiles there too, with a toolchain and the target's root file system, and so are the references
// built: the target's compiler is not used.
func TestCompiledBesideTheRunner(t *testing.T) {
	folder, work := t.TempDir(), workFolderForAll(t)
	program := buildProgram(t, folder)
	sysroot := workFolderForAll(t)
	for name, to := range map[string]string{"usr": "/usr", "lib": "usr/lib", "lib64": "usr/lib64"} {
		if err := os.Symlink(to, filepath.Join(sysroot, name)); err != nil {
			t.Fatal(err)
		}
	}
	hosts := startSSHServer(t).inventory(t, work)
	scenario := filepath.Join(folder, "cross.yaml")
	write(t, scenario, "extends: smoke\nname: cross\nruns: 1\nwarm_up: 0\nparameters: {threshold: 150.00}\nmodes: [hybrid]\n"+
		"target: ssh:board\nlauncher: {place: control}\ncompile: {place: control, sdk: /usr, sysroot: "+sysroot+"}\n")
	_, data := runThere(t, program, scenario, hosts)
	if data.Campaign.Placement.Compile != results.OnControl {
		t.Errorf("the campaign's placement is %+v", data.Campaign.Placement)
	}
	builds := 0
	for _, event := range data.Events {
		if build := event.Built; build != nil {
			builds++
			if !slices.Contains(build.Command, "--sysroot="+sysroot) || build.ELF.ABI == "" {
				t.Errorf("%s was compiled by %q, its ABI is %q", build.Cell, build.Command, build.ELF.ABI)
			}
		}
	}
	if builds != 1 || len(data.Runs) != 1 {
		t.Errorf("%d builds, %d runs", builds, len(data.Runs))
	}
	nothingLeft(t, work)
}

// nothingLeft tells what a campaign left below a target's work folder.
func nothingLeft(t *testing.T, work string) {
	t.Helper()
	err := filepath.WalkDir(work, func(file string, _ fs.DirEntry, err error) error {
		if err == nil && file != work {
			t.Errorf("%s is on the target", file)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// What cannot be beside the runner is said before anything is started.
func TestLauncherBesideTheRunnerRefused(t *testing.T) {
	folder := t.TempDir()
	hosts := startSSHServer(t).inventory(t, workFolderForAll(t))
	for text, want := range map[string]string{
		"launcher: {place: control}\n": "--target names one",
		"launcher: {place: control}\ntarget: ssh:board\nservices: {store: {host: board}}\n":              "services.store.host",
		"launcher: {place: control}\ntarget: ssh:board\nlinks: [{between: [target, local], rtt: 1ms}]\n": "nothing on the target could emulate or measure a link",
		"launcher: {place: here}\ntarget: ssh:board\n":                                                   "launcher.place",
	} {
		scenario := filepath.Join(folder, "beside.yaml")
		write(t, scenario, "extends: smoke\nname: beside\n"+text)
		if _, people, code := command(t, "run", scenario, "--hosts", hosts, "--out", filepath.Join(folder, "out")); code != exitBadInput || !strings.Contains(people, want) {
			t.Errorf("%s: ended with %d: %s", text, code, people)
		}
	}
}
