package platform

import (
	"testing"
	"time"
)

func TestParseProcessors(t *testing.T) {
	for _, test := range []struct {
		name, text string
		busy       time.Duration
		steal      time.Duration // -1: not counted
		fails      bool
	}{
		{"all fields", "cpu  100 20 30 4000 50 6 7 8 90 10\ncpu0 1 1 1 1\n", 1630 * time.Millisecond, 80 * time.Millisecond, false},
		{"no stolen time", "cpu  100 20 30 4000 50 6 7\n", 1630 * time.Millisecond, -1, false},
		{"an old kernel", "cpu 100 20 30 4000", 1500 * time.Millisecond, -1, false},
		{"more fields than there are", "cpu 1 0 0 0 0 0 0 0 0 0 5 5\n", 10 * time.Millisecond, 0, false},
		{"empty", "", 0, 0, true},
		{"of one processor alone", "cpu0 1 2 3 4 5 6 7 8\n", 0, 0, true},
		{"too few", "cpu 1 2 3\n", 0, 0, true},
		{"negative", "cpu 1 2 -3 4\n", 0, 0, true},
		{"more than fits", "cpu 99999999999999999 2 3 4\n", 0, 0, true},
	} {
		got, err := parseProcessors([]byte(test.text))
		if (err != nil) != test.fails {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
		if err != nil {
			continue
		}
		steal := time.Duration(-1)
		if got.Steal != nil {
			steal = *got.Steal
		}
		if got.Busy != test.busy || steal != test.steal {
			t.Errorf("%s: %+v, stolen %v", test.name, got, steal)
		}
	}
}
