package platform

// CgroupLimits bound all processes of a cgroup together.
type CgroupLimits struct {
	// MemoryBytes, swap included where the kernel counts it.
	MemoryBytes int64
	// Processes and threads.
	Processes int64
}

// CgroupUsage is what the processes of a cgroup took, and were refused.
type CgroupUsage struct {
	// PeakBytes is the most memory that was ever used, page cache included.
	PeakBytes int64
	// OutOfMemory is how many processes the kernel killed for want of memory.
	OutOfMemory int64
	// MemoryRefused is how often the limit of memory was met.
	MemoryRefused int64
	// ProcessesRefused is how often the limit of processes was met.
	ProcessesRefused int64
}
