package launcher

import (
	defaults "cmp"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
)

// How often services verify is handed on as asked, and said only where it was.
func TestVerifyOfARun(t *testing.T) {
	for verify, says := range map[string]string{"": "", "full": `"verify":"full"`, "cached": `"verify":"cached"`} {
		parameters, text, err := Parameters{Verify: verify}.resolve("program", "run", "hybrid", "mine")
		if err != nil {
			t.Fatal(err)
		}
		if want := defaults.Or(verify, "full"); string(parameters.Verify) != want || !strings.Contains(text, says) || strings.Contains(text, "verify") != (says != "") {
			t.Errorf("asked for %q: %q, in %s", verify, parameters.Verify, text)
		}
	}
	_, _, err := Parameters{Verify: "never"}.resolve("program", "run", "hybrid", "mine")
	wantFault(t, err, http.StatusBadRequest, `verify is "never"`)
}

// Of a known solution the launcher knows defaults and bounds; what another one declares is for its process to say.
func TestArgumentsOfARun(t *testing.T) {
	for _, test := range []struct {
		name, solution string
		given          bench.Arguments
		want           map[string]any
		fault          string
	}{
		{"defaults", "retail", nil, map[string]any{"threshold_cents": int64(15000)}, ""},
		{
			"given", "retail",
			bench.Arguments{"threshold_cents": int64(1), "customer": "Ana"},
			map[string]any{"threshold_cents": int64(1), "customer": "Ana"},
			"",
		},
		{"out of bounds", "retail", bench.Arguments{"threshold_cents": int64(-1)}, nil, "threshold_cents is"},
		{"a text for a number", "retail", bench.Arguments{"threshold_cents": "much"}, nil, "threshold_cents is a text, want a whole number"},
		{"not declared", "retail", bench.Arguments{"treshold_cents": int64(1)}, nil, "parameter treshold_cents is not known to the solution; it has: customer"},
		{"another solution", "mine", bench.Arguments{"anything": "goes"}, map[string]any{"anything": "goes"}, ""},
		{"no name", "mine", bench.Arguments{"any thing": "goes"}, nil, `"any thing" is no parameter's name`},
	} {
		parameters, text, err := Parameters{Arguments: test.given}.resolve("program", "run", "hybrid", test.solution)
		if test.fault != "" {
			wantFault(t, err, http.StatusBadRequest, test.fault)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, parameters.Arguments); diff != "" {
			t.Errorf("%s: %s, of %s", test.name, diff, text)
		}
	}
}
