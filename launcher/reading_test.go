package launcher

import "testing"

// checkReadings wants of a process what each has that seals with OpenSSL, and no more than it can have: it
// talked with three services over pipes, so it waited, and its CPU time is not longer than its run.
func checkReadings(t *testing.T, result *RunResult) {
	t.Helper()
	m, u := result.Memory, result.Usage
	if m == nil || u == nil {
		t.Fatalf("memory %+v, usage %+v", m, u)
	}
	if m.PeakResident < 1<<20 || m.PeakResident < m.Resident || m.Resident < m.Proportional || m.Proportional < 1<<18 {
		t.Errorf("memory: %+v", *m)
	}
	k := m.Mappings
	sum := k.Executable + k.Libraries + k.Heap + k.Anonymous + k.Stack + k.Other
	if lost := m.Proportional - sum; max(lost, -lost) > 1<<20 || k.Executable < 1<<12 || k.Libraries < 1<<12 || k.Stack < 1<<12 || k.Heap+k.Anonymous < 1<<16 {
		t.Errorf("mappings: %+v, together %d of %d", k, sum, m.Proportional)
	}
	const tick = 10_000_000 // ns
	// Both kinds of ticks are counted downwards, and the CPU time is read last.
	// On a busy machine a process that would wait is taken off the CPU before it does.
	if u.MinorFaults < 100 || u.VoluntarySwitches < 1 || u.VoluntarySwitches+u.InvoluntarySwitches < 6 || u.MajorFaults < 0 {
		t.Errorf("usage: %+v", *u)
	}
	if ticks := u.User + u.System; u.CPU < 1_000_000 || u.CPU > result.Duration || ticks > u.CPU+2*tick || ticks < u.CPU-3*tick {
		t.Errorf("CPU time: %+v of a run of %d ns", *u, result.Duration)
	}
}
