package runner

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// longScenario has more runs than any test waits for.
const longScenario = `version: 1
name: long
solution: retail
platform: linux
modes: [hybrid, purecap]
runs: 400
warm_up: 0
parameters:
  requests: 2
`

// moments at which longScenario is disturbed, by the beginning of a line of standard error.
const (
	starting  = "long: "
	compiling = "[  1/" // in two modes: the second one's compilation is next
	running   = "[  2/" // in one mode
)

// runUntil starts `eaibench run` with everything in the folder, waits until standard error has a line that begins
// like this, and gives the process.
func runUntil(t *testing.T, folder, line string) *exec.Cmd {
	t.Helper()
	command, _ := runReading(t, folder, line)
	return command
}

// runReading gives what follows on standard error too.
func runReading(t *testing.T, folder, line string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	scenario := filepath.Join(t.TempDir(), "long.yaml")
	if err := os.WriteFile(scenario, []byte(longScenario), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"run", scenario, "--out", filepath.Join(folder, "out")}, withReferences(t)...)
	if line != compiling {
		args = append(args, "--only", "mode=hybrid")
	}
	command := exec.Command(executable(t), args...)
	command.Env = append(os.Environ(), "TMPDIR="+folder)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // if the test ends before it does
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), line) {
			return command, lines
		}
		t.Log(lines.Text())
	}
	t.Fatalf("it never said %q", line)
	return nil, nil
}

// Signals, while components start, while a mode is compiled and while runs are carried out: exit code 4, what was done is kept,
// nothing is left running, and the last line goes on. The first Ctrl-C lets the run in hand end.
func TestInterrupt(t *testing.T) {
	for _, test := range []struct {
		name, line string
		signals    []syscall.Signal
		kept       int  // rows of runs.csv at least, its header included; 0: no campaign yet
		gently     bool // it says that it stops after the run
	}{
		{"Ctrl-C while starting", starting, []syscall.Signal{syscall.SIGINT}, 0, false},
		{"Ctrl-C while running", running, []syscall.Signal{syscall.SIGINT}, 3, true},
		{"SIGTERM while running", running, []syscall.Signal{syscall.SIGTERM}, 3, false},
		{"SIGTERM while compiling", compiling, []syscall.Signal{syscall.SIGTERM}, 2, false},
		{"Ctrl-C, then SIGTERM, while compiling", compiling, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, 2, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for tries := 1; ; tries++ {
				folder := reachable(t)
				command, lines := runReading(t, folder, test.line)
				said := interrupt(t, command, lines, test.signals)
				said += restOf(t, command, lines)
				// A host that does something else meanwhile may send the signal when everything has started.
				if test.kept == 0 && len(tablesIn(t, folder)) > 0 && tries < mostTries {
					t.Log("it was too late")
					continue
				}
				checkInterrupted(t, folder, command, said, test.kept, test.gently)
				return
			}
		})
	}
}

// stopsGently is what it says at the first Ctrl-C.
const stopsGently = "stopping after this run"

// interrupt sends signals to the whole group, as a terminal does, the second when the first was heard. It gives what was said till then.
func interrupt(t *testing.T, command *exec.Cmd, lines *bufio.Scanner, signals []syscall.Signal) (said string) {
	t.Helper()
	for i, signal := range signals {
		if err := syscall.Kill(-command.Process.Pid, signal); err != nil {
			t.Fatal(err)
		}
		for heard := i == len(signals)-1; !heard && lines.Scan(); heard = strings.HasPrefix(lines.Text(), stopsGently) {
			said += lines.Text() + "\n"
		}
	}
	return said
}

// The second Ctrl-C does not wait for the run in hand: this one would never end.
func TestInterruptTwice(t *testing.T) {
	folder := reachable(t)
	command, lines := runReading(t, folder, running)
	k := &killed{t: t, folder: folder}
	k.halt("/scratch/run-")
	kept := strings.Count(k.read("runs.csv"), "\n")
	said := interrupt(t, command, lines, []syscall.Signal{syscall.SIGINT, syscall.SIGINT})
	if !strings.Contains(said, stopsGently+"; once more stops at once") {
		t.Errorf("it does not say what a second one does:\n%s", said)
	}
	said += restOf(t, command, lines)
	checkInterrupted(t, folder, command, said, kept, true)
	if got := strings.Count(k.read("runs.csv"), "\n"); got != kept {
		t.Errorf("%d rows, want %d: the run in hand was not to be kept", got, kept)
	}
}

// restOf waits for the end, and gives what the process says until then.
func restOf(t *testing.T, command *exec.Cmd, lines *bufio.Scanner) (said string) {
	t.Helper()
	hangs := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	defer hangs.Stop()
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	_ = command.Wait()
	t.Log(said)
	return said
}

// checkInterrupted looks at how it ended, and at what it said since the moment.
func checkInterrupted(t *testing.T, folder string, command *exec.Cmd, said string, kept int, gently bool) {
	t.Helper()
	if code := command.ProcessState.ExitCode(); code != 4 {
		t.Errorf("ended with %d", code)
	}
	if strings.Contains("\n"+said, "\n"+stopsGently) != gently {
		t.Errorf("that it stops after the run is said: want %v, in\n%s", gently, said)
	}
	if left := processesNaming(t, folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	checkKept(t, folder, kept)
	last := said[strings.LastIndexByte(strings.TrimSuffix(said, "\n"), '\n')+1:]
	if want := "eaibench run --resume " + filepath.Join(folder, "out", "long-"); kept > 0 && !strings.HasPrefix(last, want) {
		t.Errorf("the last line is %q, want %q", last, want)
	}
}

// tablesIn are the tables of runs of the campaigns in the folder.
func tablesIn(t *testing.T, folder string) []string {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(folder, "out", "*", "runs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// checkKept looks into the folder: it has the interrupted campaign and nothing of the components.
func checkKept(t *testing.T, folder string, rows int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "out" {
			t.Errorf("%s was left", entry.Name())
		}
	}
	tables := tablesIn(t, folder)
	if rows == 0 {
		if len(tables) > 0 {
			t.Errorf("a campaign was made: %v", tables)
		}
		return
	}
	if len(tables) != 1 {
		t.Fatalf("campaigns: %v", tables)
	}
	text, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "\n"); got < rows {
		t.Errorf("%d rows were kept, want at least %d:\n%s", got, rows, text)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(tables[0]), "MANIFEST.sha256")); err == nil {
		t.Error("an interrupted campaign was sealed")
	}
}
