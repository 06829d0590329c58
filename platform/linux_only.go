//go:build !linux

package platform

import (
	"context"
	"errors"
	"fmt"
)

var errNeedsLinux = errors.New("needs Linux: this host is another system")

// ErrNoCgroup is in the error of CreateCgroup: there are none here.
var ErrNoCgroup = errors.New("no usable cgroup")

// ReadProcessors needs Linux.
func ReadProcessors() (Processors, error) {
	return Processors{}, fmt.Errorf("read what the processors did: %w", errNeedsLinux)
}

// Cgroup needs Linux.
type Cgroup struct{}

// CreateCgroup needs Linux.
func CreateCgroup(string, CgroupLimits) (*Cgroup, error) {
	return nil, fmt.Errorf("create cgroup: %w (%w)", ErrNoCgroup, errNeedsLinux)
}

// Folders of no cgroup.
func (c *Cgroup) Folders() []string { return nil }

// Usage needs Linux.
func (c *Cgroup) Usage() (CgroupUsage, error) {
	return CgroupUsage{}, fmt.Errorf("read cgroup: %w", errNeedsLinux)
}

// Kill needs Linux.
func (c *Cgroup) Kill(context.Context) error { return fmt.Errorf("kill cgroup: %w", errNeedsLinux) }

// Remove needs Linux.
func (c *Cgroup) Remove(context.Context) error {
	return fmt.Errorf("remove cgroup: %w", errNeedsLinux)
}

// RemoveStaleCgroups finds none: there are none here.
func RemoveStaleCgroups(context.Context) (int, error) { return 0, nil }
