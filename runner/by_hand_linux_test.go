package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The example in the documentation works as it stands: every part started by hand, one run in each mode.
func TestByHand(t *testing.T) {
	folder := reachable(t)
	command := exec.Command("../docs/by-hand.sh")
	// An address of this host that is this test's alone, since the example's ports are fixed.
	address := fmt.Sprintf("127.66.%d.%d", os.Getpid()>>8&0xff, os.Getpid()&0xff|1)
	command.Env = append(os.Environ(), "EAIBENCH="+executable(t), "HOST_ADDRESS="+address, "TMPDIR="+folder)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, mode := range allModes {
		if want := fmt.Sprintf("run by-hand-%s of retail in mode %s: ok\n", mode, mode); !strings.Contains(string(out), want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	if left := processesNaming(t, folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// A command of one's own gets the launcher, and its end is the end of all.
func TestByHandWithACommand(t *testing.T) {
	folder := reachable(t)
	command := exec.Command("../docs/by-hand.sh", filepath.Join(folder, "parts"), executable(t), "launcher", "upload", "integration_process/solutions/retail/retail.c")
	address := fmt.Sprintf("127.67.%d.%d", os.Getpid()>>8&0xff, os.Getpid()&0xff|1)
	command.Env = append(os.Environ(), "EAIBENCH="+executable(t), "HOST_ADDRESS="+address)
	out, err := command.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "retail.c\n1\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if left := processesNaming(t, folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// What is in the folder already is left alone, and said before anything is done.
func TestByHandWantsAnEmptyFolder(t *testing.T) {
	folder := reachable(t)
	if err := os.WriteFile(filepath.Join(folder, "mine"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, there := range []string{folder, filepath.Join(folder, "mine")} {
		command := exec.Command("../docs/by-hand.sh", there)
		command.Env = append(os.Environ(), "EAIBENCH="+executable(t))
		out, err := command.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || string(out) != "docs/by-hand.sh: "+there+" is there already and not an empty folder: remove it or name another\n" {
			t.Errorf("%v, %s", err, out)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "mine")); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}
