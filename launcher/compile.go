package launcher

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"time"

	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// CheckCompile names what failed when a program does not compile.
const CheckCompile = "compile"

// CompileResult is what a program was compiled to.
type CompileResult struct {
	Message          string   `json:"message"`
	Output           string   `json:"output"`       // the compiler's standard output
	ErrorOutput      string   `json:"error_output"` // its standard error: warnings
	ExecutablePath   string   `json:"executable_path"`
	CertificatePath  string   `json:"certificate_path"` // the folder where each run leaves its certificate
	Program          string   `json:"program"`
	Mode             string   `json:"mode"`
	ExecutableSHA256 string   `json:"executable_sha256"`
	ExecutableSize   int64    `json:"executable_size"` // bytes
	SourceSHA256     string   `json:"source_sha256"`   // of every file compiled
	CompileCommand   []string `json:"compile_command"`
	Plain            bool     `json:"plain"` // without the integration process's runtime
	Samples          []Sample `json:"samples"`
}

const (
	sourceIn, runtimeIn, buildIn = "source", "runtime", "build" // folders of a compilation
	longestCompilerText          = 16 << 10                     // bytes of a refusal's text
)

// Compile compiles a stored program for a mode ("" for the first of the chain) in the compile
// sandbox, and stores the executable. There is one compilation a CPU at most; others wait. A program that does not compile is a fault with status 400
// and CheckCompile, and the compiler's messages in its text; other faults: 400 for the mode, 404.
func (l *Launcher) Compile(ctx context.Context, id int, modeName string) (*CompileResult, error) {
	ctx, end, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	mode, err := l.mode(modeName)
	if err != nil {
		return nil, err
	}
	program, release, err := l.store.use(id)
	if err != nil {
		return nil, err
	}
	defer release()
	sources, err := l.store.sources(program)
	if err != nil {
		return nil, err
	}
	select {
	case l.compilers <- struct{}{}:
		defer func() { <-l.compilers }()
	case <-ctx.Done():
		return nil, notBegun(ctx)
	}
	c := compilation{launcher: l, mode: mode, program: program, sources: sources}
	built, err := c.carryOut(ctx)
	if err != nil {
		return nil, err
	}
	sourceHash := sources.SHA256()
	e, err := l.store.addExecutable(id, Executable{
		Mode: mode.Name, SourceSHA256: hex.EncodeToString(sourceHash[:]), Plain: sources.Plain(), CompileCommand: c.command,
	}, built)
	if err != nil {
		return nil, err
	}
	took := time.Since(c.begun)
	l.log.Info("compiled", "program", program.Name, "mode", mode.Name, "executable", e.SHA256, "took", took)
	var samples sampler
	samples.start("compile", took)
	return &CompileResult{
		Message: fmt.Sprintf("%s compiled in mode %s", program.FileName, mode.Name),
		Output:  c.output.String(), ErrorOutput: c.errorOutput.String(),
		ExecutablePath: l.store.executablePath(e), CertificatePath: filepath.Join(l.store.folder, certificatesFolder),
		Program: program.Name, Mode: mode.Name, ExecutableSHA256: e.SHA256, ExecutableSize: e.Size, SourceSHA256: e.SourceSHA256,
		CompileCommand: e.CompileCommand, Plain: e.Plain, Samples: samples.samples,
	}, nil
}

// compilation is one call of the compiler.
type compilation struct {
	launcher            *Launcher
	mode                *platform.Mode
	program             Program
	sources             *integration_process.Sources
	command             []string // inside the sandbox
	output, errorOutput *boundedLog
	begun               time.Time // when the compiler was started
}

// carryOut gives the executable.
func (c *compilation) carryOut(ctx context.Context) (built []byte, err error) {
	l := c.launcher
	folder := within(l.compiles.scratch, "compile-"+randomHex())
	defer func() {
		// Also when ctx has ended.
		err = errors.Join(err, l.compiles.host.RemoveAll(context.WithoutCancel(ctx), folder))
	}()
	if err := c.layOut(ctx, folder); err != nil {
		return nil, fmt.Errorf("preparing to compile %s: %w", c.program.Name, err)
	}
	arguments, err := c.arguments(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("preparing to compile %s: %w", c.program.Name, err)
	}
	limited, cancel := context.WithTimeout(ctx, l.limits.CompileTime)
	defer cancel()
	c.output = newBoundedLog(l.limits.LogKept)
	c.errorOutput = newBoundedLog(l.limits.LogKept)
	c.begun = time.Now()
	exit, err := l.compiles.host.Run(limited, hosts.Command{
		Args: arguments, Env: c.mode.CompilerEnvironment(l.cross), Stdout: c.output, Stderr: c.errorOutput,
		OutputLimit: c.mode.Limits().OutputBytes,
	})
	if err != nil {
		return nil, fmt.Errorf("compiling %s: %w", c.program.Name, err)
	}
	if ctx.Err() != nil {
		return nil, notBegun(ctx)
	}
	if !exit.OK() {
		return nil, c.refusal(exit)
	}
	built, err = c.read(ctx, within(folder, buildIn, c.program.Name))
	if err != nil {
		return nil, fmt.Errorf("reading what %s was compiled to: %w", c.program.Name, err)
	}
	return built, nil
}

