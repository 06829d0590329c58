package launcher

import (
	"regexp"
	"time"

	"eaibench/attest"
	"eaibench/bench"
)

// Sample is one measured value of a run.
type Sample struct {
	Request   *int            `json:"request,omitempty"` // from 0; absent where the step belongs to no request
	Component bench.Component `json:"component"`         // who timed it
	Operation bench.Operation `json:"operation"`
	Metric    string          `json:"metric"` // the step's name
	Value     int64           `json:"value"`  // in Unit
	Unit      bench.Unit      `json:"unit"`
	Service   string          `json:"service,omitempty"`
}

var metricNames = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)

// sampler collects the samples of one run.
type sampler struct{ samples []Sample }

// add records a step that belongs to no request.
func (s *sampler) add(component bench.Component, metric string, took time.Duration) {
	s.samples = append(s.samples, Sample{
		Component: component, Operation: bench.Start, Metric: metric, Value: int64(took), Unit: bench.Nanoseconds,
	})
}

// start records a step of the start, timed here.
func (s *sampler) start(metric string, took time.Duration) { s.add(bench.Launcher, metric, took) }

// step records a step of an operation, timed here.
func (s *sampler) step(o *operationMessage, metric string, took time.Duration) {
	request := o.Request
	s.samples = append(s.samples, Sample{
		Request: &request, Component: bench.Launcher, Operation: bench.Operation(o.Operation), Metric: metric,
		Value: int64(took), Unit: bench.Nanoseconds, Service: o.Service,
	})
}

// reported records what another component timed. Its names become columns of files and its numbers
// statistics, so what cannot be a sample is refused.
func (s *sampler) reported(component bench.Component, timings []attest.Timing, requests int64) error {
	for _, t := range timings {
		operation := bench.Operation(t.Operation)
		switch {
		case !metricNames.MatchString(t.Metric):
			return noMessage("a timing has the metric %q, which is no step's name", shortened(t.Metric))
		case operation != bench.Start && operation != bench.Read && operation != bench.Write && operation != bench.Execute:
			return noMessage("timing %s has the operation %q, there are start, read, write and execute", t.Metric, shortened(t.Operation))
		case t.Nanoseconds < 0:
			return noMessage("timing %s has %d ns", t.Metric, t.Nanoseconds)
		case t.Service != "" && !attest.ValidName(t.Service):
			return noMessage("timing %s is of service %q, which is no name", t.Metric, shortened(t.Service))
		case t.Request != nil && (*t.Request < 0 || int64(*t.Request) >= requests):
			return noMessage("timing %s is of request %d, the run has %d", t.Metric, *t.Request, requests)
		}
		s.samples = append(s.samples, Sample{
			Request: t.Request, Component: component, Operation: operation, Metric: t.Metric,
			Value: t.Nanoseconds, Unit: bench.Nanoseconds, Service: t.Service,
		})
	}
	return nil
}
