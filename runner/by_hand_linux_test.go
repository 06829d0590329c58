package runner

import (
	"fmt"
	"os"
	"os/exec"
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
