package launcher

import (
	"os"
	"path/filepath"
	"testing"
)

func TestScratchFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "scratch")
	ok(t, os.MkdirAll(filepath.Join(folder, "run-1", "deep"), 0o755))
	got := ok1(prepareScratch(folder, "data"))(t)
	if left := ok1(os.ReadDir(got))(t); len(left) != 0 {
		t.Errorf("what a killed launcher left is still there: %v", left)
	}
	if mode := ok1(os.Stat(got))(t).Mode().Perm(); mode != 0o711 {
		t.Errorf("mode %o: users of runs must pass through, and not look around", mode)
	}
}

// TestChosenScratchFolder starts launchers in whose place others were killed. Nobody can foresee the
// folder, and so keep a launcher from starting.
func TestChosenScratchFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	data := t.TempDir()
	first := ok1(prepareScratch("", data))(t)
	ok(t, os.MkdirAll(filepath.Join(first, "run-1", "deep"), 0o755))
	second := ok1(prepareScratch("", data))(t)
	if first == second {
		t.Error("the name can be foreseen")
	}
	if left := ok1(os.ReadDir(os.Getenv("TMPDIR")))(t); len(left) != 1 || left[0].Name() != filepath.Base(second) {
		t.Errorf("what a killed launcher left is still there: %v", left)
	}
	// What is now at the recorded place is not the launcher's to remove.
	ok(t, os.Remove(second))
	ok(t, os.Symlink(data, second))
	third := ok1(prepareScratch("", data))(t)
	if ok1(os.Readlink(second))(t) != data || third == second {
		t.Error("a link in the place of the one before was followed or taken")
	}
}

func TestForeignScratchFolderIsRefused(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file"), filepath.Join(folder, "link")
	ok(t, os.WriteFile(file, nil, 0o600))
	ok(t, os.Symlink(folder, link))
	refused := []string{file, link}
	if os.Geteuid() == 0 {
		foreign := filepath.Join(folder, "foreign")
		ok(t, os.Mkdir(foreign, 0o755))
		ok(t, os.Chown(foreign, 60699, 60699))
		refused = append(refused, foreign)
	}
	for _, path := range refused {
		if _, err := prepareScratch(path, "data"); err == nil {
			t.Errorf("%s was taken", path)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s is gone: %v", path, err)
		}
	}
}
