package cli

import (
	"strings"
	"testing"

	"eaibench/links"
	"eaibench/results"
)

// A clock that nobody could tell is one line, however often it was asked; where it was told once, the line says when it was not.
func TestClocksThatAreNotKnown(t *testing.T) {
	unknown := func(when results.Moment, failure string) results.ClockLook {
		return results.ClockLook{Host: "board", When: when, Failure: failure}
	}
	const why = "nothing of eaibench is there that could tell it"
	for _, test := range []struct {
		name  string
		looks []results.ClockLook
		want  []string
		lines int
	}{
		{
			"never",
			[]results.ClockLook{unknown(results.Before, why), unknown(results.After, why), unknown(results.Before, why)},
			[]string{"\n  how far the clock of host board is from that of eaibench's host is not known: nothing of\n    eaibench is there that could tell it\n"},
			2,
		},
		{
			"for two reasons",
			[]results.ClockLook{unknown(results.Before, "busy"), unknown(results.After, "gone")},
			[]string{
				"the clock of host board was not estimated before the first run: busy\n", "the clock of host board was not estimated after the last run: gone\n",
			},
			2,
		},
		{
			"at the end",
			[]results.ClockLook{{Host: "board", When: results.Before, Estimated: &links.ClockOffset{Exchanges: 8}}, unknown(results.After, why)},
			[]string{"clocks, against that of eaibench's host", "the clock of host board was not estimated after the last run: "},
			6,
		},
	} {
		got := clocksText(test.looks)
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", test.name, want, got)
			}
		}
		if lines := strings.Count(strings.TrimSpace(got), "\n") + 1; lines != test.lines {
			t.Errorf("%s: %d lines, want %d:\n%s", test.name, lines, test.lines, got)
		}
	}
}
