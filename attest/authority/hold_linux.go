package authority

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"eaibench/platform"
)

// heldProcess is a process that is still known after its PID was given to another.
type heldProcess struct {
	pid, descriptor int
}

func holdProcess(pid int) (*heldProcess, error) {
	descriptor, err := unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return nil, fmt.Errorf("process %d: %w", pid, platform.ErrGone)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
		return nil, fmt.Errorf("%d is a thread, not a process: %w", pid, err)
	case err != nil:
		return nil, fmt.Errorf("hold process %d: %w", pid, err)
	}
	return &heldProcess{pid, descriptor}, nil
}

// alive reports whether the process has not ended. While it has not, its PID names no other.
func (h *heldProcess) alive() error {
	// A descriptor of a process can be read once that has ended (pidfd_open(2)). Unlike signal 0, this takes no rights over it.
	polled := []unix.PollFd{{Fd: int32(h.descriptor), Events: unix.POLLIN}}
	ready, err := unix.Poll(polled, 0)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("look after process %d: %w", h.pid, err)
	}
	if ready > 0 {
		return fmt.Errorf("process %d: %w", h.pid, platform.ErrGone)
	}
	return nil
}

func (h *heldProcess) release() { _ = unix.Close(h.descriptor) }
