package authority

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"eaibench/attest"
	"eaibench/integration_process"
	"eaibench/platform"
)

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
