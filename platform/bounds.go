package platform

// What is read of a process is in its own hands: without bounds it could fill the
// observer's memory. Honest processes stay below a hundredth of these.
const (
	// maximumMap is the longest memory map that is read, in bytes of text, and
	// maximumMappings how many mappings it may have.
	maximumMap, maximumMappings = 1 << 20, 4096
	// maximumEnvironment is the longest environment that is read, in bytes.
	maximumEnvironment = 128 << 10
	// maximumMapped is the largest mapped file that is hashed, in bytes.
	maximumMapped = 256 << 20
)
