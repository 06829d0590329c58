package bench

import (
	"slices"
	"testing"
)

// Steps are listed in the order of a run, those with one service together, whatever the order of samples; what is no step is left out.
func TestTimedSteps(t *testing.T) {
	of := func(operation Operation, component Component, metric, service string) Series {
		return Series{Component: component, Operation: operation, Metric: metric, Service: service}
	}
	want := []Series{
		of(Start, Launcher, "deploy", ""), of(Start, Launcher, "start_total", ""),
		of(Read, IntegrationProcess, "encrypt", "a"), of(Read, IntegrationProcess, "read_act_total", "a"),
		of(Read, IntegrationProcess, "encrypt", "b"), of(Read, IntegrationProcess, "read_act_total", "b"),
		of(Execute, IntegrationProcess, "execute_total", ""),
	}
	samples := []Sample{{Component: IntegrationProcess, Operation: Memory, Metric: "resident"}}
	for _, series := range slices.Backward(want) {
		sample := Sample{Component: series.Component, Operation: series.Operation, Metric: series.Metric, Service: series.Service}
		samples = append(samples, sample, sample)
	}
	if got := TimedSteps(samples); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
