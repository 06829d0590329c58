package cli

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

func copiesPublished(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		script.Fatalf("usage: published DIR")
	}
	script.Check(os.CopyFS(script.MkAbs(args[0]), publishedFiles))
}

// publishedFiles are invented measurements in the layouts of published ones, with their tables.
var publishedFiles = os.DirFS("../../plots/paper/testdata/published")
