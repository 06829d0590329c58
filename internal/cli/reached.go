package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/environment"
	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/platform"
)

// elsewhereFlags name another host of which a server makes use, and where it is described.
func elsewhereFlags(use string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "host", Usage: use + " on `HOST` of the inventory, over SSH alone: nothing of eaibench is put there"},
		hostsFlag(),
	}
}

// toolchainFlags name what this host compiles with for another.
func toolchainFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sdk", Usage: "compile on this host for --host, with the toolchain in folder `DIR` (its bin has the compiler), and copy what comes of it there"},
		&cli.StringFlag{Name: "sysroot", Usage: "with --sdk: folder `DIR` with the other host's root file system"},
	}
}

// toolchainOf reads them; nil: none is given.
func toolchainOf(c *cli.Context) (*platform.Toolchain, error) {
	if !c.IsSet("sdk") && !c.IsSet("sysroot") {
		return nil, nil
	}
	if !c.IsSet("host") {
		return nil, errors.New("--sdk and --sysroot are for another host: --host names it")
	}
	toolchain := &platform.Toolchain{SDK: c.String("sdk"), Sysroot: c.String("sysroot")}
	return toolchain, toolchain.Check()
}

// elsewhere is the host that --host names.
type elsewhere struct {
	host       hosts.Host // nil: none was named
	workFolder string
	close      func() error
}

// openElsewhere reads the inventory, if --host is given, and opens the host. Nothing is connected to before it is used. Its keys are
// read where they are.
func openElsewhere(c *cli.Context) (elsewhere, error) {
	none := elsewhere{close: func() error { return nil }}
	if !c.IsSet("host") {
		return none, nil
	}
	read, err := inventory.Load(c.String("hosts"))
	if err != nil {
		return none, err
	}
	name := c.String("host")
	entry, err := read.Entry(name)
	if err != nil {
		return none, fmt.Errorf("%s: %w", c.String("hosts"), err)
	}
	host, err := read.Host(name)
	if err != nil {
		return none, err
	}
	return elsewhere{host, entry.WorkFolder, read.Close}, nil
}

// describedThere describes a host by what its commands say, where nothing of eaibench is.
// Where this host compiles for it, it is this one's compiler of which the version is told.
func describedThere(ctx context.Context, host hosts.Host, profile string, toolchain *platform.Toolchain, brief bool) (is hostDescription, err error) {
	if is.Environment, err = environment.Observe(ctx, commandsOf{host}); err != nil {
		return is, failed("describing host %s: %w", host.Name(), err)
	}
	if brief {
		return is, nil
	}
	is.Versions, err = commonVersions(profile, toolchain, func(compiler string) (string, error) {
		if toolchain != nil {
			return trial(ctx, compiler, "--version")
		}
		said, err := hosts.Output(ctx, host, []string{"/bin/sh", "-c", `exec "$1" --version`, "sh", compiler}, targetPath)
		return string(said), err
	})
	return is, err
}

// commandsOf asks a host by its shell.
type commandsOf struct{ host hosts.Host }

// ReadFile reads a file. Those of /proc and /sys have no size beforehand.
func (e commandsOf) ReadFile(ctx context.Context, path string) (string, error) {
	return e.Run(ctx, "cat", "--", path)
}

// ReadDir lists a folder.
func (e commandsOf) ReadDir(ctx context.Context, path string) ([]string, error) {
	said, err := e.Run(ctx, "ls", "-A", "--", path)
	return linesOf(said), err
}

// Run runs a command, with the messages of the C locale.
func (e commandsOf) Run(ctx context.Context, command string, arguments ...string) (string, error) {
	said, err := hosts.Output(ctx, e.host, append([]string{"/bin/sh", "-c", `exec "$@"`, "sh", command}, arguments...), targetPath)
	return string(said), err
}

// commonVersions are those of eaibench, the platform's profile and its compiler, of which version tells.
func commonVersions(profile string, toolchain *platform.Toolchain, version func(compiler string) (string, error)) (map[string]string, error) {
	versions := map[string]string{"eaibench": currentBuild().String()}
	sum, err := platform.SHA256(profile)
	if err != nil {
		return nil, badInput("%w", err)
	}
	versions["platform"] = "SHA-256 " + sum
	loaded, err := platform.Load(profile)
	if err != nil {
		return nil, badInput("%w", err)
	}
	compiler, err := loaded.Compiler(toolchain)
	if err != nil {
		return nil, badInput("%w", err)
	}
	said, err := version(compiler)
	if err != nil {
		return nil, badInput("%w; `eaibench doctor` says what the host lacks", err)
	}
	versions[filepath.Base(compiler)], _, _ = strings.Cut(said, "\n")
	return versions, nil
}

// linesOf are the lines of a text, without empty ones.
func linesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
