package runner

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"eaibench/bench"
	"eaibench/launcher"
)

// effects watches what each run leaves in the services' databases.
type effects struct {
	*Deployment
	t     *testing.T
	trips int // before the run
	after map[string]effect
}

// effect is what one run left behind.
type effect struct{ Trips, Messages, Accepted int }

func (e *effects) Reset(ctx context.Context) error {
	err := e.Deployment.Reset(ctx)
	e.trips = e.count("taxi/transport_app.db", "SELECT count(*) FROM Viagens")
	return err
}

func (e *effects) Execute(ctx context.Context, cell bench.Cell, run string) (*launcher.RunResult, error) {
	result, err := e.Deployment.Execute(ctx, cell, run)
	e.after[run] = effect{
		Trips:    e.count("taxi/transport_app.db", "SELECT count(*) FROM Viagens") - e.trips,
		Messages: e.count("whatsapp/whatsapp.db", "SELECT count(*) FROM Mensagens"),
		Accepted: e.count("whatsapp/whatsapp.db", "SELECT count(*) FROM Respostas WHERE resposta = 'accepted'"),
	}
	return result, err
}

func (e *effects) count(file, query string) int {
	e.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(e.Folder(), "services", file)+"?mode=ro")
	if err != nil {
		e.t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(query).Scan(&n); err != nil {
		e.t.Fatal(err)
	}
	return n
}

