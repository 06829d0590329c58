package cli

import (
	"os"

	"eaibench/environment"
)

// hostRootVariable names the folder where the host's file system is mounted: a container that is given it asks, and sets,
// its host and not itself.
const hostRootVariable = "EAIBENCH_HOST_ROOT"

// thisHost is asked what it is like.
func thisHost() environment.Local { return environment.Local{Root: os.Getenv(hostRootVariable)} }
