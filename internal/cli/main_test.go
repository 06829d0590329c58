package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the expected output of testdata/*.txtar anew")

func TestMain(m *testing.M) {
	if strings.HasPrefix(filepath.Base(os.Args[0]), "eaibench-") { // the copy of this program on a target
		os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"eaibench": func() { os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// The scripts read as documentation of the command line. `exits N COMMAND` runs a command that
// must end with that exit code, `serves NAME COMMAND` starts a server, for the rest of the script, whose
// address is then $NAME. `campaign DIR [FACTOR] [incomplete] [target=TARGET]` makes the campaign of the tests of summary there, of
// which all modes but hybrid are slower by the factor. `published DIR` copies the invented measurements in the layouts of
// published ones, with their tables.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "serves": serves, "campaign": makesCampaign, "published": copiesPublished},
	})
}
