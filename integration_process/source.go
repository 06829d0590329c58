package integration_process

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
)

// includesRuntime finds the line by which a solution's source asks for the runtime.
var includesRuntime = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+["<]integration_process\.h[">]`)

// CompilerFiles gathers every file that the compiler is given for one program: source under the name PROGRAM.c and, when it
// includes integration_process.h, the runtime's *.c and *.h beside it. A source that does not include that header is compiled
// alone. The launcher and the independent build of the reference both take their files from here, since the names end up in the
// source hash and, through __FILE__, in the executable.
func CompilerFiles(program string, source []byte) (map[string][]byte, error) {
	name := program + ".c"
	files := map[string][]byte{name: source}
	if !includesRuntime.Match(source) {
		return files, nil
	}
	runtime := Runtime()
	err := fs.WalkDir(runtime, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || (path.Ext(file) != ".c" && path.Ext(file) != ".h") {
			return err
		}
		if file == name {
			return fmt.Errorf("program %q: its source would replace the runtime's %s; choose another program name", program, file)
		}
		files[file], err = fs.ReadFile(runtime, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("gather the sources of program %q: %w", program, err)
	}
	return files, nil
}

// CompilerPath is where the file of that name, one of CompilerFiles, lies when the program's own source is in sourceFolder and the
// runtime is in runtimeFolder.
func CompilerPath(program, name, sourceFolder, runtimeFolder string) string {
	if name == program+".c" {
		return path.Join(sourceFolder, name)
	}
	return path.Join(runtimeFolder, name)
}

// CompilationUnits lists the paths, as CompilerPath gives them, of the *.c files among files, sorted by name: the order in which
// they are given to the compiler, which decides the layout of the executable.
func CompilationUnits(program string, files map[string][]byte, sourceFolder, runtimeFolder string) []string {
	var units []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) == ".c" {
			units = append(units, CompilerPath(program, name, sourceFolder, runtimeFolder))
		}
	}
	return units
}

// SourceSHA256 is the source hash of evidence and policy: SHA-256 over lp(name) lp(content) of each file, sorted by name, where
// lp(x) is the length of x as 4 bytes, big-endian, followed by x (docs/formats/policy.md).
func SourceSHA256(files map[string][]byte) [32]byte {
	hash := sha256.New()
	write := func(x []byte) {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(x)))
		hash.Write(length[:])
		hash.Write(x)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write([]byte(name))
		write(files[name])
	}
	return [32]byte(hash.Sum(nil))
}
