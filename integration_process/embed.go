// Package integration_process holds the C sources of integration processes: the runtime that every solution
// shares, and one folder for each solution with its source and its description. It owns the program's text and
// what it says about itself, and reads what others upload as a program, one source or an archive of several, trusting none
// of it; how it is compiled, started and talked to belongs to platform and launcher.
//
// The runtime's header for solutions is integration_process.h. A solution is compiled together with every .c file
// of the runtime, in one command, against OpenSSL 3.0 or later and libcjson.
package integration_process

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed runtime/*.c runtime/*.h solutions
var files embed.FS

// Runtime returns the shared C sources and headers, all in the root of the file system.
func Runtime() fs.FS {
	runtime, err := fs.Sub(files, "runtime")
	if err != nil {
		panic(err) // only for an invalid path, and this one is a constant
	}
	return runtime
}

// Solutions returns the names of the solutions that come with eaibench, sorted.
func Solutions() []string {
	entries, err := files.ReadDir("solutions")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// Source returns the C source of a solution. The error of an unknown one lists those there are.
func Source(solution string) ([]byte, error) {
	for _, name := range Solutions() {
		if name == solution {
			return files.ReadFile("solutions/" + name + "/" + name + ".c")
		}
	}
	return nil, fmt.Errorf("no solution %q: there are %s", solution, strings.Join(Solutions(), ", "))
}
