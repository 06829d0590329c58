package platform

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
)

// endless is a file that never ends, read once; then the context does.
type endless struct{ end context.CancelFunc }

func (e endless) Read(p []byte) (int, error) {
	e.end()
	return len(p), nil
}

func TestReadingEndsWithItsContext(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	if _, err := hashMapped(ctx, endless{end}, fileStat{regular: true, size: maximumMapped}, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("a file: %v", err)
	}
	if _, err := readBounded(ctx, os.Getpid(), "maps", maximumMap); !errors.Is(err, context.Canceled) {
		t.Errorf("the memory map: %v", err)
	}
	own := &ProcessFacts{PID: os.Getpid()}
	if _, err := own.changedPages(ctx, mapping{start: 0x1000, end: 0x2000, inode: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("pages: %v", err)
	}
}
