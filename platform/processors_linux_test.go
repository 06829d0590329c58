package platform

import (
	"os"
	"os/exec"
	"testing"
)

// What a child used is its parent's, once it has ended and was waited for, and was used on this host.
func TestChildrenAndProcessors(t *testing.T) {
	before, err := ReadUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	host, err := ReadProcessors()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done").Run(); err != nil {
		t.Fatal(err)
	}
	after, err := ReadUsage(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	now, err := ReadProcessors()
	if err != nil {
		t.Fatal(err)
	}
	used := after.Children - before.Children
	if used <= 0 {
		t.Errorf("the child used %v", used)
	}
	if now.Busy-host.Busy < used/2 { // counted by ticks
		t.Errorf("the host was busy for %v, a child used %v of it", now.Busy-host.Busy, used)
	}
}
