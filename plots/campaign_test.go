package plots_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// axes of a made-up campaign: every combination is a cell.
type axes struct {
	paths, cryptos, verifies []string
	payloads                 []int64
	processes                []int
	runs, requests           int
}

// smallest has one cell a mode.
func smallest() axes {
	return axes{
		paths: []string{bench.Relayed}, cryptos: []string{"hpke"}, verifies: []string{bench.Full}, payloads: []int64{1024},
		processes: []int{1}, runs: 4, requests: 3,
	}
}

// whole makes a campaign with every step of every run, from numbers like those of a real one.
func whole(a axes, modes ...string) *results.Data {
	if len(modes) == 0 {
		modes = []string{"hybrid", "purecap", "compartment"}
	}
	data := &results.Data{Campaign: &results.Campaign{
		Version: 1, Name: "made-up", Title: "Numbers that nobody measured", Solution: "retail", Platform: "linux", StandIn: true, Order: bench.OrderBlocks,
	}}
	for i, name := range modes {
		mode := results.Mode{Mode: bench.Mode{Name: name}}
		if i > 0 {
			mode.Baseline = modes[i-1]
		}
		data.Campaign.Modes = append(data.Campaign.Modes, mode)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, path := range a.paths {
		for _, crypto := range a.cryptos {
			for _, verify := range a.verifies {
				for _, payload := range a.payloads {
					for _, processes := range a.processes {
						for _, mode := range data.Campaign.Modes {
							cell := bench.Cell{
								ID:   fmt.Sprintf("%s-%s-%s-%s-%d-%d", mode.Name, path, crypto, verify, payload, processes),
								Mode: mode.Name, Path: path, Crypto: crypto, Verify: verify, Processes: processes,
								Parameters: bench.Parameters{Requests: a.requests, Arguments: bench.Arguments{"payload_bytes": payload}},
							}
							data.Campaign.Cells = append(data.Campaign.Cells, cell)
							for n := range a.runs + 1 {
								addRun(data, cell, n, random)
							}
						}
					}
				}
			}
		}
	}
	return data
}

// addRun makes one run up; the first of a cell is its warm-up.
func addRun(data *results.Data, cell bench.Cell, iteration int, random *rand.Rand) {
	run := bench.Run{
		PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("%s-%d", cell.ID, iteration), Cell: cell.ID, Iteration: iteration, Block: iteration, WarmUp: iteration == 0},
		Status:     bench.OK, Mode: cell.Mode,
	}
	data.Campaign.Runs, data.Runs = append(data.Campaign.Runs, run.PlannedRun), append(data.Runs, run)
	payload, _ := cell.Parameters.Arguments["payload_bytes"].(int64)
	factor := cmp.Or(map[string]float64{"hybrid": 1, "purecap": 1.3, "compartment": 1.4}[cell.Mode], 1.2) * (1 + float64(payload)/65536) * math.Sqrt(float64(cell.Processes))
	if cell.Path == bench.Direct {
		factor *= 0.8
	}
	add := func(component bench.Component, operation bench.Operation, metric, service string, request int, value float64, unit bench.Unit) {
		data.Samples = append(data.Samples, bench.Sample{
			Run: run.ID, Request: request, Component: component, Operation: operation, Metric: metric, Service: service,
			Value: math.Round(value * factor * math.Exp(0.1*random.NormFloat64())), Unit: unit,
		})
	}
	for process := range cell.Processes {
		for place, step := range bench.Steps() {
			value := 1e4 * float64(1+place*place%17)
			services := map[bench.Operation][]string{bench.Read: {"store"}, bench.Write: {"taxi", "whatsapp"}}[step.Operation]
			switch {
			case len(step.Paths) > 0 && step.Paths[0] != cell.Path:
			case step.OncePerMode && iteration > 0:
			case step.Metric == "execute_total":
				add(step.Component, step.Operation, step.Metric, "", bench.NoRequest, 6e6*float64(cell.Parameters.Requests), bench.Nanoseconds)
			case step.OncePerRequest:
				for request := range cell.Parameters.Requests {
					add(step.Component, step.Operation, step.Metric, "", process*cell.Parameters.Requests+request, 5.5e6, bench.Nanoseconds)
				}
			case strings.HasSuffix(step.Metric, "_total") && services == nil:
				add(step.Component, step.Operation, step.Metric, "", bench.NoRequest, 2e6, bench.Nanoseconds)
			case services == nil:
				add(step.Component, step.Operation, step.Metric, "", bench.NoRequest, value, bench.Nanoseconds)
			case strings.HasSuffix(step.Metric, "_total"):
				value = 1.6e6
				fallthrough
			case step.Metric == "request" || step.Metric == "post":
				value = max(value, 8e5)
				fallthrough
			default:
				for _, service := range services {
					for request := range cell.Parameters.Requests {
						add(step.Component, step.Operation, step.Metric, service, process*cell.Parameters.Requests+request, value, bench.Nanoseconds)
					}
				}
			}
		}
		for _, metric := range append([]string{"peak_resident", "proportional"}, bench.MemoryKinds()...) {
			size := 8 << 20
			if strings.HasPrefix(metric, "proportional_") {
				size = 1 << 20
			}
			// A process needs less the more of them share.
			add(bench.IntegrationProcess, bench.Memory, metric, "", bench.NoRequest, float64(size)/float64(cell.Processes), bench.Bytes)
		}
	}
	span := bench.Span()
	data.Samples = append(data.Samples, bench.Sample{
		Run: run.ID, Request: bench.NoRequest, Component: span.Component, Operation: span.Operation, Metric: span.Metric,
		Value: math.Round(6.5e6 * float64(cell.Parameters.Requests) * factor), Unit: bench.Nanoseconds,
	})
}

// without leaves cells out, with their runs and samples.
func without(data *results.Data, drop func(bench.Cell) bool) *results.Data {
	dropped, runs := map[string]bool{}, map[string]bool{}
	for _, cell := range data.Campaign.Cells {
		dropped[cell.ID] = drop(cell)
	}
	for _, run := range data.Runs {
		runs[run.ID] = dropped[run.Cell]
	}
	data.Campaign.Cells = slices.DeleteFunc(data.Campaign.Cells, drop)
	data.Campaign.Runs = slices.DeleteFunc(data.Campaign.Runs, func(run bench.PlannedRun) bool { return dropped[run.Cell] })
	data.Runs = slices.DeleteFunc(data.Runs, func(run bench.Run) bool { return dropped[run.Cell] })
	data.Samples = slices.DeleteFunc(data.Samples, func(sample bench.Sample) bool { return runs[sample.Run] })
	return data
}

// must prepares a campaign's data.
func must(t *testing.T, data *results.Data) *plots.Source {
	t.Helper()
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// standard finds a figure of every scenario by its ID.
func standard(t *testing.T, id string) figure.Entry {
	t.Helper()
	for _, entry := range figure.Default() {
		if entry.ID == id {
			return entry
		}
	}
	t.Fatalf("no figure %s", id)
	return figure.Entry{}
}

// picture draws an entry in a format.
func picture(t *testing.T, source *plots.Source, entry figure.Entry, format plots.Format) []byte {
	t.Helper()
	drawn, err := plots.Draw(source, entry)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	if err := drawn.Write(&written, format); err != nil {
		t.Fatal(err)
	}
	return written.Bytes()
}
