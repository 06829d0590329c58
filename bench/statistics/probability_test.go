package statistics_test

import (
	"testing"

	"eaibench/bench/statistics"
)

func TestProbabilityText(t *testing.T) {
	for _, test := range []struct {
		p              float64
		text, sentence string
	}{
		{0, "< 0.0001", "p < 0.0001"},
		{0.0000999, "< 0.0001", "p < 0.0001"},
		{0.0001, "0.0001", "p = 0.0001"},
		{0.00056, "0.0006", "p = 0.0006"},
		{0.01, "0.0100", "p = 0.0100"},
		{0.04994, "0.0499", "p = 0.0499"},
		{0.04996, "< 0.0500", "p < 0.0500"},
		{0.05, "0.0500", "p = 0.0500"},
		{0.05004, "0.0500", "p = 0.0500"},
		{0.375, "0.3750", "p = 0.3750"},
		{1, "1", "p = 1"},
	} {
		if text, sentence := statistics.ProbabilityText(test.p), statistics.ProbabilitySentence(test.p); text != test.text || sentence != test.sentence {
			t.Errorf("%v: %q and %q, want %q and %q", test.p, text, sentence, test.text, test.sentence)
		}
	}
}
