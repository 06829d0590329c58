package platform

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// ReadProcessMemory reads the content of a symbol of the executable, which must have the given size in bytes, from a live process's
// memory. The process is stopped for that moment, by ptrace(2): who may debug it may read it. The error wraps ErrGone, ErrChanged or
// ErrNoSymbol where it is that.
func ReadProcessMemory(pid int, symbol string, size int) ([]byte, error) {
	content, err := readStopped(context.Background(), pid, symbol, size)
	if err != nil {
		return nil, fmt.Errorf("read %s from the memory of process %d: %w", symbol, pid, err)
	}
	return content, nil
}

func readStopped(ctx context.Context, pid int, symbol string, size int) ([]byte, error) {
	before, err := here().started(ctx, pid)
	if err != nil {
		return nil, err
	}
	address, err := here().Address(ctx, pid, symbol, size)
	if err != nil {
		return nil, err
	}
	content, err := readByPtrace(pid, address, size)
	if err != nil {
		return nil, err
	}
	after, err := here().started(ctx, pid)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, ErrChanged
	}
	return content, nil
}

// readByPtrace stops a process, reads its memory, and lets it go on. The request may come from any thread of the process that
// attached; it is kept on one all the same, since a signal of the stop is waited for in between.
func readByPtrace(pid int, address uint64, size int) (content []byte, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.PtraceAttach(pid); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return nil, ErrGone
		}
		return nil, fmt.Errorf("stop it: %w", err)
	}
	defer func() { err = errors.Join(err, unix.PtraceDetach(pid)) }()
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, fmt.Errorf("wait until it has stopped: %w", err)
		case !status.Stopped():
			return nil, ErrGone
		}
		break
	}
	content = make([]byte, size)
	n, err := unix.PtraceIO(unix.PIOD_READ_D, pid, uintptr(address), content, size)
	if err != nil {
		return nil, err
	}
	if n != size {
		return nil, fmt.Errorf("%d bytes were read of %d", n, size)
	}
	return content, nil
}
