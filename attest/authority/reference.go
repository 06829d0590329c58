package authority

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/platform"
)

const (
	// compilerOutput is how much of the compiler's and the loader's words is kept, in bytes.
	compilerOutput = 1 << 20
	// maxExecutable is the largest executable that is read back, in bytes.
	maxExecutable = 64 << 20
)

// ReferenceBuild builds a program independently of the launcher, to learn what it must measure as. It uses the same sources,
// sandbox and command as the launcher does, so that an honest launcher's executable has the same hash.
type ReferenceBuild struct {
	Host hosts.Host
	// Folder on the host, absolute and reachable by the user that compiles; what is built is left there.
	Folder string
	// User is the uid and gid that compiles; 0: the user that commands on the host run as. Another takes root's rights there.
	User int
	// Cross is the toolchain with which Host compiles for another, and Runs that other, where the program is built for: there it is
	// found out which libraries it is loaded with. nil: the program runs on Host.
	Cross *platform.Toolchain
	Runs  *ReferenceBuild
}

// Build compiles the sources for the mode and gives their program's reference values.
func (b ReferenceBuild) Build(ctx context.Context, mode *platform.Mode, sources *integration_process.Sources) (*attest.Reference, error) {
	program := sources.Program()
	if !attest.ValidName(program) {
		return nil, fmt.Errorf("program %q is not a name: want [a-z0-9][a-z0-9-]{0,62}", program)
	}
	sandbox, err := b.prepare(ctx, mode, sources)
	if err != nil {
		return nil, fmt.Errorf("prepare the build of %s for mode %s: %w", program, mode.Name, err)
	}
	executable, err := b.compile(ctx, sandbox, mode, sources)
	if err != nil {
		return nil, fmt.Errorf("build %s for mode %s: %w", program, mode.Name, err)
	}
	libraries, err := b.librariesThere(ctx, sandbox, mode, sources, executable)
	if err != nil {
		return nil, fmt.Errorf("find the libraries of %s in mode %s: %w", program, mode.Name, err)
	}
	hash, err := b.Host.Hash(ctx, executable.path)
	if err != nil {
		return nil, err
	}
	return &attest.Reference{
		Program: program, Platform: mode.Platform(), Mode: mode.Name,
		SourceSHA256: sources.SHA256(), ExecutableSHA256: hash, Libraries: libraries,
	}, nil
}

// BuildAll builds for every mode, as Build does, all at once, and gives the references in the modes' order. Modes that are compiled by
// one command in one environment and sandbox, as those that differ in how they are launched alone, share one build.
func (b ReferenceBuild) BuildAll(ctx context.Context, modes []*platform.Mode, sources *integration_process.Sources) ([]*attest.Reference, error) {
	first := map[string]int{} // of the modes that are compiled alike
	alike := make([]int, len(modes))
	for i, mode := range modes {
		how, err := b.compiledHow(ctx, mode, sources)
		if err != nil {
			return nil, fmt.Errorf("prepare the build of %s for mode %s: %w", sources.Program(), mode.Name, err)
		}
		if _, known := first[how]; !known {
			first[how] = i
		}
		alike[i] = first[how]
	}
	references := make([]*attest.Reference, len(modes))
	building, ctx := errgroup.WithContext(ctx)
	for _, i := range first {
		building.Go(func() (err error) {
			references[i], err = b.Build(ctx, modes[i], sources)
			return err
		})
	}
	if err := building.Wait(); err != nil {
		return nil, err
	}
	for i, mode := range modes {
		shared := *references[alike[i]]
		shared.Libraries = maps.Clone(shared.Libraries)
		shared.Mode = mode.Name
		references[i] = &shared
	}
	return references, nil
}

// compiledHow is everything that decides what a mode's compilation makes of the sources, as text.
func (b ReferenceBuild) compiledHow(ctx context.Context, mode *platform.Mode, sources *integration_process.Sources) (string, error) {
	command, err := b.compileCommand(ctx, mode, sources)
	if err != nil {
		return "", err
	}
	sandbox, err := mode.CompileSandbox(platform.Sandbox{Source: platform.SourceFolder, Runtime: platform.RuntimeFolder, Build: platform.BuildFolder, Cross: b.Cross})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q", [][]string{sandbox, mode.CompilerEnvironment(b.Cross), command}), nil
}

// builtExecutable is where the compiler's work lies.
type builtExecutable struct {
	path    string // on the host
	sandbox string // inside the sandbox
}

