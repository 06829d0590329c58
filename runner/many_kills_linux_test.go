package runner

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/launcher"
	"eaibench/results"
)

const (
	manyKills  = 50
	manyRuns   = 60
	runTakes   = 8 * time.Millisecond // at most
	beKilled   = "carry out the campaign until killed"
	folderName = "EAIBENCH_TEST_CAMPAIGN"
)

func init() { otherRoles[beKilled] = carryOutUntilKilled }

// manyRunsCampaign has a rule when to stop that is never met, so that there are looks to be lost or repeated too.
func manyRunsCampaign() *results.Campaign {
	until := results.Until{Precision: 1e-6, Min: 6, Max: manyRuns / 2, Looks: []int{6, 8, 10, 13, 17, 22, 28, 30}}
	c := untilPlan(&site{}, &record{}, until)
	campaign := &results.Campaign{
		Version: results.Version, Name: "many", Title: "many", Cells: c.Cells, Runs: c.Runs[2:], Until: c.Until,
		Modes: []results.Mode{{Mode: c.Chain[0]}, {Mode: c.Chain[1]}},
	}
	for i := range campaign.Runs {
		run := &campaign.Runs[i]
		run.Block, run.Position, run.Iteration = i/2, i, i/2
	}
	return campaign
}

// carryOutUntilKilled goes on with the campaign in the folder, as `eaibench run --resume` does, and says of each run when it
// begins and when it is kept. The last run has no end.
func carryOutUntilKilled() {
	if err := goOn(os.Getenv(folderName), slow{&site{execute: executeTotal(wild)}}, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// goOn carries out what is left of the campaign in the folder, says on w what is done, and seals it.
func goOn(folder string, s Site, w io.Writer) error {
	writer, err := results.Resume(folder)
	if err != nil {
		return err
	}
	defer writer.Close()
	data, err := results.Read(folder)
	if err != nil {
		return err
	}
	campaign := writer.Campaign()
	if !writer.Stopped() {
		c := &Campaign{
			Platform: "linux", Cells: campaign.Cells, Runs: campaign.Runs, Until: campaign.Until, Chain: campaign.Chain(),
			Comparing: bench.Options{Interleaved: true},
			Done:      writer.Done(), DoneSamples: data.Samples, Events: writer.Events(), Site: s, Record: writer,
			Begin:    func(run bench.PlannedRun) { fmt.Fprintln(w, "began", run.ID) },
			Progress: func(p Progress) { fmt.Fprintln(w, "kept", p.Run.ID) },
		}
		if _, err := c.Run(context.Background()); err != nil {
			return err
		}
	}
	return writer.Seal()
}

// slow is a site whose runs take a while, in which one can be killed; the last one takes until then.
type slow struct{ *site }

func (s slow) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	takes := time.After(rand.N(runTakes))
	if run == lastRun() {
		takes = nil
	}
	select {
	case <-takes:
		return s.site.Execute(ctx, cell, run)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func lastRun() string {
	runs := manyRunsCampaign().Runs
	return runs[len(runs)-1].ID
}

// A campaign of 60 runs whose eaibench is killed at 50 random moments has each run once, and each look. What was reported as kept is
// in the folder after the kill.
func TestKilledAtRandomMoments(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	folder := filepath.Join(t.TempDir(), "many")
	writer, err := results.Create(folder, manyRunsCampaign())
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	reported := map[string]bool{}
	kept := 0
	within := map[string]int{}         // kills: where the killed one was
	starting := 100 * time.Millisecond // how long that takes, from when it was seen
	for range manyKills {
		lines := random.IntN(min(3, 2*(manyRuns-1-kept)+2)) // no more than it says before the run without an end
		delay := time.Duration(random.Int64N(int64(runTakes)))
		if lines == 0 {
			delay = time.Duration(random.Int64N(int64(starting)))
		}
		began := time.Now()
		where := killAfter(t, folder, lines, delay, reported)
		if lines > 0 {
			starting = min(starting, time.Since(began))
		}
		var torn bool
		if kept, torn = checkKilled(t, folder, reported, kept); torn {
			where = "while a run was being kept"
		}
		within[where]++
	}
	t.Logf("%d runs are kept after %d kills: %v", kept, manyKills, within)
	if len(within) < 2 {
		t.Errorf("all kills were alike: %v", within)
	}
	if err := goOn(folder, &site{execute: executeTotal(wild)}, io.Discard); err != nil {
		t.Fatalf("the last one ended with %v", err)
	}
	if err := unharmed(folder); err != nil {
		t.Error(err)
	}
}

func killable(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(own)
	command.Env = append(os.Environ(), actAs+"="+beKilled, folderName+"="+folder)
	return command
}

// killAfter starts one that goes on, reads so many lines, waits a moment and kills it. It notes what was reported, and says
// where the killed one was.
func killAfter(t *testing.T, folder string, lines int, delay time.Duration, reported map[string]bool) string {
	t.Helper()
	command := killable(t, folder)
	command.Stderr = os.Stderr
	said, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	last := ""
	take := func(scanner *bufio.Scanner) bool {
		if !scanner.Scan() {
			return false
		}
		if id, is := strings.CutPrefix(scanner.Text(), "kept "); is {
			reported[id] = true
		}
		last, _, _ = strings.Cut(scanner.Text(), " ")
		return true
	}
	scanner := bufio.NewScanner(said)
	for range lines {
		if !take(scanner) {
			t.Fatalf("it ended by itself: %v", command.Wait())
		}
	}
	timer := time.AfterFunc(delay, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	for take(scanner) { // what it says until it is killed was said
		continue
	}
	if err := command.Wait(); command.ProcessState.Exited() {
		t.Fatalf("it ended by itself: %v", err)
	}
	if last == "" {
		return "starting"
	}
	return "after " + last
}

// checkKilled wants everything that was reported in the folder, and nothing twice, which Read refuses. It gives how many runs are
// kept, and whether there are samples of one that is not.
func checkKilled(t *testing.T, folder string, reported map[string]bool, before int) (kept int, torn bool) {
	t.Helper()
	data, err := results.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	for id := range reported {
		if !slices.ContainsFunc(data.Runs, func(run bench.Run) bool { return run.ID == id }) {
			t.Errorf("run %s was reported and is lost", id)
		}
	}
	if len(data.Runs) < before {
		t.Errorf("there were %d runs, there are %d", before, len(data.Runs))
	}
	table, err := os.ReadFile(filepath.Join(folder, "samples.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return len(data.Runs), bytes.Count(table, []byte("\n")) > 1+len(data.Samples)
}
