package runner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"eaibench/hosts"
)

// Place is a host that plays a part in a campaign.
type Place struct {
	// Name in records; LocalHost is this one.
	Name string
	Host hosts.Host
	// WorkFolder on the host holds what is put there; every user must be able to reach it. "" on this host.
	WorkFolder string
	System     System
	// Executable is eaibench for that host's system, a file of this host. "" on this host.
	Executable string
	// Serve is the address, without a port, at which other hosts reach servers on it. Where it is "", servers listen on the
	// loopback interface and are reached through the connection that this host has to it.
	Serve string
}

// LocalHost names this host.
const LocalHost = "local"

// Here is this host.
func Here() Place { return Place{Name: LocalHost, Host: hosts.Local()} }

func (p Place) here() bool { return p.Name == LocalHost }

// System is a host's operating system and processor, as Go names them.
type System struct{ OS, Architecture string }

// SystemOf asks a host what it is.
func SystemOf(ctx context.Context, host hosts.Host) (System, error) {
	said, err := output(ctx, host, "/bin/sh", "-c", "uname -s && uname -m")
	if err != nil {
		return System{}, fmt.Errorf("asking host %s for its system: %w", host.Name(), err)
	}
	name, machine, _ := strings.Cut(strings.TrimSpace(said), "\n")
	architecture := machine
	switch machine {
	case "x86_64":
		architecture = "amd64"
	case "aarch64", "arm64", "morello":
		architecture = "arm64"
	}
	return System{OS: strings.ToLower(name), Architecture: architecture}, nil
}

// ExecutableFor is the file of eaibench that runs on a system: own, this program's, where it is of the same one, else one that
// `make cross` built beside it.
func ExecutableFor(system System, own string) (string, error) {
	if system.OS == runtime.GOOS && system.Architecture == runtime.GOARCH {
		return own, nil
	}
	file := filepath.Join(filepath.Dir(own), "eaibench-"+system.OS+"-"+system.Architecture)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("eaibench for %s/%s: %w; `make cross` builds those that there are", system.OS, system.Architecture, err)
	}
	return file, nil
}

// deploy copies eaibench to a host, once: a file there of the same hash is used again. It gives its path there.
func (p Place) deploy(ctx context.Context) (string, error) {
	program, err := os.Open(p.Executable)
	if err != nil {
		return "", fmt.Errorf("reading eaibench for host %s: %w", p.Name, err)
	}
	defer program.Close() // only read
	hash := sha256.New()
	if _, err := io.Copy(hash, program); err != nil {
		return "", fmt.Errorf("reading eaibench for host %s: %w", p.Name, err)
	}
	want := [sha256.Size]byte(hash.Sum(nil))
	there := path.Join(p.WorkFolder, deployedFolder, fmt.Sprintf("%s%x", deployedPrefix, want[:8]))
	if has, err := p.Host.Hash(ctx, there); err == nil && has == want {
		return there, nil
	} else if err != nil && ctx.Err() != nil {
		return "", err
	}
	if _, err := program.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("reading eaibench for host %s: %w", p.Name, err)
	}
	if err := p.Host.MkdirAll(ctx, path.Dir(there), 0o755); err != nil {
		return "", err
	}
	if err := p.Host.WriteFile(ctx, there, program, 0o755); err != nil {
		return "", errors.Join(err, p.clearCopy(ctx, there))
	}
	has, err := p.Host.Hash(ctx, there)
	if err == nil && has != want {
		err = &hosts.TargetError{Host: p.Name, Op: "write " + there, Err: errors.New("the copy of eaibench differs from the original")}
	}
	return there, err
}

// clearCopy reaches a host once more that was lost while eaibench was copied to it: half a copy is removed then. Where it cannot be
// reached, a steward removes it one day.
func (p Place) clearCopy(ctx context.Context, there string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearLimit)
	defer cancel()
	return p.Host.MkdirAll(ctx, path.Dir(there), 0o755)
}

// deliver copies files and folders of this host, named relative to here, to the same names below a folder of the other. Each
// keeps its mode: keys stay their owner's alone.
func (p Place) deliver(ctx context.Context, here, there string, names ...string) error {
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(here, name), func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			relative, err := filepath.Rel(here, file)
			if err != nil {
				return err
			}
			target := path.Join(there, filepath.ToSlash(relative))
			switch {
			case entry.IsDir():
				return p.Host.MkdirAll(ctx, target, info.Mode().Perm())
			case !info.Mode().IsRegular():
				return fmt.Errorf("%s is neither a file nor a folder", file)
			}
			if err := p.Host.MkdirAll(ctx, path.Dir(target), 0o755); err != nil {
				return err
			}
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return p.Host.WriteFile(ctx, target, strings.NewReader(string(content)), info.Mode().Perm())
		})
		if err != nil {
			return fmt.Errorf("delivering %s to host %s: %w", name, p.Name, err)
		}
	}
	return nil
}

// Ask has eaibench on the host carry out a command, and gives what it printed.
func (p Place) Ask(ctx context.Context, args ...string) (string, error) {
	executable, err := p.deploy(ctx)
	if err != nil {
		return "", fmt.Errorf("copying eaibench to host %s: %w", p.Name, err)
	}
	return p.output(ctx, append([]string{executable}, args...)...)
}

// environment is what commands on another host get.
func (p Place) environment() []string {
	if p.System.OS == "freebsd" {
		return []string{searchPath, noPreemption}
	}
	return []string{searchPath}
}

// mostOutput is how much of a small command's output is read, bytes.
const mostOutput = 4 << 20

// output runs a command that says something short, and gives what it said.
func output(ctx context.Context, host hosts.Host, args ...string) (string, error) {
	return Place{Host: host}.output(ctx, args...)
}

func (p Place) output(ctx context.Context, args ...string) (string, error) {
	host := p.Host
	var said, complained strings.Builder
	exit, err := host.Run(ctx, hosts.Command{
		Args: args, Env: p.environment(), Stdout: &said, Stderr: &complained, OutputLimit: mostOutput,
	})
	if err != nil {
		return "", err
	}
	if !exit.OK() {
		return "", exitFault(ctx, host, args, exit, strings.TrimSpace(complained.String()))
	}
	return said.String(), nil
}

// exitFault is the error for a small command that did not do what it is for: the harness's where it gave up, else the program's, which
// has no type.
func exitFault(ctx context.Context, host hosts.Host, args []string, exit hosts.Exit, words string) error {
	if exit.Cause == hosts.Cancelled || exit.Cause == hosts.TimedOut {
		return &hosts.HarnessError{Op: "host " + host.Name() + ": " + strings.Join(args, " "), Err: fmt.Errorf("%s: %w", exit, context.Cause(ctx))}
	}
	return fmt.Errorf("%s on host %s %s: %s", args[0], host.Name(), exit, words)
}
