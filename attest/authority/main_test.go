package authority

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childVariable makes the test's own executable another program: the tests start it where they need a process of its own.
const childVariable = "EAIBENCH_AUTHORITY_TEST_CHILD"

// cleanUps are done after the last test.
var cleanUps []func() error

// children are those programs; each returns its exit code.
var children = map[string]func(arguments []string) int{}

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		child, known := children[name]
		if !known {
			fmt.Fprintf(os.Stderr, "no child program is named %q\n", name)
			os.Exit(2)
		}
		os.Exit(child(os.Args[1:]))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		for _, cleanUp := range cleanUps {
			if err := cleanUp(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
		os.Exit(code)
	}))
}

// requireRoot fails rather than skips: the suite is run as root, and what only root can try would silently go untested.
func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test changes users: run the tests as root")
	}
}
