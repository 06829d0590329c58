package bench

import "testing"

// One run against 39 that are all above it has a p of 2/40, by an exact test: it is not below 0.05, nor a 0.1 below 0.1.
func TestLevel(t *testing.T) {
	for confidence, want := range map[float64]float64{0.95: 0.05, 0.9: 0.1, 0.99: 0.01, 0.999: 0.001} {
		if got := (Options{Confidence: confidence}).level(); got != want {
			t.Errorf("at a confidence of %v: %v, want %v", confidence, got, want)
		}
	}
}