// prepare lays out the folders of the compile sandbox and gives the command that enters it.
func (b ReferenceBuild) prepare(ctx context.Context, mode *platform.Mode, sources *integration_process.Sources) ([]string, error) {
	s := platform.Sandbox{
		Source: path.Join(b.Folder, mode.Name, "source"), Runtime: path.Join(b.Folder, mode.Name, "runtime"), Build: path.Join(b.Folder, mode.Name, "build"),
		Cross: b.Cross,
	}
	for _, folder := range []string{s.Source, s.Runtime, s.Build} {
		if err := b.Host.RemoveAll(ctx, folder); err != nil {
			return nil, err
		}
		if err := b.Host.MkdirAll(ctx, folder, 0o755); err != nil {
			return nil, err
		}
	}
	if b.User != 0 {
		s.UID, s.GID = b.User, b.User
		owner := strconv.Itoa(b.User) + ":" + strconv.Itoa(b.User)
		if _, err := b.run(ctx, nil, b.chown(mode), owner, "--", s.Build); err != nil {
			return nil, err
		}
	}
	for file, content := range sources.Files(s.Source, s.Runtime) {
		if err := b.Host.MkdirAll(ctx, path.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := b.Host.WriteFile(ctx, file, bytes.NewReader(content), 0o644); err != nil {
			return nil, err
		}
	}
	return mode.CompileSandbox(s)
}

func (b ReferenceBuild) compile(ctx context.Context, sandbox []string, mode *platform.Mode, sources *integration_process.Sources) (*builtExecutable, error) {
	command, err := b.compileCommand(ctx, mode, sources)
	if err != nil {
		return nil, err
	}
	if _, err := b.run(ctx, mode.CompilerEnvironment(b.Cross), append(sandbox[:len(sandbox):len(sandbox)], command...)...); err != nil {
		return nil, err
	}
	return &builtExecutable{path.Join(b.Folder, mode.Name, "build", sources.Program()), compiledTo(sources)}, nil
}

// compiledTo is the executable's path inside the sandbox.
func compiledTo(sources *integration_process.Sources) string {
	return path.Join(platform.BuildFolder, sources.Program())
}

// compileCommand is the compiler's inside the sandbox.
func (b ReferenceBuild) compileCommand(ctx context.Context, mode *platform.Mode, sources *integration_process.Sources) ([]string, error) {
	runs := b.Host // by whose release the profile decides
	if b.Runs != nil {
		runs = b.Runs.Host
	}
	versions, err := mode.Versions(ctx, func(ctx context.Context, argv []string) ([]byte, error) { return hosts.Output(ctx, runs, argv) })
	if err != nil {
		return nil, err
	}
	return mode.CompileCommand(platform.Build{
		Sources: sources.CompilationUnits(platform.SourceFolder, platform.RuntimeFolder),
		Include: []string{platform.RuntimeFolder},
		Output:  compiledTo(sources), Versions: versions, Cross: b.Cross,
	})
}

// chown is the program of that name on the host that compiles.
func (b ReferenceBuild) chown(mode *platform.Mode) string {
	if b.Cross != nil {
		return platform.ToolHere("chown")
	}
	return mode.Tool("chown")
}

// librariesThere finds the libraries on the host that the program is built for: another than the one that compiled gets a copy of it.
func (b ReferenceBuild) librariesThere(ctx context.Context, sandbox []string, mode *platform.Mode, sources *integration_process.Sources, executable *builtExecutable) (map[string]attest.Digest, error) {
	if b.Runs == nil {
		return b.libraries(ctx, sandbox, mode, executable)
	}
	sandbox, err := b.Runs.prepare(ctx, mode, sources)
	if err != nil {
		return nil, err
	}
	file, err := b.Host.ReadFile(ctx, executable.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	copied := &builtExecutable{path.Join(b.Runs.Folder, mode.Name, "build", sources.Program()), executable.sandbox}
	if err := b.Runs.Host.WriteFile(ctx, copied.path, file, 0o755); err != nil {
		return nil, err
	}
	return b.Runs.libraries(ctx, sandbox, mode, copied)
}

// libraries asks the dynamic loader which files it maps for the executable, without running any code of it, and hashes them under
// the names by which /proc/PID/maps shows them: with every symbolic link followed.
func (b ReferenceBuild) libraries(ctx context.Context, sandbox []string, mode *platform.Mode, executable *builtExecutable) (map[string]attest.Digest, error) {
	headers, err := b.headers(ctx, executable)
	if err != nil || headers.Interpreter == "" {
		return map[string]attest.Digest{}, err // linked statically: nothing else is mapped
	}
	asked := traceOf(mode, headers, executable.sandbox)
	inSandbox := func(environment []string, command ...string) (string, error) {
		return b.run(ctx, append(mode.CompileEnvironment(), environment...), append(sandbox[:len(sandbox):len(sandbox)], command...)...)
	}
	trace, err := inSandbox(asked.environment, asked.command...)
	if err != nil {
		return nil, err
	}
	found, err := parseLoaderTrace(trace)
	if err != nil {
		return nil, err
	}
	resolve := append([]string{mode.Tool("realpath")}, asked.realpath...)
	resolve = append(append(resolve, found...), asked.linkers...)
	prefix := mode.Controls().OpenSSL
	if prefix != "" {
		resolve = append(resolve, prefix)
	}
	resolved, err := inSandbox(nil, resolve...)
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(resolved, "\n"), "\n")
	if prefix != "" {
		if names, err = checkOpenSSL(names); err != nil {
			return nil, fmt.Errorf("OpenSSL of %s: %w", prefix, err)
		}
	}
	libraries := map[string]attest.Digest{}
	for _, name := range names {
		hash, err := b.Host.Hash(ctx, name)
		if err != nil {
			return nil, err
		}
		libraries[name] = hash
	}
	return libraries, nil
}

// checkOpenSSL takes the last name, OpenSSL's folder, from those of libraries, and sees that every library of OpenSSL among them is
// of that folder, and its libcrypto there: a linker that finds none in a folder takes the system's and says nothing.
func checkOpenSSL(names []string) ([]string, error) {
	libraries, folder := names[:len(names)-1], names[len(names)-1]
	crypto := false
	for _, name := range libraries {
		base := path.Base(name)
		if !strings.HasPrefix(base, "libcrypto.so") && !strings.HasPrefix(base, "libssl.so") {
			continue
		}
		if !strings.HasPrefix(name, folder+"/") {
			return nil, fmt.Errorf("the program is linked with %s instead", name)
		}
		crypto = crypto || strings.HasPrefix(base, "libcrypto.so")
	}
	if !crypto {
		return nil, errors.New("the program is linked with no libcrypto.so of it")
	}
	return libraries, nil
}

func (b ReferenceBuild) headers(ctx context.Context, executable *builtExecutable) (*platform.ELF, error) {
	file, err := b.Host.ReadFile(ctx, executable.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxExecutable))
	if err != nil {
		return nil, err
	}
	return platform.ParseELF(bytes.NewReader(content))
}

