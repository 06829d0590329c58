package runner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"eaibench/bench"
	"eaibench/launcher"
)

// processRun names the run of one process of several, as its certificate has it; of a single one it is the run's own.
func processRun(run string, process, processes int) string {
	if processes <= 1 {
		return run
	}
	return fmt.Sprintf("%s-p%d", run, process)
}

// execute carries one run out, by as many processes at once as its cell says, and gives what the components used meanwhile.
// They are started together; each has a compartment, keys and a certificate of its own.
func (s *state) execute(ctx context.Context, cell *cell, run string) ([]*launcher.RunResult, []bench.Sample, error) {
	before, err := s.Site.Uses()
	if err != nil {
		return nil, nil, fmt.Errorf("reading what the components use: %w", err)
	}
	results := make([]*launcher.RunResult, max(1, cell.Processes))
	executing, ctx := errgroup.WithContext(ctx)
	for i := range results {
		executing.Go(func() (err error) {
			results[i], err = s.Site.Execute(ctx, cell.Cell, processRun(run, i, len(results)))
			return err
		})
	}
	if err := executing.Wait(); err != nil {
		return nil, nil, fmt.Errorf("executing: %w", err)
	}
	after, err := s.Site.Uses()
	if err != nil {
		return nil, nil, fmt.Errorf("reading what the components use: %w", err)
	}
	samples, err := usesOf(before, after, s.Now(), run, results[0].Program)
	return results, samples, err
}

// gather makes one run of what its processes did. It counts when each of them does; shared are samples that belong to all
// of them. Compiled: the program was compiled for this run.
func (s *state) gather(cell *cell, results []*launcher.RunResult, shared []bench.Sample, done *carried, compiled bool) {
	span, together := spanOf(results)
	if span > 0 {
		series := bench.Span()
		shared = append(shared, bench.Sample{
			Time: s.Now(), Run: done.run.ID, Request: bench.NoRequest, Component: series.Component, Operation: series.Operation,
			Metric: series.Metric, Value: float64(span), Unit: bench.Nanoseconds, Program: results[0].Program,
		})
	}
	done.samples = shared
	for i, result := range results {
		one := &carried{run: done.run}
		one.run.Status = bench.OK
		one.fill(result)
		if one.run.Status == bench.OK {
			s.judge(cell, result, one, shared, compiled)
		}
		done.run.ExecutableSHA256, done.run.SourceSHA256 = one.run.ExecutableSHA256, one.run.SourceSHA256
		done.run.ABI, done.run.Compartment = cmp.Or(one.run.ABI, done.run.ABI), cmp.Or(one.run.Compartment, done.run.Compartment)
		done.run.OpenSSL, done.run.OpenSSLCPU = cmp.Or(one.run.OpenSSL, done.run.OpenSSL), cmp.Or(one.run.OpenSSLCPU, done.run.OpenSSLCPU)
		if one.run.Status != bench.OK && done.run.Status == bench.OK {
			done.mark(fault{one.run.Status, one.run.Check, ofProcess(i, results) + one.run.Reason})
		}
		for _, sample := range one.samples {
			if sample.Request != bench.NoRequest {
				sample.Request += i * cell.Parameters.Requests
			}
			done.samples = append(done.samples, sample)
		}
		if len(results) > 1 {
			done.log = fmt.Appendf(done.log, "=== process %d of %d\n", i+1, len(results))
		}
		done.log = append(done.log, bytes.TrimLeft(one.log, "\n")...)
	}
	if done.run.Status == bench.OK && !together {
		done.mark(fault{bench.Invalid, "processes", "one process had finished before another began: they were not at once"})
	}
}

// spanOf is the time from the first process that began to the last that finished, 0 if one did not come so far, and whether there
// was a moment at which all of them worked.
func spanOf(results []*launcher.RunResult) (span time.Duration, together bool) {
	first, last := results[0].Began, results[0].Finished      // of all
	latest, earliest := results[0].Began, results[0].Finished // beginning, end
	for _, result := range results {
		if result.Began.IsZero() || result.Finished.IsZero() {
			return 0, false
		}
		if result.Began.Before(first) {
			first = result.Began
		}
		if result.Began.After(latest) {
			latest = result.Began
		}
		if result.Finished.After(last) {
			last = result.Finished
		}
		if result.Finished.Before(earliest) {
			earliest = result.Finished
		}
	}
	return last.Sub(first), latest.Before(earliest)
}

// ofProcess begins the reason of one of several.
func ofProcess(i int, results []*launcher.RunResult) string {
	if len(results) == 1 {
		return ""
	}
	return fmt.Sprintf("process %d of %d: ", i+1, len(results))
}
