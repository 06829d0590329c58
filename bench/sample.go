package bench

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Component is the party whose clock or memory a sample is from.
type Component string

// The parties that measure.
const (
	Launcher           Component = "launcher"
	IntegrationProcess Component = "integration_process"
	DigitalService     Component = "digital_service"
	Attester           Component = "attester"
	RootCA             Component = "root_ca"
	// Host is the computer that they run on, without them: what else went on there.
	Host Component = "host"
)

// Operation is the part of a run a sample belongs to.
type Operation string

// The parts of a run.
const (
	Start   Operation = "start"
	Read    Operation = "read"
	Write   Operation = "write"
	Execute Operation = "execute"
	// Memory and Process samples are not steps: they say what a process occupied,
	// and what else is read of it.
	Memory  Operation = "memory"
	Process Operation = "process"
)

// Unit of a sample's value.
type Unit string

// The units there are. Everything is stored in these; people see scaled ones.
const (
	Nanoseconds Unit = "ns"
	Bytes       Unit = "B"
	// Count is of what has no unit, such as page faults.
	Count Unit = "1"
)

// NoRequest is the request of a sample that belongs to the run as a whole.
const NoRequest = -1

// Sample is one raw measurement.
type Sample struct {
	// Time is when the sample was recorded; the measurement itself is a
	// difference of a monotonic clock.
	Time time.Time
	// Run is the id of its run.
	Run string
	// Request counts from 0; NoRequest where it does not apply.
	Request   int
	Component Component
	Operation Operation
	Metric    string
	// Value is finite and not negative, in Unit.
	Value float64
	Unit  Unit
	// Program is the id of the program.
	Program string
	// Service is the id of the digital service, "" where it does not apply.
	Service string
}

// Check refuses a sample that no measurement gives.
func (s Sample) Check() error {
	switch {
	case s.Run == "" || s.Component == "" || s.Operation == "" || s.Metric == "":
		return fmt.Errorf("sample %q of run %q lacks its run, component, operation or metric", s.Metric, s.Run)
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0) || s.Value < 0:
		return fmt.Errorf("sample %s of run %s is %v, want a finite number, not negative", s.Metric, s.Run, s.Value)
	case s.Unit != Nanoseconds && s.Unit != Bytes && s.Unit != Count:
		return fmt.Errorf("sample %s of run %s has the unknown unit %q", s.Metric, s.Run, s.Unit)
	case s.Request < NoRequest:
		return fmt.Errorf("sample %s of run %s has request %d", s.Metric, s.Run, s.Request)
	}
	return nil
}

// Series names what is compared: one metric of one component, for one service
// where that applies.
type Series struct {
	Component Component `json:"component"`
	Operation Operation `json:"operation"`
	Metric    string    `json:"metric"`
	Service   string    `json:"service,omitempty"`
}

// String names the series for people: "read.encrypt of digital_service, service store", and execute_total,
// which there is but once, by that name alone.
func (s Series) String() string {
	if s == ExecuteTotal() {
		return s.Metric
	}
	text := fmt.Sprintf("%s.%s of %s", s.Operation, s.Metric, s.Component)
	if s.Service != "" {
		text += ", service " + s.Service
	}
	return text
}

// Named tells whether a name as people give it means the series, perhaps among others: METRIC or OPERATION.METRIC.
func (s Series) Named(name string) bool {
	return name == s.Metric || name == string(s.Operation)+"."+s.Metric
}

// Series of the sample.
func (s Sample) Series() Series {
	return Series{s.Component, s.Operation, s.Metric, s.Service}
}

// SeriesOf lists the series that samples have, sorted by operation, metric, component and service.
func SeriesOf(samples []Sample) []Series {
	seen := map[Series]bool{}
	for _, sample := range samples {
		seen[sample.Series()] = true
	}
	return slices.SortedFunc(maps.Keys(seen), Series.Compare)
}

// Compare orders series, for lists that are the same each time: negative if this one is before the other, 0 if it is the same.
func (s Series) Compare(other Series) int {
	return cmp.Or(cmp.Compare(s.Operation, other.Operation), cmp.Compare(s.Metric, other.Metric),
		cmp.Compare(s.Component, other.Component), cmp.Compare(s.Service, other.Service))
}
