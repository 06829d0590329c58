package runner

import (
	"context"
	"fmt"
	"regexp"
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
	// patient is how long a run may take in place of what the launcher was told; 0: no longer.
	patient time.Duration
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

func (i insatiable) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	if i.patient == 0 {
		return i.Deployment.Execute(ctx, cell, run)
	}
	requests := int64(cell.Parameters.Requests)
	return i.launcher.Execute(ctx, i.program, cell.Mode, launcher.ExecuteRequest{
		Run: run, Parameters: launcher.Parameters{Requests: &requests, Crypto: cell.Crypto, Path: cell.Path}, TimeLimitMS: i.patient.Milliseconds(),
	})
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
	for _, test := range []struct {
		does    string
		patient time.Duration // so that a busy host does not reach the other limit before
		check   string
		reason  string // begins so
	}{
		// A busy host may need the time for what comes before the program waits.
		{waits, 0, bench.LimitTime, "the time limit of 1s was reached at step (retrieveProgram|deploy|createCompartment)$"},
		{allocates, patience, bench.LimitMemory, "the process needed more than 67108864 bytes of memory"},
		{prints, patience, bench.LimitOutput, "the process printed more than 65536 bytes"},
		{forks, patience, bench.LimitProcesses, "the program reached the limit of 16 processes"},
	} {
		t.Run(test.check, func(t *testing.T) {
			record := &record{}
			c := &Campaign{
				Platform: "linux", Site: insatiable{deployment, test.does, test.patient}, Record: record,
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
				if run.Check != test.check || !regexp.MustCompile("^"+test.reason).MatchString(run.Reason) {
					t.Errorf("%s: %s: %s", run.ID, run.Check, run.Reason)
				}
			}
		})
	}
}
