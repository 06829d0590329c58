package bench_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// steps of one relayed read, in which the requester waited 150 and the service timed 20 of it.
var sharedSteps = map[bench.Series]float64{
	{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "read_act_total", Service: "store"}: 200,
	{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "encrypt", Service: "store"}:        6,
	{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "decrypt", Service: "store"}:        4,
	{Component: bench.Launcher, Operation: bench.Read, Metric: "lookupService", Service: "store"}:            1,
	{Component: bench.Launcher, Operation: bench.Read, Metric: "getCertificate", Service: "store"}:           3,
	{Component: bench.Launcher, Operation: bench.Read, Metric: "getProgramPublicKey", Service: "store"}:      2,
	{Component: bench.Launcher, Operation: bench.Read, Metric: "request", Service: "store"}:                  150,
	{Component: bench.DigitalService, Operation: bench.Read, Metric: "verifyCertificate", Service: "store"}:  7,
	{Component: bench.DigitalService, Operation: bench.Read, Metric: "decrypt", Service: "store"}:            2,
	{Component: bench.DigitalService, Operation: bench.Read, Metric: "retrieveLocalData", Service: "store"}:  10,
	{Component: bench.DigitalService, Operation: bench.Read, Metric: "encrypt", Service: "store"}:            1,
}

func TestSharesOf(t *testing.T) {
	total := bench.Series{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "read_act_total", Service: "store"}
	runs := []bench.Run{{PlannedRun: bench.PlannedRun{ID: "r", Cell: "c"}, Status: bench.OK}}
	got, err := bench.SharesOf(runs, map[string]bench.Values{"r": sharedSteps}, "c", total)
	if err != nil {
		t.Fatal(err)
	}
	want := bench.Shares{Total: 200, N: 1, Of: map[bench.Role]float64{
		bench.Network: 130. / 200, bench.Relay: 6. / 200, bench.Crypto: 20. / 200, bench.Service: 10. / 200, bench.Rest: 34. / 200,
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error(diff)
	}
	if _, err := bench.SharesOf(runs, nil, "c", total); !errors.Is(err, statistics.ErrEmpty) {
		t.Errorf("without values: %v", err)
	}
}

// Shares are of a whole, whatever the steps took, on each path and of a start.
func TestSharesAreAWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{bench.Relayed, bench.Direct}).Draw(t, "path")
		samples := everyStep(path, false)
		for i := range samples {
			samples[i].Value = float64(rapid.IntRange(1, 1000).Draw(t, samples[i].Metric))
		}
		values, err := bench.Reduce(samples)
		if err != nil {
			t.Fatal(err)
		}
		runs := []bench.Run{{PlannedRun: bench.PlannedRun{ID: "r", Cell: "c"}, Status: bench.OK}}
		totals := bench.Totals(samples)
		if len(totals) != 3 {
			t.Fatalf("totals %v", totals)
		}
		for _, total := range totals {
			shares, err := bench.SharesOf(runs, values, "c", total)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.
			for _, role := range bench.Roles() {
				if share := shares.Of[role]; share < 0 || share > 1 {
					t.Fatalf("%v: %s is %v", total, role, share)
				}
				sum += shares.Of[role]
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("%v: shares are %v together: %v", total, sum, shares.Of)
			}
		}
	})
}

// Every leaf of an operation or a start is somebody's: the rest is what no step has.
func TestEveryStepHasARole(t *testing.T) {
	for _, path := range []string{bench.Relayed, bench.Direct} {
		samples := everyStep(path, false)
		values, err := bench.Reduce(samples)
		if err != nil {
			t.Fatal(err)
		}
		for series := range values["r"] {
			if series.Operation != bench.Read && series.Operation != bench.Write {
				continue
			}
			only := map[string]bench.Values{"r": {}}
			for other := range values["r"] {
				only["r"][other] = 0
			}
			only["r"][series] = 1
			step, _ := bench.StepOf(series)
			if step.Within == "request_total" {
				continue
			}
			total := bench.Series{Component: bench.IntegrationProcess, Operation: series.Operation, Metric: string(series.Operation) + "_act_total", Service: series.Service}
			only["r"][total] = 1
			for outer := step.Within; outer == "request" || outer == "post"; outer = "" {
				for other := range only["r"] {
					if other.Metric == outer && other.Service == series.Service {
						only["r"][other] = 1
					}
				}
			}
			runs := []bench.Run{{PlannedRun: bench.PlannedRun{ID: "r", Cell: "c"}, Status: bench.OK}}
			shares, err := bench.SharesOf(runs, only, "c", total)
			if err != nil {
				t.Fatal(err)
			}
			if shares.Of[bench.Rest] != 0 {
				t.Errorf("%s: %s of %s is nobody's", path, series.Metric, series.Component)
			}
		}
	}
}
