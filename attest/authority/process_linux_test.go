package authority

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"eaibench/attest"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/platform"
)

const tinyProgram = "tiny"

// tinyBuild is the program of testdata/tiny.c, built once for each mode.
type tinyBuild struct {
	folder     string
	references map[string]*attest.Reference
}

// buildTiny builds it at the first call; TestMain removes it.
var buildTiny = sync.OnceValues(func() (*tinyBuild, error) {
	folder, err := os.MkdirTemp("", "authority-tiny-")
	if err != nil {
		return nil, err
	}
	built := &tinyBuild{folder, map[string]*attest.Reference{}}
	cleanUps = append(cleanUps, func() error { return os.RemoveAll(folder) })
	source, err := os.ReadFile("testdata/tiny.c")
	if err = errors.Join(err, os.Chmod(folder, 0o755)); err != nil {
		return nil, err
	}
	sources, err := integration_process.NewSources(tinyProgram, tinyProgram+".c", source)
	if err != nil {
		return nil, err
	}
	profile, err := platform.Load("linux")
	if err != nil {
		return nil, err
	}
	for _, name := range profile.Chain() {
		mode, err := profile.Mode(name)
		if err != nil {
			return nil, err
		}
		build := ReferenceBuild{Host: hosts.Local(), Folder: folder, User: testCompilerUID}
		if built.references[name], err = build.Build(context.Background(), mode, sources); err != nil {
			return nil, err
		}
	}
	return built, nil
})

func tiny(t *testing.T) *tinyBuild {
	t.Helper()
	requireRoot(t)
	built, err := buildTiny()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// launch says how a test starts the tiny program; what is left out is done as an honest launcher does it.
type launch struct {
	mode        string
	uid         int                     // instead of the mode's first user
	executable  string                  // instead of the one built for the mode
	environment []string                // beside the mode's
	arguments   func([]string) []string // changes the command that starts it
}

// tinyProcess is a live process of it.
type tinyProcess struct {
	t       *testing.T
	process hosts.Process
	pid     int // of the program itself, below its wrappers
}

// startTiny starts the program from a folder that nobody but its own user may enter, under the mode's own uid.
func startTiny(t *testing.T, l launch) *tinyProcess {
	t.Helper()
	built := tiny(t)
	mode, err := linuxProfile(t).Mode(l.mode)
	if err != nil {
		t.Fatal(err)
	}
	if l.uid == 0 {
		l.uid = mode.Users.First
	}
	if l.executable == "" {
		l.executable = filepath.Join(built.folder, l.mode, "build", tinyProgram)
	}
	folder := reachableFolder(t)
	executable := filepath.Join(folder, "closed", tinyProgram)
	copyTo(t, l.executable, executable, l.uid)
	order := platform.Launch{Executable: executable, UID: l.uid, GID: l.uid}
	if mode.NeedsSeccomp() {
		order.SeccompFile = filepath.Join(folder, "filter")
		filter, err := mode.SeccompFilter(order.Direct)
		if err == nil {
			err = os.WriteFile(order.SeccompFile, filter, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	command, err := mode.LaunchCommand(order)
	if err != nil {
		t.Fatal(err)
	}
	if l.arguments != nil {
		command = l.arguments(command)
	}
	return runTiny(t, executable, hosts.Command{
		Args: command, Env: append(mode.EnvironmentWithoutCgroup(), l.environment...), Pipes: true, Stderr: t.Output(),
	})
}

func runTiny(t *testing.T, executable string, command hosts.Command) *tinyProcess {
	t.Helper()
	process, err := hosts.Local().Start(context.Background(), command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Stdin().Close()
		// Wait reports that the whole tree is gone.
		if _, err := process.Wait(); err != nil {
			t.Error(err)
		}
	})
	p := &tinyProcess{t: t, process: process}
	identity, err := platform.IdentityOf(executable)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if p.pid, err = platform.FindProcess(ctx, process.PID(), identity); err != nil {
		t.Fatal(err)
	}
	return p
}

// copyTo puts a file into a new folder; both can be read by uid alone.
func copyTo(t *testing.T, from, to string, uid int) {
	t.Helper()
	content, err := os.ReadFile(from)
	err = errors.Join(err, os.Mkdir(filepath.Dir(to), 0o700), os.WriteFile(to, content, 0o700),
		os.Chown(to, uid, uid), os.Chown(filepath.Dir(to), uid, uid))
	if err != nil {
		t.Fatal(err)
	}
}

func (p *tinyProcess) command(letter byte, more ...byte) {
	p.t.Helper()
	if _, err := p.process.Stdin().Write(append([]byte{letter}, more...)); err != nil {
		p.t.Fatal(err)
	}
	var answer [1]byte
	if _, err := io.ReadFull(p.process.Stdout(), answer[:]); err != nil || answer[0] != letter {
		p.t.Fatalf("command %q was answered %q, %v", letter, answer, err)
	}
}

// holdDigestOf lets the process hold the digest of a CSR, as if it had made it.
func (p *tinyProcess) holdDigestOf(csr []byte) {
	p.t.Helper()
	digest := sha256.Sum256(csr)
	p.command('d', digest[:]...)
}

// mapFile inserts a read-only mount into a command of bubblewrap, as a launcher that wants another library in the compartment.
func mapFile(from, to string) func([]string) []string {
	return func(command []string) []string {
		at := slices.Index(command, "--seccomp")
		return slices.Insert(slices.Clone(command), at, "--ro-bind", from, to)
	}
}
