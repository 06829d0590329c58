package hosts_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/hoststest"
)

// held makes a folder, and gives the PID of the shell that holds it.
func held(t *testing.T, below string) (*hosts.Folder, int) {
	t.Helper()
	folder, err := hosts.Hold(t.Context(), hosts.Local(), below)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := os.ReadFile(filepath.Join(folder.Path, "holder"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.Fields(string(mark))[0])
	if err != nil {
		t.Fatal(err)
	}
	return folder, pid
}

func TestHold(t *testing.T) {
	below := filepath.Join(t.TempDir(), "new", "work")
	folder, _ := held(t, below)
	info, err := os.Stat(folder.Path)
	if err != nil || filepath.Dir(folder.Path) != below || info.Mode().Perm() != 0o711 {
		t.Errorf("%s: %v, %v", folder.Path, info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(folder.Path, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other, _ := held(t, below)
	if other.Path == folder.Path || folder.Lost() != nil {
		t.Errorf("%s and %s, %v", folder.Path, other.Path, folder.Lost())
	}
	for _, f := range []*hosts.Folder{folder, other} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(below); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestHoldAfterAKill: a folder whose shell was killed is told to be lost, and is removed by the next that is made.
func TestHoldAfterAKill(t *testing.T) {
	below := t.TempDir()
	lost, pid := held(t, below)
	half := filepath.Join(below, "eaibench-new-"+strconv.Itoa(1<<30)+"-abc")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); lost.Lost() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody notices that the holder is gone")
		}
	}
	if target := new(hosts.TargetError); !errors.As(lost.Lost(), &target) || target.Host != "local" {
		t.Errorf("it is lost: %v", lost.Lost())
	}
	next, _ := held(t, below)
	for _, gone := range []string{lost.Path, half} {
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", gone, err)
		}
	}
	for _, f := range []*hosts.Folder{next, lost} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHoldFails: where no folder can be made, the error has the host's words.
func TestHoldFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := hosts.Hold(t.Context(), hosts.Local(), file)
	if target := new(hosts.TargetError); !errors.As(err, &target) || !strings.Contains(err.Error(), "mkdir") {
		t.Errorf("got %v", err)
	}
}

// lastRemoved gives the name that was removed last from a folder while do ran.
func lastRemoved(t *testing.T, folder string, do func()) string {
	t.Helper()
	names := hoststest.Removed(t, folder, do)
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// TestHoldIsRemovedWhole: who is killed while it removes a folder leaves it so that the next holder knows it. Without its mark it would
// be nobody's.
func TestHoldIsRemovedWhole(t *testing.T) {
	below := t.TempDir()
	fill := func(folder string) {
		for i := range 64 { // whatever order the file system lists them in
			if err := os.WriteFile(filepath.Join(folder, []string{"", ".", ".."}[i%3]+"file "+strconv.Itoa(i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	closed, _ := held(t, below)
	fill(closed.Path)
	if last := lastRemoved(t, closed.Path, func() {
		if err := closed.Close(); err != nil {
			t.Error(err)
		}
	}); last != "holder" {
		t.Errorf("by its holder, %q was removed last", last)
	}
	lost, pid := held(t, below)
	fill(lost.Path)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); lost.Lost() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody notices that the holder is gone")
		}
	}
	var next *hosts.Folder
	if last := lastRemoved(t, lost.Path, func() { next, _ = held(t, below) }); last != "holder" {
		t.Errorf("by the next one, %q was removed last", last)
	}
	for _, f := range []*hosts.Folder{next, lost} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(below); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
