package launcher

import (
	"fmt"
	"time"
)

// Limits bound what runs may take from the launcher itself. What they may take from the host
// (memory, processes, output) is the platform profile's. Zero members take the default.
type Limits struct {
	// Time is how long a run may take, besides the intervals that its parameters ask for. Default
	// 60 s.
	Time time.Duration
	// CompileTime bounds one compilation. Default 2 min.
	CompileTime time.Duration
	// LogKept is how much of a log is kept and returned, bytes: half of it from its beginning, half
	// from its end. Default and most 1 MiB.
	LogKept int
	// Frame is the longest frame of a process, bytes. Default and most 32 MiB.
	Frame int
	// Runs at the same time. Default 64.
	Runs int
}

const (
	mostLogKept  = 1 << 20
	longestTime  = 31 * 24 * time.Hour
	shortestTime = time.Millisecond
)

// DefaultLimits are those of a launcher that is told none.
func DefaultLimits() Limits {
	return Limits{Time: time.Minute, CompileTime: 2 * time.Minute, LogKept: mostLogKept, Frame: longestFrame, Runs: 64}
}

// withDefaults fills in what is zero and refuses what is out of range.
func (l Limits) withDefaults() (Limits, error) {
	d := DefaultLimits()
	setDefault(&l.Time, d.Time)
	setDefault(&l.CompileTime, d.CompileTime)
	setDefault(&l.LogKept, d.LogKept)
	setDefault(&l.Frame, d.Frame)
	setDefault(&l.Runs, d.Runs)
	for _, limit := range []struct {
		name               string
		value, least, most int64
	}{
		{"time limit of a run (ns)", int64(l.Time), int64(shortestTime), int64(longestTime)},
		{"time limit of a compilation (ns)", int64(l.CompileTime), int64(shortestTime), int64(longestTime)},
		{"kept part of a log (bytes)", int64(l.LogKept), 2, mostLogKept},
		{"limit of a frame (bytes)", int64(l.Frame), shortestFrame, longestFrame},
		{"limit of runs at the same time", int64(l.Runs), 1, 1000},
	} {
		if limit.value < limit.least || limit.value > limit.most {
			return Limits{}, fmt.Errorf("%s is %d, allowed are %d to %d", limit.name, limit.value, limit.least, limit.most)
		}
	}
	return l, nil
}

func setDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}
