package runner

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// operatorFolders are the names of the operators' folders in a folder.
func operatorFolders(t *testing.T, parent string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(parent, operatorPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])[len(operatorPrefix):]
	}
	return found
}

// TestRemoveAbandoned removes the folder of a dead runner and nothing else.
func TestRemoveAbandoned(t *testing.T) {
	parent := t.TempDir()
	operatorFolder := func(name string) string {
		folder := filepath.Join(parent, operatorPrefix+name)
		if err := os.MkdirAll(filepath.Join(folder, "ca"), 0o700); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	operatorFolder("kept") // or not locked yet
	alive, err := holdFolder(operatorFolder("alive"))
	if err != nil {
		t.Fatal(err)
	}
	dead, err := holdFolder(operatorFolder("dead"))
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(parent, "elsewhere")
	if err := os.Rename(operatorFolder("elsewhere"), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(parent, operatorPrefix+"link")); err != nil {
		t.Fatal(err)
	}
	want := []string{"alive", "kept", "link"}
	if os.Geteuid() == 0 {
		another, err := holdFolder(operatorFolder("another-user"))
		if err != nil {
			t.Fatal(err)
		}
		if err := another.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(parent, operatorPrefix+"another-user"), 65_500, 65_500); err != nil {
			t.Fatal(err)
		}
		want = []string{"alive", "another-user", "kept", "link"}
	}
	if err := removeAbandoned(parent); err != nil {
		t.Fatal(err)
	}
	if got := operatorFolders(t, parent); !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
	if _, err := os.Stat(elsewhere); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
	if err := alive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := removeAbandoned(parent); err != nil {
		t.Fatal(err)
	}
	if got := operatorFolders(t, parent); slices.Contains(got, "alive") {
		t.Error("not removed when its runner had ended")
	}
}

// TestKilledRunner kills `eaibench run`: it leaves its folder, which the next runner removes.
func TestKilledRunner(t *testing.T) {
	folder := reachable(t)
	command := runUntil(t, folder, running)
	if err := removeAbandoned(folder); err != nil || len(operatorFolders(t, folder)) != 1 {
		t.Fatalf("while it lives there are %v, %v", operatorFolders(t, folder), err)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	// Its components end with it, but not in the same instant.
	eventually(t, "nothing of it runs", func() bool { return len(processesNaming(t, folder)) == 0 })
	deployment := &Deployment{options: retail(t, folder)}
	if err := deployment.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := operatorFolders(t, folder); len(left) != 1 {
		t.Errorf("there are %v", left)
	}
	if err := deployment.Close(); err != nil || len(operatorFolders(t, folder)) != 0 {
		t.Errorf("left %v, %v", operatorFolders(t, folder), err)
	}
}