// loaderTrace is how a dynamic loader is asked which files it would map.
type loaderTrace struct {
	command, environment []string
	// linkers are files that it maps and does not name.
	linkers []string
	// realpath has the options with which realpath refuses what is not there.
	realpath []string
}

// traceOf asks the loader of GNU by its --list, that of FreeBSD by its environment (rtld(1)): then the program is started, and the loader
// ends it before any of its code is executed. FreeBSD's does not name itself; which one the kernel takes for the ABI does not always
// stand in the file (sys/kern/imgact_elf.c, the new path of an interpreter).
func traceOf(mode *platform.Mode, headers *platform.ELF, executable string) loaderTrace {
	if !mode.FreeBSD() {
		return loaderTrace{command: []string{headers.Interpreter, "--list", executable}, realpath: []string{"--canonicalize-existing", "--"}}
	}
	trace := loaderTrace{command: []string{executable}, linkers: []string{headers.Interpreter}, realpath: []string{"--"}}
	for _, prefix := range []string{"LD_", "LD_64_", "LD_64CB_", "LD_C18N_", "LD_64CB_C18N_"} {
		trace.environment = append(trace.environment, prefix+"TRACE_LOADED_OBJECTS=yes")
	}
	if headers.Interpreter == "/libexec/ld-elf.so.1" {
		switch headers.ABI {
		case "hybrid":
			trace.linkers = []string{"/libexec/ld-elf64.so.1"}
		case "purecap-benchmark":
			trace.linkers = []string{"/libexec/ld-elf64cb.so.1"}
		}
	}
	return trace
}

// parseLoaderTrace reads what the loader of GNU or FreeBSD says, one library a line: "NAME => PATH (ADDRESS)", or "PATH (ADDRESS)" for
// GNU's loader itself. The kernel's own vdso has no file. A library that is not found is an error.
func parseLoaderTrace(trace string) ([]string, error) {
	var paths []string
	for line := range strings.Lines(trace) {
		entry := strings.TrimSpace(line)
		if entry == "" || entry == "statically linked" {
			continue
		}
		if name, target, arrow := strings.Cut(entry, " => "); arrow {
			if target == "not found" || strings.HasPrefix(target, "not found (") {
				return nil, fmt.Errorf("library %s is not installed", name)
			}
			entry = target
		}
		file, address, found := strings.Cut(entry, " (0x")
		switch {
		case !found || !strings.HasSuffix(address, ")"):
			return nil, fmt.Errorf("the loader's line %q is not understood", strings.TrimSpace(line))
		case strings.HasPrefix(file, "linux-vdso.so."), file == "[vdso]":
		case path.IsAbs(file):
			paths = append(paths, file)
		default:
			return nil, fmt.Errorf("the loader's line %q names no absolute path", strings.TrimSpace(line))
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("the loader names no library, not even itself")
	}
	return paths, nil
}

// run runs a command of the build and gives its standard output; what it says on standard error goes into the error.
func (b ReferenceBuild) run(ctx context.Context, environment []string, command ...string) (string, error) {
	var output, complaint bytes.Buffer
	exit, err := b.Host.Run(ctx, hosts.Command{
		Args: command, Env: environment, Stdout: &output, Stderr: &complaint, OutputLimit: compilerOutput,
	})
	if err != nil {
		return "", err
	}
	if !exit.OK() {
		return "", fmt.Errorf("%s %s: %s", path.Base(command[0]), exit, strings.TrimSpace(complaint.String()))
	}
	return output.String(), nil
}
