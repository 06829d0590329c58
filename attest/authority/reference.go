package authority

import (
	"bytes"
	"context"
	"fmt"
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
