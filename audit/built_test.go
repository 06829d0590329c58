package audit_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"eaibench/bench"
	"eaibench/links"
	"eaibench/results"

	"gonum.org/v1/gonum/stat/distuv"
)

// builder carries a described campaign out.
type builder struct {
	described
	campaign *results.Campaign
	data     *results.Data
	now      time.Time
	done     int
}

func (b *builder) note(event results.Event) {
	if !b.Events {
		return
	}
	event.Time = b.now
	b.data.Events = append(b.data.Events, event)
}

func (b *builder) carryOut() {
	for i, session := range b.Sessions {
		hosts := []results.Host{{Name: "local", Environment: b.Environment.environment()}}
		b.note(results.Event{Began: &results.Session{EaibenchSHA256: hash(session.Eaibench), Hosts: hosts, Differences: session.Differences}})
		if i == 0 {
			for _, cell := range b.campaign.Cells {
				b.compile(cell)
			}
		}
		from := b.now
		if i == 0 {
			b.measure(results.Before)
		}
		for range session.Runs {
			if b.done == 1 {
				b.measure(results.Between)
			}
			if b.done == len(b.campaign.Runs) || b.done == b.CarriedOut {
				break
			}
			b.run(b.campaign.Runs[b.done])
			b.done++
		}
		if i == len(b.Sessions)-1 {
			b.look()
			b.measure(results.After)
		}
		if session.LostHost != "" {
			b.note(results.Event{Lost: &results.Loss{
				Run: b.campaign.Runs[b.done].ID, Failed: results.TargetFailed, Host: session.LostHost, Text: "the connection was lost",
			}})
		}
		if session.LostService != "" {
			b.note(results.Event{Lost: &results.Loss{
				Run: b.campaign.Runs[b.done].ID, Failed: results.ServiceFailed, Host: session.LostService, Component: "service/store", Text: "it does not answer",
			}})
		}
		ended := b.Environment.environment()
		ended.Kernel, ended.Load1 = b.AtTheEnd.Kernel, b.AtTheEnd.Load1
		b.note(results.Event{Ended: &results.Ending{
			Reason: results.EndReason(session.Reason), Text: session.Reason, ClockStep: int64(session.ClockStep),
			Hosts: []results.Host{{Name: "local", Environment: ended}},
		}})
		if b.now.Before(from.Add(time.Hour)) {
			b.now = b.now.Add(time.Minute)
		}
	}
}

func (b *builder) compile(cell bench.Cell) {
	mode := b.Modes[cell.Mode]
	if mode.Executable == "" {
		return
	}
	b.note(results.Event{Built: &results.Build{
		Cell: cell.ID, Mode: cell.Mode, SourceSHA256: hash(mode.Source), ExecutableSHA256: hash(mode.Executable), ExecutableSize: 100_000,
		Compiler: mode.Compiler, Command: mode.Command,
		ELF: results.ELF{ABI: mode.ABI, Flags: mode.ELFFlags, Interpreter: mode.Interpreter, FreeBSD: mode.FreeBSD, CheriBSD: mode.CheriBSD, Features: mode.Features},
	}})
}

// measure notes what links did at one of three moments.
func (b *builder) measure(when results.Moment) {
	moment := slices.Index([]results.Moment{results.Before, results.Between, results.After}, when)
	for _, link := range b.Links {
		if moment >= len(link.Measured) {
			continue
		}
		look := &results.LinkLook{Between: [2]string{"toronto", link.To}, When: when, Runs: b.done, Emulated: link.Emulated, Forwarded: link.Forwarded}
		if median := link.Measured[moment]; median > 0 {
			look.Measured = &links.Measured{Emulated: link.Emulated, RoundTrip: links.RoundTrips{
				Count: 21, Minimum: median - link.Spread, LowerQuartile: median - link.Spread, Median: median, UpperQuartile: median + link.Spread, Maximum: median + link.Spread,
			}}
		} else {
			look.Failure = "no answer"
		}
		b.note(results.Event{Link: look})
	}
}

func (b *builder) look() {
	for _, look := range b.Looks {
		width := results.Width{Cell: b.campaign.Cells[0].ID, Series: bench.ExecuteTotal(), HalfWidth: &look.HalfWidth}
		b.note(results.Event{Looked: &results.Look{Runs: look.Runs, Widths: []results.Width{width}, Inside: look.HalfWidth <= b.Until.Precision}})
	}
}

