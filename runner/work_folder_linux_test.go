package runner

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"eaibench/hosts"
)

// A work folder in which another user can put a program in the place of eaibench's is refused: what ran there would be theirs, its
// evidence too.
func TestWorkFolderThatOthersCanChange(t *testing.T) {
	const stranger = 65_500
	for name, test := range map[string]struct {
		make func(above string) error // above: a folder of root's; work is below
		open string                   // relative to above; "": it is fine
	}{
		"root's":        {func(above string) error { return os.Mkdir(above+"/work", 0o755) }, ""},
		"not there yet": {func(string) error { return nil }, ""},
		"a stranger's": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chown(above+"/work", stranger, 0))
		}, "work"},
		"below a stranger's": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chown(above, stranger, 0))
		}, "."},
		"not there yet, below a stranger's": {func(above string) error { return os.Chown(above, stranger, 0) }, "."},
		"everybody's":                       {func(above string) error { return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chmod(above, 0o777)) }, "."},
		"everybody's, with the sticky bit": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chmod(above, 0o777|os.ModeSticky))
		}, ""},
		"a group's": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chown(above, 0, stranger), os.Chmod(above, 0o775))
		}, "."},
		"root's group's": {func(above string) error { return errors.Join(os.Mkdir(above+"/work", 0o755), os.Chmod(above, 0o775)) }, ""},
		"a link to root's": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/real", 0o755), os.Symlink("real", above+"/work"))
		}, ""},
		"a stranger's link": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/real", 0o755), os.Symlink("real", above+"/work"), os.Lchown(above+"/work", stranger, 0))
		}, "work"},
		"a link to a stranger's": {func(above string) error {
			return errors.Join(os.Mkdir(above+"/* real", 0o755), os.Chown(above+"/* real", stranger, 0), os.Symlink("* real", above+"/work"))
		}, "* real"},
	} {
		t.Run(name, func(t *testing.T) {
			above := filepath.Join(t.TempDir(), "above")
			if err := errors.Join(os.Mkdir(above, 0o755), test.make(above)); err != nil {
				t.Fatal(err)
			}
			err := Place{Name: "board", Host: hosts.Local(), WorkFolder: above + "/work"}.CheckOwned(t.Context())
			open := new(AlterableFolder)
			switch {
			case test.open == "" && err != nil:
				t.Error(err)
			case test.open != "" && (!errors.As(err, &open) || open.Open != filepath.Join(above, test.open)):
				t.Errorf("got %v, want %s to be said", err, filepath.Join(above, test.open))
			}
		})
	}
}
