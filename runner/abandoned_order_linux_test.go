package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"eaibench/hosts/hoststest"
)

// Who is killed while it removes a folder leaves it so that the next one knows it: without its lock it would count as kept, keys and all.
func TestLockIsRemovedLast(t *testing.T) {
	parent := t.TempDir()
	abandoned := filepath.Join(parent, operatorPrefix+"dead")
	if err := os.Mkdir(abandoned, 0o700); err != nil {
		t.Fatal(err)
	}
	dead, err := holdFolder(abandoned)
	if err == nil {
		err = dead.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", parent)
	made, remove, err := MakeFolder()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		folder string
		remove func() error
	}{
		"abandoned":  {abandoned, func() error { return removeAbandoned(parent) }},
		"one's own":  {made, remove},
		"a campaign": deployed(t, parent),
	} {
		for i := range 64 { // whatever order the file system lists them in
			if err := os.WriteFile(filepath.Join(test.folder, fmt.Sprint("key-", i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		names := hoststest.Removed(t, test.folder, func() {
			if err := test.remove(); err != nil {
				t.Error(err)
			}
		})
		if len(names) <= 64 || names[len(names)-1] != lockName {
			t.Errorf("%s: removed %q, want the lock last", name, names)
		}
		if _, err := os.Stat(test.folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
}

// deployed has the folder of a campaign, and its end.
func deployed(t *testing.T, parent string) (of struct {
	folder string
	remove func() error
},
) {
	t.Helper()
	folder, lock, err := makeFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	d := &Deployment{operator: &operator{folder: folder}, lock: lock}
	of.folder, of.remove = folder, d.Close
	return of
}
