package integration_process

import (
	"strings"
	"testing"
)

func TestRunParameterValues(t *testing.T) {
	for _, test := range []struct {
		parameter RunParameter
		text      string
		value     any
		fault     string // of Parse or Check
	}{
		{RunParameter{Type: RunAmount, Max: 20000}, "150.00", int64(15000), ""},
		{RunParameter{Type: RunAmount, Max: 20000}, "200.01", int64(20001), "is 200.01, want 0.00 to 200.00"},
		{RunParameter{Type: RunAmount, Max: 20000}, "1,50", nil, "want an amount of money"},
		{RunParameter{Type: RunSize, Max: 1 << 20}, "16KiB", int64(16384), ""},
		{RunParameter{Type: RunSize, Max: 1 << 20}, "2MiB", int64(2 << 20), "is 2MiB, want 0B to 1MiB"},
		{RunParameter{Type: RunSize, Max: 1 << 20}, "16", nil, "want a size with its unit"},
		{RunParameter{Type: RunInteger, Min: -1, Max: 5}, "-1", int64(-1), ""},
		{RunParameter{Type: RunInteger, Min: -1, Max: 5}, "6", int64(6), "is 6, want -1 to 5"},
		{RunParameter{Type: RunInteger, Min: -1, Max: 5}, "1.0", nil, "want a whole number"},
		{RunParameter{Type: RunText, Min: 1, Max: 3}, "Ana", "Ana", ""},
		{RunParameter{Type: RunText, Min: 1, Max: 3}, "Anna", "Anna", "is no text of 1 to 3 bytes"},
	} {
		value, err := test.parameter.Parse(test.text)
		if err == nil {
			if value != test.value {
				t.Errorf("%s is read as %v, want %v", test.text, value, test.value)
			}
			if got := test.parameter.Text(value); got != test.text {
				t.Errorf("%s is written as %s", test.text, got)
			}
			err = test.parameter.Check(value)
		}
		if (err == nil) != (test.fault == "") || err != nil && !strings.HasPrefix(err.Error(), test.fault) {
			t.Errorf("%s: got %v, want %q", test.text, err, test.fault)
		}
	}
}

func TestCompleteRunParameters(t *testing.T) {
	standard := int64(7)
	parameters := RunParameters{
		"limit": {Type: RunAmount, Max: 100, Default: &standard}, "who": {Type: RunText, Max: 9, Optional: true}, "times": {Type: RunInteger, Max: 9},
	}
	got, err := parameters.Complete(map[string]any{"times": int64(2)})
	if err != nil || len(got) != 2 || got["limit_cents"] != int64(7) || got["times"] != int64(2) {
		t.Errorf("%v, %v", got, err)
	}
	for want, given := range map[string]map[string]any{
		"parameter times is missing": {"who": "Ana"},
		"parameter limit is not known to the solution; it has: limit_cents, times, who": {"limit": int64(1), "times": int64(1)},
		"parameter times is a text, want a whole number":                                {"times": "2"},
		"parameter who is a number, want a text":                                        {"times": int64(1), "who": int64(1)},
	} {
		if _, err := parameters.Complete(given); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
