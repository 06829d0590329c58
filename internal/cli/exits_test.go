package cli

import (
	"errors"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

func exits(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		script.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	script.Check(err)
	err = script.Exec(args[1], args[2:]...) // keeps stdout and stderr for the lines that follow
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		script.Check(err)
	}
	if got != want {
		script.Fatalf("ended with %d, want %d", got, want)
	}
}
