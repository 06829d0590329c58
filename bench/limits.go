package bench

import (
	"fmt"
	"time"
)

// What messages.md and the services leave of the axes that are numbers in every solution.
const (
	mostRequests  = 1_000_000
	mostInterval  = time.Hour
	mostProcesses = 64 // a mode's range of users
)

// Limits are the smallest and the largest whole number that a planned cell has on the axis: of requests, of processes, and of the
// interval in ms. Of another axis they are not known.
func (a Axis) Limits() (least, most int64, known bool) {
	switch a {
	case ByRequests:
		return 1, mostRequests, true
	case ByInterval:
		return 0, mostInterval.Milliseconds(), true
	case ProcessesAtOnce:
		return 1, mostProcesses, true
	}
	return 0, 0, false
}

// CheckInterval refuses a time between requests that no planned cell has: one outside the limits of ByInterval, or with a part of a
// millisecond. The error continues a sentence.
func CheckInterval(interval time.Duration) error {
	switch {
	case interval < 0 || interval > mostInterval:
		return fmt.Errorf("%v is not between 0s and 1h", interval)
	case interval%time.Millisecond != 0:
		return fmt.Errorf("%v is not a whole number of milliseconds", interval)
	}
	return nil
}
