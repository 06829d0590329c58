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

// runUntil starts `eaibench run` with everything in the folder, waits until standard error has a line that begins
// like this, and gives the process.
func runUntil(t *testing.T, folder, line string) *exec.Cmd {
	t.Helper()
	command := exec.Command(executable(t), "run", "smoke", "--out", filepath.Join(folder, "out"))
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
			return command
		}
		t.Log(lines.Text())
	}
	t.Fatalf("it never said %q", line)
	return nil
}

// Ctrl-C, while components start and while runs are carried out: exit code 4, what was done is kept, nothing
// is left running.
func TestInterrupt(t *testing.T) {
	for _, test := range []struct {
		name, line string
		kept       int // rows of runs.csv at least, its header included; 0: no campaign yet
	}{
		{"while starting", "smoke: ", 0},
		{"while running", "[ 2/", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := reachable(t)
			command := runUntil(t, folder, test.line)
			// To the whole group, as a terminal does.
			if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { _ = command.Wait(); close(ended) }()
			select {
			case <-ended:
			case <-time.After(30 * time.Second):
				t.Fatal("it does not end")
			}
			if code := command.ProcessState.ExitCode(); code != 4 {
				t.Errorf("ended with %d", code)
			}
			if left := processesNaming(t, folder); len(left) > 0 {
				t.Errorf("still running: %q", left)
			}
			checkKept(t, folder, test.kept)
		})
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
