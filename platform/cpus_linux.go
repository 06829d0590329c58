package platform

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// CheckCPUs tells whether this program, and so what it starts, may run on every
// processor of a list such as "0-1,3".
func CheckCPUs(list string) error {
	cpus, err := ParseCPUs(list)
	if err != nil {
		return err
	}
	var usable unix.CPUSet
	if err := unix.SchedGetaffinity(0, &usable); err != nil {
		return fmt.Errorf("ask which CPUs may be used: %w", err)
	}
	if at := slices.IndexFunc(cpus, func(cpu int) bool { return !usable.IsSet(cpu) }); at >= 0 {
		return fmt.Errorf("CPU %d of %q is not there, or may not be used: of this host's, %d may", cpus[at], list, usable.Count())
	}
	return nil
}
