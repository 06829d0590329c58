package bench_test

import (
	"testing"
	"time"

	"eaibench/bench"
)

// Only what is a number in every solution has limits, and those of the interval are the ones that its check knows.
func TestLimits(t *testing.T) {
	for _, axis := range append(bench.CommonAxes(), bench.Payload) {
		least, most, known := axis.Limits()
		want := axis == bench.ByRequests || axis == bench.ByInterval || axis == bench.ProcessesAtOnce
		if known != want || known && least >= most {
			t.Errorf("%s: from %d to %d, known %v", axis, least, most, known)
		}
	}
	least, most, _ := bench.ByInterval.Limits()
	for ms, fine := range map[int64]bool{least - 1: false, least: true, most: true, most + 1: false} {
		if err := bench.CheckInterval(time.Duration(ms) * time.Millisecond); (err == nil) != fine {
			t.Errorf("%d ms: %v", ms, err)
		}
	}
	if err := bench.CheckInterval(1500 * time.Microsecond); err == nil {
		t.Error("half a millisecond is let pass")
	}
}
