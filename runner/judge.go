package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
)

// fill takes over how the run went.
func (c *carried) fill(result *launcher.RunResult) {
	c.run.Status, c.run.Check, c.run.Reason = bench.Status(result.Status), result.Check, result.Reason
	if check := limitOf(result.Cause); check != "" {
		c.run.Status, c.run.Check = bench.Aborted, check
	}
	c.run.ExecutableSHA256, c.run.SourceSHA256 = result.ExecutableSHA256, result.SourceSHA256
	c.run.OpenSSL, c.run.OpenSSLCPU = result.OpenSSL, result.OpenSSLCPU
	if result.Attested != nil {
		c.run.ABI, c.run.Compartment = result.Attested.ABI, result.Attested.Compartment
	}
	recorded := result.Started.Add(time.Duration(result.Duration))
	for _, sample := range result.Samples {
		c.samples = append(c.samples, sampleOf(sample, recorded, c.run.ID, result.Program))
	}
	c.samples = append(c.samples, readingsOf(result, recorded, c.run.ID)...)
	c.log = logOf(result)
}

// limitOf is the check of a run that a limit ended, "" of any other.
func limitOf(cause launcher.Cause) string {
	switch cause {
	case launcher.TimedOut:
		return bench.LimitTime
	case launcher.MemoryLimit:
		return bench.LimitMemory
	case launcher.LogTooLong:
		return bench.LimitOutput
	case launcher.ProcessLimit:
		return bench.LimitProcesses
	}
	return ""
}

// judge marks what a process did if its samples, with those that it shares with the run's other processes, are not those that
// its cell must have, or it is not what its cell says. Compiled: the program was compiled for this run.
func (s *state) judge(cell *cell, result *launcher.RunResult, done *carried, shared []bench.Sample, compiled bool) {
	if result.Plain {
		done.mark(fault{status: bench.Invalid, check: "plain", reason: "the program ran without speaking the messages of an integration process: nothing of it was attested"})
		return
	}
	if result.Mode != cell.Mode || result.SourceSHA256 != cell.compilation.build.sourceSHA256 {
		done.mark(fault{status: bench.Invalid, check: "mode", reason: fmt.Sprintf(
			"asked for mode %s of source %s, got %s of %s", cell.Mode, cell.compilation.build.sourceSHA256, result.Mode, result.SourceSHA256)})
		return
	}
	if n := len(result.Repeated); n > 0 {
		// Before the samples: a service that repeats a stored answer times nothing of what it did then.
		more := ""
		if others := int64(n-1) + result.RepeatedMore; others > 0 {
			more = fmt.Sprintf("; and %d more", others)
		}
		done.mark(fault{status: bench.Invalid, check: "link", reason: result.Repeated[0].String() + more})
		return
	}
	samples := slices.Concat(shared, done.samples)
	for _, sample := range samples {
		if err := sample.Check(); err != nil {
			done.mark(fault{status: bench.Invalid, check: "samples", reason: err.Error()})
			return
		}
	}
	findings := bench.Examine(samples, bench.Expectation{
		Path: cell.Path, Platform: s.Platform, Requests: cell.Parameters.Requests, Compiled: compiled, Unread: s.Running,
	})
	if !findings.Complete() {
		done.mark(fault{status: bench.Invalid, check: "samples", reason: findings.String()})
	}
}

func sampleOf(s launcher.Sample, recorded time.Time, run, program string) bench.Sample {
	sample := bench.Sample{
		Time: recorded, Run: run, Request: bench.NoRequest,
		Component: s.Component, Operation: s.Operation, Metric: s.Metric,
		Value: float64(s.Value), Unit: s.Unit, Program: program, Service: s.Service,
	}
	if s.Request != nil {
		sample.Request = *s.Request
	}
	return sample
}

// logOf is the run's log: what the process wrote, and how it ended.
func logOf(result *launcher.RunResult) []byte {
	var text strings.Builder
	text.WriteString(result.Message + "\n")
	for _, part := range []struct{ title, text string }{
		{"standard error", result.ErrorOutput}, {"standard output, besides messages", result.Output},
	} {
		if part.text != "" {
			fmt.Fprintf(&text, "--- %s\n%s\n", part.title, strings.TrimRight(part.text, "\n"))
		}
	}
	return []byte(text.String())
}
