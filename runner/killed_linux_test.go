package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/results"
)

const tinyScenario = `version: 1
name: tiny
solution: retail
platform: linux
modes: [hybrid, compartment]
runs: 4
warm_up: 1
parameters:
  requests: 2
`

const tinyRuns = 10 // of the scenario

// moment is when an eaibench is killed.
type moment struct {
	name string
	// builds tells that it builds the references itself.
	builds bool
	// before is done first; nil: nothing.
	before func(*killed)
	// blocks names a file of the campaign; a pipe that nobody reads takes its place, so that writing it has no end. nil: none.
	blocks func(*killed) string
	// comes waits for it; false: it did not come.
	comes func(*killed) bool
	// was checks, once it is killed, that it was the moment; nil: comes has.
	was func(*killed) bool
}

func moments() []moment {
	return []moment{
		{
			name: "while the references are built", builds: true,
			comes: func(k *killed) bool { return k.halt("bwrap", "/reference/") },
			was:   func(k *killed) bool { return k.campaign() == "" },
		},
		{
			name:  "while the services start",
			comes: func(k *killed) bool { return k.await(func() bool { return k.operatorHas("logs/service-store.log") }) },
			was:   func(k *killed) bool { return k.campaign() == "" },
		},
		{
			name:  "when the campaign is made",
			comes: func(k *killed) bool { return k.await(func() bool { return k.campaign() != "" }) },
			was:   func(k *killed) bool { return k.more(0, 0) },
		},
		{
			name:  "while the launcher starts, going on",
			comes: func(k *killed) bool { return k.await(func() bool { return k.operatorHas("logs/launcher.log") }) },
			was:   func(k *killed) bool { return k.more(0, 0) },
		},
		{
			name:  "while the launcher compiles",
			comes: func(k *killed) bool { return k.halt("bwrap", "/scratch/compile-") },
			was:   func(k *killed) bool { return k.more(0, 1) },
		},
		{
			name:  "in a run without a compartment",
			comes: func(k *killed) bool { return k.halt("/scratch/run-", "/program") },
			was:   func(k *killed) bool { return k.more(0, 2) },
		},
		{
			name:  "in a run in a compartment",
			comes: func(k *killed) bool { return k.halt("/scratch/run-", "bwrap") },
			was:   func(k *killed) bool { return k.more(0, 2) },
		},
		{
			name:  "between two runs",
			comes: func(k *killed) bool { return k.says(fmt.Sprintf("[%2d/", rows(k.runs)+1)) },
			was:   func(k *killed) bool { return k.more(1, 2) },
		},
		{
			name:   "between a run's samples and its row",
			blocks: func(k *killed) string { return filepath.Join("logs", k.pending()+".log") },
			comes: func(k *killed) bool {
				return k.await(func() bool { return len(k.read("samples.csv")) > len(k.samples) })
			},
			was: func(k *killed) bool { return k.read("runs.csv") == k.runs },
		},
		{
			name:   "when the manifest is to be written",
			before: (*killed).moveToAnotherKernel,
			blocks: func(*killed) string { return ".MANIFEST.sha256" },
			comes: func(k *killed) bool {
				return k.await(func() bool { return rows(k.read("runs.csv")) == tinyRuns })
			},
		},
	}
}

// mostTries are for a moment: a host that does something else meanwhile may not see it come.
const mostTries = 5

// through starts eaibench, kills it at the moment, and looks at what is left.
func (k *killed) through(m moment) {
	k.t.Helper()
	k.given = nil
	if !m.builds {
		k.given = withReferences(k.t)
	}
	if m.before != nil {
		m.before(k)
	}
	began := time.Now()
	for tries := 1; !k.meets(m); tries++ {
		if tries == mostTries {
			k.t.Fatalf("%s: each of %d times it was another moment", m.name, tries)
		}
		k.t.Logf("%s: it was another moment", m.name)
	}
	if !strings.HasPrefix(k.read("runs.csv"), k.runs) {
		k.t.Errorf("%s: runs that were kept are gone", m.name)
	}
	k.t.Logf("killed %s after %s: %d of %d runs are kept", m.name, time.Since(began), rows(k.read("runs.csv")), tinyRuns)
}

