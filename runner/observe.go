package runner

import (
	"errors"
	"os"
	"time"

	"eaibench/platform"
)

// Observed is what some processes of a host use, and the host, at one moment.
type Observed struct {
	// Processes in the order in which they were asked for.
	Processes []ObservedProcess `json:"processes"`
	// Host is nil where the system does not tell.
	Host *ObservedHost `json:"host,omitempty"`
}

// ObservedProcess is what one process uses. Sizes are in bytes.
type ObservedProcess struct {
	Gone         bool  `json:"gone,omitempty"`
	Resident     int64 `json:"resident"`
	Proportional int64 `json:"proportional"`
	// ProportionalUntold is true where the system does not tell Proportional.
	ProportionalUntold bool `json:"proportional_untold,omitempty"`
	// CPU time of the process, and of those it started that have ended: compilers, integration processes. In ns.
	CPU      time.Duration `json:"cpu"`
	Children time.Duration `json:"children"`
}

// ObservedHost is what a host's processors did since it started. Times are in ns.
type ObservedHost struct {
	Busy time.Duration `json:"busy"`
	// Steal is what its hypervisor gave to others; nil: not told.
	Steal *time.Duration `json:"steal,omitempty"`
	// Self is the CPU time of the process that observes, and of those it started.
	Self time.Duration `json:"self"`
}

// Observe reads processes of this host by their numbers. Each is read alone, whoever started it and whatever size the reader has.
func Observe(pids []int) (Observed, error) {
	var seen Observed
	for _, pid := range pids {
		one, err := observeProcess(pid)
		if err != nil {
			return Observed{}, err
		}
		seen.Processes = append(seen.Processes, one)
	}
	// The host and this process at the same moment: reading the others costs this one more than all else it does.
	all, err := platform.ReadProcessors()
	if err != nil {
		return seen, nil
	}
	if self, err := platform.ReadUsage(os.Getpid()); err == nil {
		seen.Host = &ObservedHost{Busy: all.Busy, Steal: all.Steal, Self: self.CPU + self.Children}
	}
	return seen, nil
}

func observeProcess(pid int) (ObservedProcess, error) {
	memory, err := platform.ReadMemory(pid)
	if errors.Is(err, platform.ErrGone) {
		return ObservedProcess{Gone: true}, nil
	}
	if err != nil {
		return ObservedProcess{}, err
	}
	used, err := platform.ReadUsage(pid)
	if errors.Is(err, platform.ErrGone) {
		return ObservedProcess{Gone: true}, nil
	}
	return ObservedProcess{
		Resident: memory.Resident, Proportional: memory.Proportional, ProportionalUntold: memory.ProportionalUntold,
		CPU: used.CPU, Children: used.Children,
	}, err
}
