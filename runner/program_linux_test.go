package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"eaibench/attest"
	"eaibench/attest/authority"
	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/integration_process"
	"eaibench/platform"
)

// program builds eaibench once for all tests of this package.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "eaibench-runner-test-")
	if err != nil {
		return "", err
	}
	programFolder = folder
	file := filepath.Join(folder, "eaibench")
	build := exec.Command("go", "build", "-o", file, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building eaibench: %w\n%s", err, out)
	}
	return file, nil
})

func executable(t *testing.T) string {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// reachable is a temporary folder that every user may pass through, unlike t.TempDir's.
func reachable(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "eaibench-runner-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

// references are of retail in all modes, built once for all tests of this package: they are the same for every campaign, and a build
// takes seconds.
var references = sync.OnceValues(func() (built []attest.Reference, err error) {
	folder, err := os.MkdirTemp("", "eaibench-runner-test-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	profile, err := platform.Load("linux")
	if err := errors.Join(err, os.Chmod(folder, 0o711)); err != nil {
		return nil, err
	}
	source, err := integration_process.Source("retail")
	if err != nil {
		return nil, err
	}
	sources, err := integration_process.NewSources("retail", "retail.c", source)
	if err != nil {
		return nil, err
	}
	build := authority.ReferenceBuild{Host: hosts.Local(), Folder: folder}
	if os.Geteuid() == 0 {
		build.User = profile.Compile.User
	}
	var modes []*platform.Mode
	for _, name := range allModes {
		mode, err := profile.Mode(name)
		if err != nil {
			return nil, err
		}
		modes = append(modes, mode)
	}
	all, err := build.BuildAll(context.Background(), modes, sources)
	for _, reference := range all {
		built = append(built, *reference)
	}
	return built, err
})

func referencesOfRetail(t *testing.T) []attest.Reference {
	t.Helper()
	built, err := references()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// withReferences are arguments by which `eaibench run` takes the references of retail that are built already.
func withReferences(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "references.yaml")
	var text bytes.Buffer
	if err := authority.WriteReferences(&text, referencesOfRetail(t)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--references", file}
}

var allModes = []string{"hybrid", "purecap", "compartment"}

// retail is a campaign of it with references built already.
func retail(t *testing.T, parent string) DeploymentOptions {
	return DeploymentOptions{
		Executable: executable(t), Parent: parent, Solution: "retail", Platform: "linux",
		Modes: allModes, Cryptos: []string{"hpke"}, Paths: []string{"relayed"}, Verifies: []string{bench.Full, bench.Cached}, DataSeed: 1, Outcome: "accept",
		References: referencesOfRetail(t),
	}
}
