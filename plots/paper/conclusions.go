package paper

import (
	"fmt"

	"eaibench/bench"
	"eaibench/bench/published"
	"eaibench/bench/statistics"
	"eaibench/results"
	"eaibench/results/importing"
)

func memoryConclusions(data *results.Data) ([]Conclusion, error) {
	m := memoryOf(data)
	ratio := func(variable, mode string) (float64, error) {
		_, ratios, err := m.overSizes(record{"Outliers": "With", "Variable": variable, "Comparison": mode + " vs outside compartment"})
		if err != nil {
			return 0, err
		}
		median, _, err := published.Spread(ratios)
		return median, err
	}
	writes, err := ratio("Write Time (ms)", "purecap-benchmark ABI")
	if err != nil {
		return nil, err
	}
	reads, err := ratio("Read Time (ms)", "purecap-benchmark ABI")
	if err != nil {
		return nil, err
	}
	purecap, err := ratio("Write Time (ms)", "purecap ABI")
	if err != nil {
		return nil, err
	}
	return []Conclusion{
		{
			Beside: "memory: tables 2 to 5, figure by-block",
			Says: fmt.Sprintf("purecap-benchmark in a compartment writes in %.3f and reads in %.3f of the time of outside: gains of %.1f and %.1f times",
				writes, reads, 1/writes, 1/reads),
			Checks: []string{"published", "flags", "two-changes"},
		},
		{
			Beside: "memory: tables 4 and 5, figure by-block",
			Says:   fmt.Sprintf("purecap in a compartment writes in %.4f of the time of outside: it costs next to nothing", purecap),
			Checks: []string{"published", "two-changes", "optimisation"},
		},
	}, nil
}

func pipeConclusions(data *results.Data) ([]Conclusion, error) {
	least, median, most, err := pipe{data}.dropped()
	if err != nil {
		return nil, err
	}
	return []Conclusion{{
		Beside: "pipe: table 6, experiments_summary_no_outliers",
		Says:   "latencies and throughputs of the modes, without outliers",
		Checks: []string{"published", "two-changes"},
		Evidence: []string{fmt.Sprintf("the rule of these tables drops %.0f to %.0f %% of the messages of a mode and a size, %.0f %% in the median: where messages are fast or slow, the mean says which were kept",
			least, most, median)},
	}}, nil
}

func integrationConclusions(data *results.Data) ([]Conclusion, error) {
	trusted, err := meanOf(valuesOf(data, "inside", bench.IntegrationProcess, "execute_total"))
	if err != nil {
		return nil, err
	}
	conventional, err := meanOf(valuesOf(data, "outside", bench.IntegrationProcess, "execute_total"))
	if err != nil {
		return nil, err
	}
	return []Conclusion{
		{
			Beside: "isc2-2026: expected.log, figure box-execute_total",
			Says:   fmt.Sprintf("the trusted environment takes %.2f ms, the conventional one %.2f ms: the difference is the cost of protection", trusted, conventional),
			Checks: []string{"baseline-compartment", "unlike-cells", "order", "outliers"},
		},
		{
			Beside: "isc2-2026: expected.log, internal cost of Launcher.start()",
			Says:   "what compartment, deployment, keys and signature cost",
			Checks: []string{"no-work"},
		},
	}, nil
}

func cpuConclusions(data *results.Data) ([]Conclusion, error) {
	median := func(mode, operation string) (float64, error) {
		var values []float64
		cells := map[string]bool{}
		for _, cell := range data.Campaign.Cells {
			cells[cell.ID] = cell.Mode == mode && cell.Parameters.Arguments[importing.Operation] == operation
		}
		runs := map[string]bool{}
		for _, run := range data.Runs {
			runs[run.ID] = cells[run.Cell]
		}
		for _, sample := range data.Samples {
			if runs[sample.Run] {
				values = append(values, sample.Value/nanoseconds)
			}
		}
		return statistics.Median(values)
	}
	inside, err := median("inside-purecap-benchmark", "array")
	if err != nil {
		return nil, nil // another selection of operations: nothing is said of them
	}
	outside, err := median("outside", "array")
	if err != nil {
		return nil, nil
	}
	return []Conclusion{{
		Beside: "cpu: figure box-cpu-cpu_time-program",
		Says: fmt.Sprintf("arithmetic with arrays takes %.0f ms in purecap-benchmark in a compartment and %.0f ms outside, a gain of %.0f times; whole numbers and floating point gain too",
			inside, outside, outside/inside),
		Checks: []string{"flags", "two-changes"},
	}}, nil
}

func capacityConclusions(data *results.Data) ([]Conclusion, error) {
	most := map[string]float64{}
	for _, run := range data.Runs {
		for _, sample := range data.Samples {
			if sample.Run == run.ID && sample.Metric == "processes" {
				most[run.Mode] = max(most[run.Mode], sample.Value)
			}
		}
	}
	says := "how many compartments the memory of a board holds:"
	for i, mode := range importing.Modes(importing.Capacity) {
		if i > 0 {
			says += ","
		}
		says += fmt.Sprintf(" %.0f in %s", most[mode], mode)
	}
	return []Conclusion{{
		Beside: "capacity: figure by-processes", Says: says,
		Checks: []string{"published", "built-for", "few-runs", "chain-link"},
	}}, nil
}
