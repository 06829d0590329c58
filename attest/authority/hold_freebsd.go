package authority

import (
	"fmt"

	"eaibench/platform"
)

// heldProcess is a process as it was when it was first looked at: FreeBSD gives descriptors of own children alone (pdfork(2)).
type heldProcess struct {
	pid     int
	started uint64 // seconds since 1970
}

func holdProcess(pid int) (*heldProcess, error) {
	started, err := platform.StartedAt(pid)
	if err != nil {
		return nil, fmt.Errorf("hold process %d: %w", pid, err)
	}
	return &heldProcess{pid, started}, nil
}

// alive reports whether the PID is still that of a process that started in the same second: for it to be another one, every
// other PID would have to be given out within that second.
func (h *heldProcess) alive() error {
	started, err := platform.StartedAt(h.pid)
	if err != nil {
		return fmt.Errorf("look after process %d: %w", h.pid, err)
	}
	if started != h.started {
		return fmt.Errorf("process %d: %w", h.pid, platform.ErrGone)
	}
	return nil
}

func (*heldProcess) release() {}
