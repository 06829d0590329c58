package tuning

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"eaibench/environment"
)

// The test's own program, started with these, changes the settings of a tree, stops after so many of them, and waits to be
// killed.
const (
	rootVariable  = "EAIBENCH_TEST_TUNED_ROOT"
	afterVariable = "EAIBENCH_TEST_TUNED_AFTER"
)

func TestMain(m *testing.M) {
	root := os.Getenv(rootVariable)
	if root == "" {
		os.Exit(m.Run())
	}
	h, left := newHost(root), 0
	after, err := strconv.Atoi(os.Getenv(afterVariable))
	if err != nil {
		panic(err)
	}
	wait := func() {
		fmt.Println("reached")
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
		os.Exit(3)
	}
	h.write = func(file, value string) error {
		if left == after {
			wait()
		}
		left++
		return writeValue(file, value)
	}
	if _, err := begin(h); err != nil {
		panic(err)
	}
	wait()
}

// killAfter has a process change so many settings of the tree and kills it.
func killAfter(t *testing.T, root string, after int) {
	t.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), rootVariable+"="+root, fmt.Sprint(afterVariable, "=", after))
	process.Stderr = os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(5*time.Minute, func() { _ = process.Process.Kill() })
	defer deadline.Stop()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "reached\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if left, err := Abandoned(root); left != nil || err != nil {
		t.Errorf("while it lives: %+v, %v", left, err)
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err == nil || process.ProcessState.ExitCode() != -1 {
		t.Fatalf("it ended by itself: %v", err)
	}
}

// Whenever it is killed, everything is put back.
func TestKilled(t *testing.T) {
	for after := range len(asItWas()) + 1 {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			root := laptop(t)
			killAfter(t, root, after)
			changed := 0
			for setting, value := range values(root) {
				if value == asWanted()[setting] {
					changed++
				}
			}
			if changed != after {
				t.Errorf("%d settings were changed", changed)
			}
			left, err := Abandoned(root)
			if err != nil || left == nil || len(left.Changes) != len(asItWas()) {
				t.Errorf("left: %+v, %v", left, err)
			}
			outcome, err := RestoreAbandoned(root)
			if err != nil || len(outcome.Restored) != after {
				t.Errorf("%+v, %v", outcome, err)
			}
			same(t, "put back", asItWas(), values(root))
			if stateThere(root) {
				t.Error("the state is still there")
			}
		})
	}
}

// The next that changes settings puts back first: it does not take what the killed one set for what it was.
func TestKilledThenBegun(t *testing.T) {
	root := laptop(t)
	killAfter(t, root, 3)
	s, err := Begin(root)
	if err != nil || len(s.Changes()) != len(asItWas()) {
		t.Fatalf("%+v, %v", s, err)
	}
	same(t, "changed", asWanted(), values(root))
	if _, err := s.Restore(); err != nil {
		t.Fatal(err)
	}
	same(t, "put back", asItWas(), values(root))
}

// After a start of the system its settings are its own.
func TestKilledThenRestarted(t *testing.T) {
	root := laptop(t)
	killAfter(t, root, len(asItWas()))
	put(t, root, environment.BootFile, "b2\n")
	outcome, err := RestoreAbandoned(root)
	if err != nil || !outcome.Restarted || len(outcome.Restored) != 0 || stateThere(root) {
		t.Errorf("%+v, %v", outcome, err)
	}
	same(t, "untouched", asWanted(), values(root))
}
