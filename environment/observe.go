package environment

import (
	"context"
	"fmt"
	"strings"
)

// architectures by what uname -m calls them, where Go calls them otherwise.
var architectures = map[string]string{"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}

// Observe describes the host behind the source. What it does not tell is left empty; the
// error says that it could not be asked for its system, processors or memory, or that the
// context ended.
func Observe(ctx context.Context, source Source) (Environment, error) {
	o := &observer{ctx: ctx, source: source, e: Environment{Raw: map[string]string{}}}
	names, err := source.Run(ctx, "uname", "-s")
	if err != nil {
		return o.e, fmt.Errorf("asking for the operating system: %w", err)
	}
	o.e.Kernel, o.e.KernelVersion = o.run("uname", "-r"), redact(o.run("uname", "-v"))
	o.e.Architecture = o.run("uname", "-m")
	if known, ok := architectures[o.e.Architecture]; ok {
		o.e.Architecture = known
	}
	switch system := strings.TrimSpace(names); system {
	case "Linux":
		o.linux()
	case "FreeBSD":
		o.freebsd()
	default:
		o.e.System, o.e.SystemVersion = strings.ToLower(system), o.e.Kernel
	}
	o.programs()
	if ctx.Err() != nil {
		return o.e, fmt.Errorf("describing a host: %w", context.Cause(ctx))
	}
	switch {
	case o.e.CPUs < 1:
		return o.e, fmt.Errorf("counting processors: neither files nor commands of system %q tell", o.e.System)
	case o.e.Memory == 0:
		return o.e, fmt.Errorf("asking for the memory: neither files nor commands of system %q tell", o.e.System)
	}
	return o.e, nil
}

// observer asks a source and fills an environment.
type observer struct {
	ctx    context.Context
	source Source
	e      Environment
}

// read gives a file's text without white space around it, "" if it cannot be read.
func (o *observer) read(path string) string {
	text, err := o.source.ReadFile(o.ctx, path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// keep reads a file and keeps its text among the raw ones, without what names the host.
func (o *observer) keep(path string) string {
	text := o.read(path)
	if text != "" {
		o.e.Raw[path] = redact(text)
	}
	return text
}

// run gives what a command says, "" if it cannot be run or fails.
func (o *observer) run(command string, arguments ...string) string {
	text, err := o.source.Run(o.ctx, command, arguments...)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// keepRun runs a command and keeps what it says, without what names the host.
func (o *observer) keepRun(command string, arguments ...string) string {
	text := o.run(command, arguments...)
	if text != "" {
		o.e.Raw[strings.Join(append([]string{command}, arguments...), " ")] = redact(text)
	}
	return text
}

// compilers are the commands that may have compiled an integration process: of Linux, of
// CheriBSD, and of its hybrid programs.
var compilers = []string{"gcc", "clang", "cc", "clang-morello"}

// programs asks for the versions of compilers and of OpenSSL's command.
func (o *observer) programs() {
	for _, compiler := range compilers {
		if first, _, _ := strings.Cut(o.run(compiler, "--version"), "\n"); first != "" {
			if o.e.Compilers == nil {
				o.e.Compilers = map[string]string{}
			}
			o.e.Compilers[compiler] = first
		}
	}
	if version := o.run("openssl", "version"); version != "" {
		// OpenSSL before 3.0 has no -c.
		features := strings.TrimSpace(strings.TrimPrefix(o.run("openssl", "version", "-c"), "CPUINFO:"))
		o.e.OpenSSL = &OpenSSL{Version: libraryVersion(version), CPU: features}
	}
}

// libraryVersion is the library's in what `openssl version` prints, as the library tells it itself: behind the command's own version
// stands that of the library it is linked with, in brackets, "(Library: OpenSSL 3.0.16 11 Feb 2025)" (openssl-version(1)).
func libraryVersion(printed string) string {
	if _, behind, told := strings.Cut(printed, " (Library: "); told {
		return strings.TrimSuffix(behind, ")")
	}
	return printed
}
