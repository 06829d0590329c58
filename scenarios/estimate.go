package scenarios

import (
	"strings"
	"time"
)

// What things take on a small machine (2 cores), roughly: medians of campaigns on Linux, AddressSanitizer build.
const (
	settingUp     = 8 * time.Second        // keys, references, components
	compiling     = 2 * time.Second        // once a mode, at its first run
	startingRun   = 120 * time.Millisecond // start and clean-up of one process
	oneRequest    = 6 * time.Millisecond   // three operations
	oneMegabyte   = 250 * time.Millisecond // of data, sealed, relayed and opened
	resettingData = 30 * time.Millisecond
)

// Estimate is about how long the plan takes, from the time that things take on a small machine.
func (p Plan) Estimate() time.Duration {
	cells, modes := map[string]time.Duration{}, map[string]bool{}
	total := settingUp
	for _, cell := range p.Cells {
		if !modes[cell.Mode] {
			modes[cell.Mode] = true
			total += compiling
		}
		request := oneRequest + p.RoundTrips/time.Duration(cell.Processes) // processes wait at the same time
		for name, value := range cell.Parameters.Arguments {
			if size, isSize := value.(int64); isSize && strings.HasSuffix(name, "_bytes") {
				request += time.Duration(float64(oneMegabyte) * float64(size) / (1 << 20))
			}
		}
		request = max(request*time.Duration(cell.Processes), time.Duration(cell.Parameters.IntervalMS)*time.Millisecond)
		cells[cell.ID] = time.Duration(cell.Processes)*startingRun + p.RoundTrips + time.Duration(cell.Parameters.Requests)*request + resettingData
	}
	for _, run := range p.Runs {
		total += cells[run.Cell]
	}
	return total
}
