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
	first, second := ok1(prepareScratch("", "data 1"))(t), ok1(prepareScratch("", "data 2"))(t)
	if first == second {
		t.Error("two data folders share a scratch folder")
	}
	ok(t, os.Remove(first))
	ok(t, os.Remove(second))
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
