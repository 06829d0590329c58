package published_test

import (
	"errors"
	"math"
	"testing"

	"eaibench/bench/published"
	"eaibench/bench/statistics"
)

func TestMannWhitneyReferences(t *testing.T) {
	for _, r := range tableOf(t, "mann_whitney_scipy") {
		got, err := published.MannWhitney(r.list(t, "x"), r.list(t, "y"))
		if err != nil {
			t.Errorf("%s: %v", r["name"], err)
			continue
		}
		same(t, r["name"]+": U", got.Statistic, r.number(t, "u"), 1e-12)
		same(t, r["name"]+": p", got.P, r.number(t, "p"), 1e-9)
	}
}

func TestMannWhitneyRefused(t *testing.T) {
	if _, err := published.MannWhitney(nil, []float64{1}); !errors.Is(err, statistics.ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := published.MannWhitney([]float64{1}, []float64{math.NaN()}); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if test, err := published.MannWhitney([]float64{1, 1}, []float64{1, 1, 1}); err != nil || test.P != 1 {
		t.Errorf("equal values: %+v, %v", test, err)
	}
}
