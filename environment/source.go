package environment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Source is how a host is asked. A file, folder or command that is not there, or must not
// be read, is an error like any other: what it would have told is absent.
type Source interface {
	// ReadFile gives the text of a file, by its absolute path on the host. Files of /proc
	// and /sys have no size beforehand.
	ReadFile(ctx context.Context, path string) (string, error)
	// ReadDir gives the names in a folder, sorted.
	ReadDir(ctx context.Context, path string) ([]string, error)
	// Run gives what a command wrote to its standard output, and an error unless it
	// ended with 0. No shell reads it.
	Run(ctx context.Context, command string, arguments ...string) (string, error)
}

// commandLimit ends a command that hangs.
const commandLimit = 10 * time.Second

// Local is this host. Root is where its file system is mounted, "" for "/": a container
// may have it elsewhere.
type Local struct{ Root string }

// ReadFile reads a file beneath the root.
func (l Local) ReadFile(_ context.Context, path string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/", l.Root, path))
	return string(text), err
}

// ReadDir lists a folder beneath the root.
func (l Local) ReadDir(_ context.Context, path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join("/", l.Root, path))
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

// Run runs a command of this host, with the messages of the C locale. It is ended after
// 10 seconds.
func (l Local) Run(ctx context.Context, command string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	var out, complaint bytes.Buffer
	running := exec.CommandContext(ctx, command, arguments...)
	running.Env = append(os.Environ(), "LC_ALL=C")
	running.Stdout, running.Stderr = &out, &complaint
	if err := running.Run(); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(err, context.Cause(ctx))
		}
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return "", fmt.Errorf("%s: %w: %s", command, err, first)
	}
	return out.String(), nil
}
