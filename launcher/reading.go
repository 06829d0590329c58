package launcher

import (
	"context"
	"errors"
	"io"
	"time"

	"eaibench/platform"
)

// Memory of the integration process, bytes.
type Memory struct {
	PeakResident int64 `json:"peak_resident_bytes"` // the largest resident set it ever had
	Resident     int64 `json:"resident_bytes"`
	Proportional int64 `json:"proportional_bytes"` // shared pages divided among those that share them
	// Mappings divide Proportional by what is mapped; a little is lost to rounding.
	Mappings Mappings `json:"proportional_by_mapping"`
	// ProportionalUntold is true where the system tells neither: both are 0 then.
	ProportionalUntold bool `json:"proportional_untold,omitempty"`
}

// Mappings are proportional sets by kind of mapping, bytes; platform.Mappings says what is where.
type Mappings struct {
	Executable int64 `json:"executable_bytes"`
	Libraries  int64 `json:"libraries_bytes"`
	Heap       int64 `json:"heap_bytes"`
	Anonymous  int64 `json:"anonymous_bytes"`
	Stack      int64 `json:"stack_bytes"`
	Other      int64 `json:"other_bytes"`
}

// Usage is what the integration process used in its whole life, all threads together.
type Usage struct {
	MinorFaults         int64 `json:"minor_faults"`
	MajorFaults         int64 `json:"major_faults"`
	VoluntarySwitches   int64 `json:"voluntary_switches"`
	InvoluntarySwitches int64 `json:"involuntary_switches"`
	User                int64 `json:"user_time_ns"` // in clock ticks of 10 ms
	System              int64 `json:"system_time_ns"`
	CPU                 int64 `json:"cpu_time_ns"` // both, to the nanosecond
}

// readingTime bounds the reading of a process that waits: over commands, and emulated, it takes seconds.
const readingTime = 2 * time.Minute

// readProcess reads the integration process while it waits to be released. io.EOF: it did not wait.
func (r *run) readProcess() error {
	r.step = "reading the process's memory"
	ctx, cancel := context.WithTimeout(context.Background(), readingTime)
	defer cancel()
	pid, err := r.findProcess(ctx)
	if err != nil {
		return err
	}
	processes := r.compartment.at.processes
	// First: reading the memory makes the kernel work on the process's behalf.
	used, err := processes.Usage(ctx, pid)
	if err != nil {
		return endedMeanwhile(err)
	}
	memory, err := processes.Memory(ctx, pid)
	if err != nil {
		return endedMeanwhile(err)
	}
	mappings, err := processes.Mappings(ctx, pid)
	if err != nil && !(memory.ProportionalUntold && errors.Is(err, platform.ErrUntold)) {
		return endedMeanwhile(err)
	}
	r.memory = &Memory{
		PeakResident: memory.PeakResident, Resident: memory.Resident, Proportional: memory.Proportional, Mappings: Mappings(mappings),
		ProportionalUntold: memory.ProportionalUntold,
	}
	r.usage = &Usage{
		MinorFaults: used.MinorFaults, MajorFaults: used.MajorFaults,
		VoluntarySwitches: used.VoluntarySwitches, InvoluntarySwitches: used.InvoluntarySwitches,
		User: int64(used.User), System: int64(used.System), CPU: int64(used.CPU),
	}
	return nil
}

// endedMeanwhile tells a process that is gone from one that cannot be read.
func endedMeanwhile(err error) error {
	if errors.Is(err, platform.ErrGone) {
		return io.EOF
	}
	return err
}
