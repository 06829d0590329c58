package results

import (
	"testing"

	"eaibench/bench"
)

func TestComparisonOptions(t *testing.T) {
	for _, test := range []struct {
		campaign Campaign
		want     bench.Options
	}{
		{Campaign{Seed: 7, Order: bench.OrderBlocks}, bench.Options{Seed: 7, Interleaved: true}},
		{Campaign{Order: bench.OrderRandom}, bench.Options{}},
		{Campaign{Order: bench.OrderSequential, Until: &Until{Precision: 0.05, Confidence: 0.99}}, bench.Options{Precision: 0.05, Confidence: 0.99}},
	} {
		if got := test.campaign.ComparisonOptions(); got != test.want {
			t.Errorf("%+v: %+v, want %+v", test.campaign, got, test.want)
		}
	}
}
