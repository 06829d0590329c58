//go:build !linux && !freebsd

package platform

import (
	"context"
	"fmt"
)

// Observe needs Linux.
func Observe(context.Context, int) (*ProcessFacts, error) {
	return nil, fmt.Errorf("observe a process: %w", errNeedsLinux)
}

// ObserveSelf needs Linux.
func ObserveSelf() (*Observer, error) {
	return nil, fmt.Errorf("observe own process: %w", errNeedsLinux)
}

// StartedAt needs Linux or FreeBSD.
func StartedAt(int) (uint64, error) {
	return 0, fmt.Errorf("when a process was started: %w", errNeedsLinux)
}

// ReadProcessMemory needs Linux.
func ReadProcessMemory(int, string, int) ([]byte, error) {
	return nil, fmt.Errorf("read the memory of a process: %w", errNeedsLinux)
}

// ReadMemory needs Linux.
func ReadMemory(int) (Memory, error) {
	return Memory{}, fmt.Errorf("read the memory of a process: %w", errNeedsLinux)
}

// ReadMappings needs Linux.
func ReadMappings(int) (Mappings, error) {
	return Mappings{}, fmt.Errorf("read the mappings of a process: %w", errNeedsLinux)
}

// ReadUsage needs Linux.
func ReadUsage(int) (Usage, error) {
	return Usage{}, fmt.Errorf("read what a process has used: %w", errNeedsLinux)
}

// FindProcess needs Linux.
func FindProcess(context.Context, int, Identity) (int, error) {
	return 0, fmt.Errorf("find the integration process: %w", errNeedsLinux)
}

// IdentityOf needs Linux.
func IdentityOf(string) (Identity, error) {
	return Identity{}, fmt.Errorf("identify a file: %w", errNeedsLinux)
}

// ReadHost needs Linux.
func ReadHost() (Host, error) { return Host{}, fmt.Errorf("read host: %w", errNeedsLinux) }

// CountTasks needs Linux.
func CountTasks(int) (int64, error) {
	return 0, fmt.Errorf("count a user's processes: %w", errNeedsLinux)
}
