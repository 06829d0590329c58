package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe that nobody writes to is waited for until the first signal, no longer.
func TestImportOfAPipeEndsAtASignal(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe.csv")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // lets whoever waits for a writer go
		if writer, err := unix.Open(pipe, unix.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
			unix.Close(writer)
		}
	})
	ctx, signal := context.WithCancelCause(t.Context())
	signal(&signalled{unix.SIGINT})
	err := run(ctx, []string{"eaibench", "import", "--format", "published-cpu", "outside=" + pipe, "--out", filepath.Join(folder, "out")}, strings.NewReader(""), io.Discard, io.Discard)
	exit, ok := err.(*exitError)
	if !ok || exit.code != exitInterrupted || !strings.Contains(err.Error(), "interrupt") {
		t.Errorf("ended with %v", err)
	}
}
