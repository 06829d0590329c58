package results

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What a campaign's folder leads to is not read as if it were in it.
func TestReadLog(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		run     string
		prepare func(folder string) error
		want    error // nil: it is read; errAny: whichever
	}{
		"a log":             {"r00", func(f string) error { return os.WriteFile(LogFile(f, "r00"), []byte("log"), 0o600) }, nil},
		"none":              {"r00", func(string) error { return nil }, fs.ErrNotExist},
		"a link to a file":  {"r00", func(f string) error { return os.Symlink(outside, LogFile(f, "r00")) }, ErrNoFile},
		"a link inside":     {"r00", func(f string) error { return os.Symlink("r01.log", LogFile(f, "r00")) }, ErrNoFile},
		"a pipe":            {"r00", func(f string) error { return unix.Mkfifo(LogFile(f, "r00"), 0o600) }, ErrNoFile},
		"a folder":          {"r00", func(f string) error { return os.Mkdir(LogFile(f, "r00"), 0o700) }, ErrNoFile},
		"a name that leads": {"../../secret", func(f string) error { return os.WriteFile(filepath.Join(f, "..", "secret.log"), nil, 0o600) }, errAny},
		"a link to a folder": {"secret", func(f string) error {
			return errors.Join(os.Remove(filepath.Join(f, logsFolder)), os.Rename(outside, outside+".log"), os.Symlink(filepath.Dir(outside), filepath.Join(f, logsFolder)))
		}, errAny},
	} {
		folder := filepath.Join(t.TempDir(), "campaign")
		if err := errors.Join(os.MkdirAll(filepath.Join(folder, logsFolder), 0o700), test.prepare(folder)); err != nil {
			t.Fatal(err)
		}
		log, err := ReadLog(folder, test.run)
		switch {
		case test.want == nil && (err != nil || string(log) != "log"):
			t.Errorf("%s: %q, %v", name, log, err)
		case test.want != nil && (err == nil || len(log) > 0 || test.want != errAny && !errors.Is(err, test.want)):
			t.Errorf("%s: %q, %v; want %v", name, log, err, test.want)
		}
	}
}

var errAny = errors.New("any")
