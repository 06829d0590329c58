package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/hosts"
	"eaibench/runner"
)

// Eaibench for another system that was built from other source is refused: the campaign would be that one's.
func TestBuildOnAnotherHost(t *testing.T) {
	here := currentBuild()
	here.Revision = "0123abc"
	for name, test := range map[string]struct {
		change func(*build)
		fits   bool
	}{
		"the same":                   {func(*build) {}, true},
		"another system":             {func(b *build) { b.System = "freebsd/arm64" }, true},
		"with files beside":          {func(b *build) { b.Modified = true }, true},
		"without its revision":       {func(b *build) { b.Revision = "" }, true},
		"another revision":           {func(b *build) { b.Revision = "0123abd" }, false},
		"another version":            {func(b *build) { b.Version = "0.0.9" }, false},
		"another compiler, Go's own": {func(b *build) { b.Go = "go1.0" }, false},
	} {
		there := here
		test.change(&there)
		if err := there.fits(here); (err == nil) != test.fits || err != nil && !strings.Contains(err.Error(), "make cross") {
			t.Errorf("%s: %v", name, err)
		}
	}

	// One that says what it is, as it stands beside this program.
	old := currentBuild()
	old.Version = "0.0.9"
	for _, one := range []build{old, currentBuild()} {
		said, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "eaibench-other-system")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n[ \"$*\" = 'version --json' ] && echo '"+string(said)+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		place := runner.Place{Name: "board", Host: hosts.Local(), WorkFolder: t.TempDir(), Executable: file}
		p := &places{own: "/another/file"}
		if err := p.sameBuild(t.Context(), place); (err != nil) != (one == old) || err != nil && !strings.Contains(err.Error(), "host board: eaibench for") {
			t.Errorf("%s: %v", one, err)
		}
		looked := targetChecks{place: place}
		if found, err := looked.eaibench(t.Context()); (err != nil) != (one == old) {
			t.Errorf("doctor finds %q, %v", found, err)
		}
	}
}
