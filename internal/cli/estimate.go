package cli

import (
	"fmt"
	"slices"
	"time"

	"eaibench/bench"
	"eaibench/results"
)

// estimate guesses how long the runs that are left will take: each as long as its cell's runs took so far, or all runs where the
// cell has none, by their lower median. A mode's first run compiles and says nothing about the others, if there are others.
type estimate struct {
	modes   map[string]string // by cell
	planned map[string]int    // runs, by mode
	begun   map[string]bool   // modes that had a run
	left    map[string]int    // runs, by cell
	took    map[string][]time.Duration
	all     []time.Duration
}

func newEstimate(campaign *results.Campaign) *estimate {
	e := &estimate{
		modes: map[string]string{}, planned: map[string]int{}, begun: map[string]bool{}, left: map[string]int{}, took: map[string][]time.Duration{},
	}
	for _, cell := range campaign.Cells {
		e.modes[cell.ID] = cell.Mode
	}
	for _, run := range campaign.Runs {
		e.planned[e.modes[run.Cell]]++
		e.left[run.Cell]++
	}
	return e
}

// add takes a run that is done.
func (e *estimate) add(run bench.Run) {
	mode := e.modes[run.Cell]
	first := !e.begun[mode]
	e.begun[mode] = true
	e.left[run.Cell]--
	if first && e.planned[mode] > 1 {
		return
	}
	took := max(0, run.Ended.Sub(run.Started))
	e.took[run.Cell] = insert(e.took[run.Cell], took)
	e.all = insert(e.all, took)
}

// insert keeps the durations sorted.
func insert(sorted []time.Duration, one time.Duration) []time.Duration {
	at, _ := slices.BinarySearch(sorted, one)
	return slices.Insert(sorted, at, one)
}

// remaining is 0 when nothing is left, or nothing is known yet.
func (e *estimate) remaining() time.Duration {
	var sum time.Duration
	for cell, left := range e.left {
		known := e.took[cell]
		if len(known) == 0 {
			known = e.all
		}
		if len(known) > 0 {
			sum += time.Duration(left) * known[(len(known)-1)/2]
		}
	}
	return sum
}

// durationText is for people: two units at most, seconds the smallest.
func durationText(d time.Duration) string {
	seconds := int64(d.Round(time.Second) / time.Second)
	switch minutes := seconds / 60; {
	case d > 0 && seconds == 0:
		return "1 s"
	case minutes == 0:
		return fmt.Sprintf("%d s", seconds)
	case minutes < 10:
		return fmt.Sprintf("%d min %d s", minutes, seconds%60)
	case minutes < 60:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 24*60:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	default:
		return fmt.Sprintf("%d d %d h", minutes/60/24, minutes/60%24)
	}
}