// run carries one run out, in the time that its values take.
func (b *builder) run(planned bench.PlannedRun) {
	cell := b.campaign.Cells[placeOf(b.campaign, planned)]
	mode := b.Modes[cell.Mode]
	milliseconds := b.milliseconds(mode, planned, cell.Mode)
	lasted := time.Duration(milliseconds*1e6) + 60*time.Millisecond
	run := bench.Run{
		PlannedRun: planned, Status: bench.OK, Started: b.now, Ended: b.now.Add(lasted),
		ExecutableSHA256: hash(mode.Executable), SourceSHA256: hash(mode.Source),
		ABI: mode.Attested, Compartment: mode.Compartment, OpenSSL: mode.OpenSSL, OpenSSLCPU: mode.OpenSSLCPU,
	}
	if from := mode.OtherExecutableFrom; from > 0 && planned.Iteration >= from {
		run.ExecutableSHA256 = hash("another " + mode.Executable)
	}
	if b.OverlapAt > 0 && planned.Position == b.OverlapAt {
		run.Started = run.Started.Add(-time.Second)
	}
	if every := mode.LostEvery; every > 0 && planned.Iteration%every == every-1 {
		run.Status, run.Check, run.Reason = bench.Status(mode.LostAs), "library", "libcrypto.so.30 is not what was measured"
	}
	b.now = run.Ended.Add(20 * time.Millisecond)
	samples := b.samples(cell, run, milliseconds)
	run.Mode, run.Path, run.Crypto, run.Verify, run.Processes, run.Samples = cell.Mode, cell.Path, cell.Crypto, cell.Verify, cell.Processes, len(samples)
	b.data.Runs, b.data.Samples = append(b.data.Runs, run), append(b.data.Samples, samples...)
}

// scatter is what a run is away from the others: normal scores in an order that the name draws, so that no cell has a
// trend, an outlier or a second mode by chance, and none changes with the other cells.
func (b *builder) scatter(name string, iteration int) float64 {
	n := b.Runs + b.WarmUp
	seed := fnv.New64a()
	seed.Write([]byte(name))
	order := rand.New(rand.NewPCG(seed.Sum64(), uint64(n))).Perm(n)
	return distuv.UnitNormal.Quantile((float64(order[iteration]) + 0.5) / float64(n))
}

func (b *builder) milliseconds(mode describedMode, planned bench.PlannedRun, name string) float64 {
	value := mode.Milliseconds * math.Exp(mode.Spread*b.scatter(name+" execute", planned.Iteration))
	value *= 1 + mode.Drift*float64(planned.Position)/float64(len(b.campaign.Runs))
	if planned.Iteration%2 == 1 {
		value *= 1 + mode.SecondMode
	}
	if every := mode.OutliersEvery; every > 0 && planned.Iteration%every == every-1 {
		value *= 2
	}
	if planned.Iteration < mode.From {
		value *= mode.Times
	}
	return value
}

func (b *builder) samples(cell bench.Cell, run bench.Run, milliseconds float64) []bench.Sample {
	mode := b.Modes[cell.Mode]
	var samples []bench.Sample
	add := func(series bench.Series, value float64) {
		samples = append(samples, bench.Sample{
			Time: run.Ended, Run: run.ID, Request: bench.NoRequest, Component: series.Component, Operation: series.Operation,
			Metric: series.Metric, Value: value, Unit: bench.Nanoseconds, Program: "retail", Service: series.Service,
		})
	}
	add(bench.ExecuteTotal(), milliseconds*1e6)
	add(bench.StartTotal(), 40e6*math.Exp(0.01*b.scatter(cell.Mode+" start", run.Iteration)))
	for _, step := range bench.Steps() {
		value, ok := b.Steps[step.Metric]
		if !ok {
			continue
		}
		add(bench.Series{Component: step.Component, Operation: step.Operation, Metric: step.Metric}, value)
	}
	share := mode.OtherCPU
	if every := mode.BusyEvery; every > 0 && run.Iteration%every == every-1 {
		share = 0.5
	}
	if share > 0 {
		lasted := float64(run.Ended.Sub(run.Started)) * float64(b.Environment.CPUs)
		add(bench.Series{Component: bench.Host, Operation: bench.Process, Metric: "other_cpu_time"}, share*lasted)
	}
	return samples
}
