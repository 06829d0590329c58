package runner

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
)

// insatiable is a site whose program does, before its runtime begins, what no limit allows.
type insatiable struct {
	*Deployment
	does string // in C
}

func (i insatiable) Compile(ctx context.Context, mode string) (*launcher.CompileResult, error) {
	source := fmt.Sprintf(`%s
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
__attribute__((constructor)) static void never_enough(void)
{
	%s
}
`, i.operator.source, i.does)
	uploaded, err := i.launcher.Upload(ctx, i.operator.solution.Program+".c", []byte(source))
	if err != nil {
		return nil, err
	}
	i.program = uploaded.ProgramID // of all that share the Deployment
	return i.Deployment.Compile(ctx, mode)
}

// A run that exceeds a limit is aborted, by the check that names the limit; the next run is carried out.
func TestLimitsOfRuns(t *testing.T) {
	const (
		waits     = `for (;;) pause();`
		allocates = `for (;;) { char *more = malloc(1 << 20); if (more != NULL) memset(more, 1, 1 << 20); }`
		prints    = `static char line[4096]; memset(line, 'x', sizeof line); for (;;) if (write(2, line, sizeof line) < 0) _exit(4);`
		forks     = `for (;;) if (fork() < 0) usleep(1000);`
	)
	options := retail(t, reachable(t))
	options.Modes = []string{"hybrid"}
	options.Limits = Limits{Time: time.Second, Memory: 64 << 20, Processes: 16, Output: 64 << 10}
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	for _, test := range []struct{ does, check, reason string }{
		{waits, bench.LimitTime, "the time limit of 1s was reached at step createCompartment"},
		{allocates, bench.LimitMemory, "the process needed more than 67108864 bytes of memory"},
		{prints, bench.LimitOutput, "the process printed more than 65536 bytes"},
		{forks, bench.LimitProcesses, "the program reached the limit of 16 processes"},
	} {
		t.Run(test.check, func(t *testing.T) {
			record := &record{}
			c := &Campaign{
				Platform: "linux", Site: insatiable{deployment, test.does}, Record: record,
				Cells: []bench.Cell{{ID: "hybrid", Mode: "hybrid", Path: bench.Relayed, Crypto: "hpke", Parameters: bench.Parameters{Requests: 1}}},
			}
			for position, id := range []string{"first", "next"} {
				c.Runs = append(c.Runs, bench.PlannedRun{ID: id, Cell: "hybrid", Position: position})
			}
			outcome, err := c.Run(t.Context())
			if err != nil || outcome[bench.Aborted] != len(c.Runs) {
				t.Fatalf("got %v, %v: %s", outcome, err, strings.Join(record.endings(), "\n"))
			}
			for _, run := range record.runs {
				if run.Check != test.check || !strings.HasPrefix(run.Reason, test.reason) {
					t.Errorf("%s: %s: %s", run.ID, run.Check, run.Reason)
				}
			}
		})
	}
}
