package cli

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"eaibench/internal/endpoint"
)

func serves(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		script.Fatalf("usage: serves NAME COMMAND [ARGUMENT...]")
	}
	program, err := exec.LookPath(args[1])
	script.Check(err)
	server := exec.Command(program, args[2:]...)
	server.Dir = script.MkAbs(".") // its environment is the test's: the script's TMPDIR is closed to users of their own
	output, err := server.StdoutPipe()
	script.Check(err)
	script.Check(server.Start())
	script.Defer(func() {
		// Both fail when it has ended by itself, which the script's commands have then complained of.
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	})
	var ready endpoint.Ready
	line, err := bufio.NewReader(output).ReadBytes('\n')
	script.Check(err)
	script.Check(json.Unmarshal(line, &ready))
	script.Setenv(args[0], "https://"+ready.Address)
}