// meets tells whether it was the moment. If not, the campaign is as it was before.
func (k *killed) meets(m moment) bool {
	k.t.Helper()
	restore, pipe := k.keep(), ""
	if m.blocks != nil {
		pipe = filepath.Join(k.campaign(), m.blocks(k))
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			k.t.Fatal(err)
		}
	}
	k.start()
	came := m.comes(k)
	killed := k.kill()
	if pipe != "" {
		if err := os.Remove(pipe); err != nil {
			k.t.Fatal(err)
		}
	}
	if came && killed && (m.was == nil || m.was(k)) {
		return true
	}
	restore()
	return false
}

// more tells whether so many runs are kept since the process was started.
func (k *killed) more(least, most int) bool {
	more := rows(k.read("runs.csv")) - rows(k.runs)
	return least <= more && more <= most
}

// moveToAnotherKernel makes the campaign one that began on another kernel: it is not gone on with unless that is asked for.
func (k *killed) moveToAnotherKernel() {
	k.t.Helper()
	file := filepath.Join(k.campaign(), "campaign.json")
	text, err := os.ReadFile(file)
	if err != nil {
		k.t.Fatal(err)
	}
	moved := regexp.MustCompile(`"kernel": ".*?"`).ReplaceAll(text, []byte(`"kernel": "1.2"`))
	if err := os.WriteFile(file, moved, 0o644); err != nil {
		k.t.Fatal(err)
	}
	events := k.read("events.jsonl")
	k.start()
	if !k.says("eaibench: a host is not as it was when the campaign began; --despite-changes goes on nonetheless, and records it:") || !k.says(`kernel was "1.2", is "`) {
		k.t.Error("it does not say that the kernel is another")
	}
	if _ = k.process.Wait(); k.process.ProcessState.ExitCode() != 2 || k.read("events.jsonl") != events {
		k.t.Errorf("on another kernel it ended with %s", k.process.ProcessState)
	}
	k.flags = []string{"--despite-changes"}
}

// checkSessions wants each session that carried runs out noted with what was compiled, the last one with what had changed, and the end.
func (k *killed) checkSessions() {
	k.t.Helper()
	data, err := results.Read(k.campaign())
	if err != nil {
		k.t.Fatal(err)
	}
	var last *results.Session
	builds := map[string]bool{}
	for _, event := range data.Events {
		if event.Began != nil {
			last = event.Began
		}
		if built := event.Built; built != nil {
			builds[fmt.Sprintf("%s %s of %d bytes by %.3s, %s", built.Cell, built.ExecutableSHA256, built.ExecutableSize, built.Compiler, built.ELF.ABI)] = true
		}
	}
	if last == nil || !slices.ContainsFunc(last.Differences, func(d string) bool { return strings.HasPrefix(d, `kernel was "1.2"`) }) {
		k.t.Errorf("the last session: %+v", last)
	}
	if len(builds) != 2 { // one a cell, however often its mode was compiled
		k.t.Errorf("built %v", builds)
	}
	ended := results.EndOf(data.Events)
	if ended == nil || ended.Reason != results.EndComplete || len(ended.Hosts) != 1 || time.Duration(ended.ClockStep).Abs() > time.Second {
		k.t.Errorf("ended: %+v", ended)
	}
	for _, run := range data.Runs {
		if run.ABI == "" || (run.Mode == "compartment") != (run.Compartment != "") || run.OpenSSL == "" || run.OpenSSLCPU == "" {
			k.t.Errorf("of run %s is known ABI %q, compartment %q, OpenSSL %q with %q", run.ID, run.ABI, run.Compartment, run.OpenSSL, run.OpenSSLCPU)
		}
	}
}

// A campaign whose eaibench is killed ten times, wherever it hurts, ends as one that nobody killed: every run once, the manifest
// made, nothing left running.
func TestKilledCampaign(t *testing.T) {
	k := &killed{t: t, folder: reachable(t)}
	if err := os.WriteFile(filepath.Join(k.folder, "tiny.yaml"), []byte(tinyScenario), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, m := range moments() {
		k.through(m)
	}
	k.start()
	for line := range k.lines {
		t.Log(line)
	}
	if err := k.process.Wait(); err != nil {
		t.Fatalf("the last one ended with %v", err)
	}
	k.checkSessions()
	if left := processesNaming(t, k.folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	entries, err := os.ReadDir(k.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "out" && name != "tiny.yaml" {
			t.Errorf("%s was left", name)
		}
	}
	checkWholeCampaign(t, k.campaign())
}
