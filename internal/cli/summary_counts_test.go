package cli

import (
	"strings"
	"testing"

	"eaibench/bench"
)

// Runs that a limit ended are shown by the limit's name.
func TestSummaryNamesLimits(t *testing.T) {
	checks := map[int]string{8: bench.LimitTime, 12: bench.LimitMemory, 20: bench.LimitTime, 30: ""}
	folder := sampleCampaign(t, func(run *bench.Run) {
		if check, there := checks[run.Position]; there {
			run.Status, run.Check, run.Reason = bench.Aborted, check, "it took too much"
		}
	})
	out, _, code := command(t, "summary", folder)
	for _, want := range []string{"; 4 aborted: 2 time limit, 1 memory limit.\n", " aborted: check limit-memory: it took too much\n"} {
		if code != exitFine || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q is not in\n%s", code, want, out)
		}
	}
	out, _, code = command(t, "summary", "--json", folder)
	if want := `"limit-time": 2`; code != exitFine || !strings.Contains(out, want) {
		t.Errorf("exit %d, %q is not in\n%s", code, want, out)
	}
}