// One run in each mode and on each path, above and below the threshold: every step is there, and the services' data
// say that what was sold was done, once a request, and nothing more.
func TestWholeCampaign(t *testing.T) {
	const requests = 3
	parent := reachable(t)
	options := retail(t, parent)
	options.References = nil // it builds them itself
	options.Paths = []string{bench.Relayed, bench.Direct}
	deployment, err := Deploy(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	watched, record := &effects{Deployment: deployment, t: t, after: map[string]effect{}}, &record{}
	c := &Campaign{Platform: "linux", Site: watched, Record: record}
	want := map[string]effect{}
	plan := func(id, mode, path string, threshold int64, expected effect) {
		c.Cells = append(c.Cells, bench.Cell{
			ID: id, Mode: mode, Path: path, Crypto: "hpke",
			Parameters: bench.Parameters{Requests: requests, Arguments: bench.Arguments{"threshold_cents": threshold}},
		})
		c.Runs = append(c.Runs, bench.PlannedRun{ID: id, Cell: id, Position: len(c.Runs)})
		want[id] = expected
	}
	for _, mode := range allModes {
		for _, path := range options.Paths {
			plan(mode+"-"+path+"-above", mode, path, 15_000, effect{Trips: requests, Messages: requests, Accepted: requests})
		}
	}
	plan("compartment-below", "compartment", bench.Relayed, 10_000_000, effect{})
	plan("hybrid-cached-above", "hybrid", bench.Relayed, 15_000, effect{Trips: requests, Messages: requests, Accepted: requests})
	c.Cells[len(c.Cells)-1].Verify = bench.Cached
	outcome, err := c.Run(t.Context())
	if err != nil || outcome[bench.OK] != len(c.Runs) {
		t.Errorf("got %v, %v:\n%s", outcome, err, strings.Join(record.endings(), "\n"))
		printLogs(t, deployment)
	}
	if diff := cmp.Diff(want, watched.after); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	for id, samples := range record.samples {
		writes := slices.ContainsFunc(samples, func(s bench.Sample) bool { return s.Operation == bench.Write })
		if writes != strings.HasSuffix(id, "-above") {
			t.Errorf("run %s: timed writes %v", id, writes)
		}
		checkUses(t, id, samples)
	}
	checkNothingLeft(t, deployment)
}

// checkUses wants each component read: a Go program of some MiB. What works in each run has used CPU time, and
// none more than all CPUs could give.
func checkUses(t *testing.T, id string, samples []bench.Sample) {
	t.Helper()
	parties := []bench.Series{{Component: bench.RootCA}, {Component: bench.Attester}, {Component: bench.Launcher}}
	for _, service := range []string{"store", "taxi", "whatsapp"} {
		parties = append(parties, bench.Series{Component: bench.DigitalService, Service: service})
	}
	value := func(party bench.Series, operation bench.Operation, metric string) float64 {
		party.Operation, party.Metric = operation, metric
		i := slices.IndexFunc(samples, func(s bench.Sample) bool { return s.Series() == party })
		if i < 0 {
			t.Errorf("run %s has no %v", id, party)
			return 0
		}
		return samples[i].Value
	}
	for _, party := range parties {
		resident, proportional := value(party, bench.Memory, "resident"), value(party, bench.Memory, "proportional")
		if resident < 4<<20 || resident > 1<<30 || proportional > resident || proportional < 1<<20 {
			t.Errorf("run %s: %v has %v bytes resident, %v proportional", id, party, resident, proportional)
		}
		works := party.Service == "" || party.Service == "store" || strings.HasSuffix(id, "-above")
		if cpu := value(party, bench.Process, "cpu_time"); works && cpu < 100_000 || cpu > float64(time.Minute) {
			t.Errorf("run %s: %v used %v ns of CPU time", id, party, cpu)
		}
	}
}

// checkNothingLeft closes the site and looks for what it could have left.
func checkNothingLeft(t *testing.T, deployment *Deployment) {
	t.Helper()
	checkNothingOf(t, deployment)
	for _, c := range deployment.components {
		if left := cgroups(t, c.pid); len(left) > 0 {
			t.Errorf("%s left control groups: %v", c.name, left)
		}
	}
}

// checkNothingOf leaves out what the next launcher removes after one that was killed: control groups, which are empty.
func checkNothingOf(t *testing.T, deployment *Deployment) {
	t.Helper()
	if err := deployment.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range deployment.components {
		if alive(c.pid) {
			t.Errorf("%s is still running", c.name)
		}
		if connection, err := net.Dial("tcp", strings.TrimPrefix(c.address, "https://")); err == nil {
			connection.Close()
			t.Errorf("%s still listens", c.name)
		}
	}
	checkFolderUnused(t, deployment.operator.folder)
}

// checkFolderUnused looks for the folder, and for processes that were started with it in their arguments.
func checkFolderUnused(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder %s is still there (%v)", folder, err)
	}
	if left := processesNaming(t, folder); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// processesNaming lists the command lines of processes that have the text in them, this one's apart.
func processesNaming(t *testing.T, text string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(text)) && file != fmt.Sprintf("/proc/%d/cmdline", os.Getpid()) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// cgroups lists the control groups that a process made: their names begin with its PID.
func cgroups(t *testing.T, pid int) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed while we look
		}
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), fmt.Sprintf("eaibench-%d-", pid)) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func printLogs(t *testing.T, deployment *Deployment) {
	t.Helper()
	for _, c := range deployment.components {
		if text, err := os.ReadFile(c.logFile); err == nil {
			t.Logf("--- %s\n%s", c.name, text)
		}
	}
}

// A component that dies ends the campaign, and the error says which it was.
func TestWholeCampaignEndsWithItsComponents(t *testing.T) {
	deployment, err := Deploy(t.Context(), retail(t, reachable(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer deployment.Close()
	ctx, unwatch := deployment.Watch(t.Context())
	defer unwatch()
	taxi := deployment.components[slices.IndexFunc(deployment.components, func(c *component) bool { return c.name == "service/taxi" })]
	if err := syscall.Kill(taxi.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("nobody noticed")
	}
	_, err = deployment.Uses()
	for _, err := range []error{context.Cause(ctx), err} {
		var ended *componentEnded
		if !errors.As(err, &ended) || ended.name != "service/taxi" {
			t.Errorf("got %v", err)
		}
	}
}

// What cannot start leaves nothing behind.
func TestWholeCampaignThatCannotStart(t *testing.T) {
	parent := reachable(t)
	options := retail(t, parent)
	options.Outcome = "shrug"
	_, err := Deploy(t.Context(), options)
	var ended *componentEnded
	if !errors.As(err, &ended) || ended.name != "service/whatsapp" || !strings.Contains(err.Error(), "shrug") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if left := processesNaming(t, parent); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}
