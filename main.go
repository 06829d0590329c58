// Command eaibench measures what it costs to protect an integration process: it deploys one with
// its launcher and digital services, runs it in every execution mode, and compares.
package main

import (
	"os"

	"eaibench/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
