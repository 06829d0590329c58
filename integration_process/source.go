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

// Sources are the files from which one program is compiled: its own and, when one of those includes integration_process.h, the
// runtime's. The launcher and the independent build of the reference both take them from here, since the names end up in the
// source hash and, through __FILE__, in the executable.
type Sources struct {
	program string
	own     map[string][]byte // by path within the program's folder, with slashes
	runtime map[string][]byte // empty for a program that is compiled alone
}

// includesRuntime finds the line by which a source asks for the runtime.
var includesRuntime = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+["<]integration_process\.h[">]`)

// NewSources are the sources of a program that is uploaded, or named to the reference's build, as this file: one C source, which
// is compiled under the name PROGRAM.c, or an archive of several (IsArchive). Errors are the file's fault; with ErrTooLarge among
// their causes where it is too long.
func NewSources(program, fileName string, content []byte) (*Sources, error) {
	if !IsArchive(fileName) {
		return gather(program, map[string][]byte{program + ".c": content})
	}
	own, err := readArchive(fileName, content)
	if err != nil {
		return nil, err
	}
	return gather(program, own)
}

// NewSourcesOf are the sources of a program whose files are in a folder: its .c and .h files, to whatever depth; other files are
// left alone. They are the same as those of an archive of that folder.
func NewSourcesOf(program string, folder fs.FS) (*Sources, error) {
	own, err := readFolder(folder)
	if err != nil {
		return nil, err
	}
	return gather(program, own)
}

// gather adds the runtime where it is asked for.
func gather(program string, own map[string][]byte) (*Sources, error) {
	s := &Sources{program: program, own: own, runtime: map[string][]byte{}}
	asksForRuntime := func(name string) bool { return includesRuntime.Match(own[name]) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(own)), asksForRuntime) {
		return s, nil
	}
	runtime := Runtime()
	err := fs.WalkDir(runtime, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || (path.Ext(file) != ".c" && path.Ext(file) != ".h") {
			return err
		}
		if _, replaced := own[file]; replaced {
			return fmt.Errorf("program %q: its source %s would replace the runtime's; choose another name", program, file)
		}
		s.runtime[file], err = fs.ReadFile(runtime, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("gather the sources of program %q: %w", program, err)
	}
	return s, nil
}

// Program is its name, as in certificates.
func (s *Sources) Program() string { return s.program }

// Plain says that the program is compiled without the runtime: it speaks no messages.
func (s *Sources) Plain() bool { return len(s.runtime) == 0 }

// Files gives the content of every file by the path at which the compiler finds it, when the program's own are in sourceFolder
// and the runtime's in runtimeFolder. Paths have slashes.
func (s *Sources) Files(sourceFolder, runtimeFolder string) map[string][]byte {
	files := make(map[string][]byte, len(s.own)+len(s.runtime))
	for name, content := range s.own {
		files[path.Join(sourceFolder, name)] = content
	}
	for name, content := range s.runtime {
		files[path.Join(runtimeFolder, name)] = content
	}
	return files
}

// CompilationUnits lists the paths, as Files gives them, of the *.c files, sorted by name within their folder: the order in which
// they are given to the compiler, which decides the layout of the executable.
func (s *Sources) CompilationUnits(sourceFolder, runtimeFolder string) []string {
	var units []string
	for _, name := range slices.Sorted(maps.Keys(s.all())) {
		if path.Ext(name) != ".c" {
			continue
		}
		folder := sourceFolder
		if _, shared := s.runtime[name]; shared {
			folder = runtimeFolder
		}
		units = append(units, path.Join(folder, name))
	}
	return units
}

// all is every file by its name within its folder. No name is in both.
func (s *Sources) all() map[string][]byte {
	files := maps.Clone(s.own)
	maps.Copy(files, s.runtime)
	return files
}

// SHA256 is the source hash of evidence and policy: SHA-256 over lp(name) lp(content) of each file, sorted by name, where lp(x) is
// the length of x as 4 bytes, big-endian, followed by x (docs/formats/policy.md).
func (s *Sources) SHA256() [32]byte {
	hash := sha256.New()
	write := func(x []byte) {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(x)))
		hash.Write(length[:])
		hash.Write(x)
	}
	files := s.all()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write([]byte(name))
		write(files[name])
	}
	return [32]byte(hash.Sum(nil))
}
