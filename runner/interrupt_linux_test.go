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
			folder := reachable(t)
			command, lines := runReading(t, folder, test.line)
			for _, signal := range test.signals {
				// To the whole group, as a terminal does.
				if err := syscall.Kill(-command.Process.Pid, signal); err != nil {
					t.Fatal(err)
				}
			}
			checkInterrupted(t, folder, command, lines, test.kept, test.gently)
		})
	}
}

// The second Ctrl-C does not wait for the run in hand: this one would never end.
func TestInterruptTwice(t *testing.T) {
	folder := reachable(t)
	command, lines := runReading(t, folder, running)
	k := &killed{t: t, folder: folder}
	k.halt("/scratch/run-")
	kept := strings.Count(k.read("runs.csv"), "\n")
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "stopping after this run; once more stops at once") {
		t.Log(lines.Text())
	}
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	checkInterrupted(t, folder, command, lines, kept, false)
	if got := strings.Count(k.read("runs.csv"), "\n"); got != kept {
		t.Errorf("%d rows, want %d: the run in hand was not to be kept", got, kept)
	}
}

// checkInterrupted waits for the end, reading what the process says.
func checkInterrupted(t *testing.T, folder string, command *exec.Cmd, lines *bufio.Scanner, kept int, gently bool) {
	t.Helper()
	patience := time.AfterFunc(30*time.Second, func() { _ = command.Process.Kill() })
	defer patience.Stop()
	said, last := false, ""
	for lines.Scan() {
		last = lines.Text()
		said = said || strings.HasPrefix(last, "stopping after this run")
		t.Log(last)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 4 {
		t.Errorf("ended with %d", code)
	}
	if said != gently {
		t.Errorf("said that it stops after the run: %v", said)
	}
	if left := processesNaming(t, folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	checkKept(t, folder, kept)
	if want := "eaibench run --resume " + filepath.Join(folder, "out", "long-"); kept > 0 && !strings.HasPrefix(last, want) {
		t.Errorf("the last line is %q, want %q", last, want)
	}
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
	tables, err := filepath.Glob(filepath.Join(folder, "out", "*", "runs.csv"))
	if err != nil {
		t.Fatal(err)
	}
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
