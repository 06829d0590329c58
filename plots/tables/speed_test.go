package tables

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"eaibench/results"
)

// processorTime is for how long this process has had processors: others may have them for as long as they like.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestSpeed: the tables of a hundred cells of a hundred runs take seconds of a processor; the limit is for a slow one.
func TestSpeed(t *testing.T) {
	data := large(17, 100)
	begun := processorTime(t)
	for _, table := range made(t, data) {
		for _, format := range Formats() {
			written(t, table, format)
		}
	}
	took := processorTime(t) - begun
	t.Logf("%d cells, %d runs, %d samples: %v on %d processors", len(data.Campaign.Cells), len(data.Runs), len(data.Samples), took.Round(time.Millisecond), runtime.NumCPU())
	if took > time.Minute {
		t.Errorf("tables took %v", took)
	}
}

// large repeats a campaign with other numbers of requests.
func large(times, runs int) *results.Data {
	all := madeUp(0)
	all.Campaign.Cells, all.Campaign.Runs, all.Runs, all.Samples = nil, nil, nil, nil
	for i := range times {
		one, suffix := madeUp(runs), fmt.Sprintf("-%d", i)
		for _, cell := range one.Campaign.Cells {
			cell.ID, cell.Parameters.Requests = cell.ID+suffix, i+1
			all.Campaign.Cells = append(all.Campaign.Cells, cell)
		}
		for _, run := range one.Runs {
			run.ID, run.Cell = run.ID+suffix, run.Cell+suffix
			all.Runs, all.Campaign.Runs = append(all.Runs, run), append(all.Campaign.Runs, run.PlannedRun)
		}
		for _, sample := range one.Samples {
			sample.Run += suffix
			all.Samples = append(all.Samples, sample)
		}
	}
	return all
}
