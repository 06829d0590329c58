package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A console is kept where it shows something, and then alone: an empty one, or one that cannot be read, leaves no file.
func TestConsoleOfFailure(t *testing.T) {
	why := errors.New("it has not booted")
	for _, test := range []struct {
		name, shown string
		there       bool
		kept        int
	}{
		{"shows something", "Kernel panic\n", true, 1},
		{"shows nothing", "", true, 0},
		{"is not there", "", false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			temporary, file := t.TempDir(), filepath.Join(t.TempDir(), "console.log")
			t.Setenv("TMPDIR", temporary)
			if test.there {
				write(t, file, test.shown)
			}
			err := withConsole("board", file, why)
			kept, globbing := filepath.Glob(filepath.Join(temporary, "*"))
			if globbing != nil || len(kept) != test.kept {
				t.Fatalf("kept are %q, %v", kept, globbing)
			}
			if !errors.Is(err, why) || errors.Is(err, fs.ErrNotExist) == test.there {
				t.Errorf("the error is %v", err)
			}
			if strings.Contains(err.Error(), "its console is in ") != (test.kept > 0) {
				t.Errorf("with %d files: %v", test.kept, err)
			}
			for _, one := range kept {
				if text, reading := os.ReadFile(one); reading != nil || string(text) != test.shown || !strings.Contains(err.Error(), one) {
					t.Errorf("%s has %q, %v; said is %v", one, text, reading, err)
				}
			}
		})
	}
}