// layOut puts the sources where the sandbox shows them.
func (c *compilation) layOut(ctx context.Context, folder string) error {
	host := c.launcher.compiles.host
	for _, name := range []string{sourceIn, runtimeIn, buildIn} {
		if err := host.MkdirAll(ctx, within(folder, name), 0o755); err != nil {
			return err
		}
	}
	for file, content := range c.sources.Files(within(folder, sourceIn), within(folder, runtimeIn)) {
		if err := host.MkdirAll(ctx, path.Dir(file), 0o755); err != nil {
			return err
		}
		if err := host.WriteFile(ctx, file, bytes.NewReader(content), 0o644); err != nil {
			return err
		}
	}
	return c.giveBuildFolder(ctx, within(folder, buildIn))
}

// giveBuildFolder makes the user that compiles the owner of the one folder that is written.
func (c *compilation) giveBuildFolder(ctx context.Context, folder string) error {
	user := c.launcher.compiles.userIDs(c.launcher.profile.Compile.User)
	if user == 0 {
		return nil // the launcher's own user compiles
	}
	complaint := newBoundedLog(c.launcher.limits.LogKept)
	exit, err := c.launcher.compiles.host.Run(ctx, hosts.Command{Args: []string{c.launcher.chown(c.mode), fmt.Sprintf("%d:%d", user, user), "--", folder}, Stderr: complaint})
	if err == nil && !exit.OK() {
		err = fmt.Errorf("chown %s: %s", exit, complaint.lastLines(1))
	}
	return err
}

// arguments are the sandbox's and, behind them, the compiler's. The independent build of the
// reference has the same, since paths end up in the executable.
func (c *compilation) arguments(ctx context.Context, folder string) ([]string, error) {
	versions, err := c.mode.Versions(ctx, c.launcher.commands)
	if err != nil {
		return nil, err
	}
	c.command, err = c.mode.CompileCommand(platform.Build{
		Sources: c.sources.CompilationUnits(platform.SourceFolder, platform.RuntimeFolder),
		Include: []string{platform.RuntimeFolder},
		Output:  within(platform.BuildFolder, c.program.Name), Versions: versions, Cross: c.launcher.cross,
	})
	if err != nil {
		return nil, err
	}
	user := c.launcher.compiles.userIDs(c.launcher.profile.Compile.User)
	sandbox, err := c.mode.CompileSandbox(platform.Sandbox{
		Source: within(folder, sourceIn), Runtime: within(folder, runtimeIn), Build: within(folder, buildIn),
		UID: user, GID: user, Cross: c.launcher.cross,
	})
	if err != nil {
		return nil, err
	}
	return append(sandbox, c.command...), nil
}

// refusal says why there is no executable.
func (c *compilation) refusal(exit hosts.Exit) error {
	why := ""
	switch exit.Cause {
	case hosts.TimedOut:
		why = fmt.Sprintf(": the compiler took longer than %s", c.launcher.limits.CompileTime)
	case hosts.OutputExceeded:
		why = fmt.Sprintf(": the compiler printed more than %d bytes", c.mode.Limits().OutputBytes)
	case hosts.Exited:
	default:
		why = ": the compiler was " + exit.String()
	}
	text := strings.TrimSpace(c.errorOutput.String())
	if len(text) > longestCompilerText {
		text = strings.ToValidUTF8(text[:longestCompilerText], "") + "…"
	}
	if text != "" {
		why += ":\n" + text
	}
	return &endpoint.Fault{
		Status: http.StatusBadRequest, Check: CheckCompile,
		Message: fmt.Sprintf("%s does not compile in mode %s%s", c.program.FileName, c.mode.Name, why),
	}
}

func (c *compilation) read(ctx context.Context, file string) ([]byte, error) {
	reader, err := c.launcher.compiles.host.ReadFile(ctx, file)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	limit := c.mode.Limits().CompileFileBytes
	content, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return content, err
}

// chown is the program of that name on the host that compiles.
func (l *Launcher) chown(mode *platform.Mode) string {
	if l.cross != nil {
		return platform.ToolHere("chown")
	}
	return mode.Tool("chown")
}

func randomHex() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: the runtime ends the program instead
	return hex.EncodeToString(b[:])
}
