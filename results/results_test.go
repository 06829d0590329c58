package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/bench"

	"github.com/google/go-cmp/cmp"
)

var moment = time.Date(2026, 1, 31, 12, 0, 0, 1500, time.UTC)

func newCampaign(runs int) *Campaign {
	c := &Campaign{
		Version: Version, Name: "smoke", Title: "Smoke", Solution: "retail", Platform: "linux", StandIn: true, Order: "blocks",
		Seed: 7, DataSeed: 1, Started: moment, Scenario: Scenario{File: "smoke.yaml", Text: "version: 1\n"},
		Modes:    []Mode{{Mode: bench.Mode{Name: "hybrid"}, StandsFor: "plain build"}},
		Versions: map[string]string{"eaibench": "test"},
		Cells:    []bench.Cell{{ID: "hybrid-relayed-hpke", Mode: "hybrid", Path: "relayed", Crypto: "hpke", Verify: "full", Processes: 1, Parameters: bench.Parameters{Requests: 2}}},
	}
	for i := range runs {
		c.Runs = append(c.Runs, bench.PlannedRun{ID: fmt.Sprintf("r%02d", i), Cell: c.Cells[0].ID, Block: i, Position: i, Iteration: i, WarmUp: i == 0})
	}
	return c
}

func samplesOf(run string, n int) []bench.Sample {
	var samples []bench.Sample
	for i := range n {
		samples = append(samples, bench.Sample{
			Time: moment.Add(time.Duration(i)), Run: run, Request: i - 1, Component: bench.Launcher, Operation: bench.Read,
			Metric: "request", Value: 1000.5 + float64(i), Unit: []bench.Unit{bench.Nanoseconds, bench.Bytes, bench.Count}[i%3], Program: "retail", Service: "store",
		})
	}
	return samples
}

func okRun(id string) bench.Run {
	return bench.Run{
		PlannedRun: bench.PlannedRun{ID: id}, Status: bench.OK, Started: moment, Ended: moment.Add(time.Second),
		ExecutableSHA256: strings.Repeat("a", 64), SourceSHA256: strings.Repeat("b", 64),
	}
}

// newFolder makes a campaign of three runs of which the first two are done.
func newFolder(t *testing.T) (string, *Writer) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "out", "campaign")
	w, err := Create(folder, newCampaign(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := w.Append(okRun("r00"), samplesOf("r00", 3), []byte("log of r00\n")); err != nil {
		t.Fatal(err)
	}
	bad := okRun("r01")
	bad.Status, bad.Check, bad.Reason = bench.Failed, "library", "first line,\n\"quoted\"\x1b[31m second"
	if err := w.Append(bad, nil, nil); err != nil {
		t.Fatal(err)
	}
	return folder, w
}

func TestWriteAndRead(t *testing.T) {
	folder, w := newFolder(t)
	data, err := Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newCampaign(3), data.Campaign); diff != "" {
		t.Error(diff)
	}
	first := okRun("r00")
	first.PlannedRun = newCampaign(3).Runs[0]
	first.Mode, first.Path, first.Crypto, first.Verify, first.Processes, first.Samples = "hybrid", "relayed", "hpke", "full", 1, 3
	second := first
	second.PlannedRun = newCampaign(3).Runs[1]
	second.Status, second.Check, second.Reason, second.Samples = bench.Failed, "library", `first line, "quoted"[31m second`, 0
	if diff := cmp.Diff([]bench.Run{first, second}, data.Runs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(samplesOf("r00", 3), data.Samples); diff != "" {
		t.Error(diff)
	}
	if data.Complete {
		t.Error("complete with a run to go")
	}
	if diff := cmp.Diff(data.Runs, w.Done()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(newCampaign(3).Runs[2:], w.Pending()); diff != "" {
		t.Error(diff)
	}
	if log, err := os.ReadFile(LogFile(folder, "r00")); err != nil || string(log) != "log of r00\n" {
		t.Errorf("log %q, %v", log, err)
	}
}

func TestFolderName(t *testing.T) {
	zone := time.FixedZone("", 3*3600)
	if got := FolderName("smoke", moment.In(zone)); got != "smoke-20260131T120000Z" {
		t.Error(got)
	}
}

func TestCreateRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "thesis.tex"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(full, "thesis.tex")
	for _, folder := range []string{full, file} {
		if _, err := Create(folder, newCampaign(1)); !errors.Is(err, ErrExists) {
			t.Errorf("%s: %v", folder, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(full)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	empty := t.TempDir()
	w, err := Create(empty, newCampaign(1))
	if err != nil {
		t.Fatalf("an empty folder: %v", err)
	}
	defer w.Close()
	for name, spoil := range map[string]func(*Campaign){
		"no run":       func(c *Campaign) { c.Runs = nil },
		"run twice":    func(c *Campaign) { c.Runs = append(c.Runs, c.Runs[0]) },
		"unknown cell": func(c *Campaign) { c.Runs[0].Cell = "x" },
		"cell twice":   func(c *Campaign) { c.Cells = append(c.Cells, c.Cells[0]) },
		"a path as id": func(c *Campaign) { c.Runs[0].ID = "../x" },
		"version":      func(c *Campaign) { c.Version = 2 },
	} {
		c := newCampaign(1)
		spoil(c)
		folder := filepath.Join(t.TempDir(), "c")
		if _, err := Create(folder, c); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s: a folder was made", name)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	folder, w := newFolder(t)
	before := sizes(t, folder)
	for name, try := range map[string]func() error{
		"not planned": func() error { return w.Append(okRun("r99"), nil, nil) },
		"twice":       func() error { return w.Append(okRun("r00"), nil, nil) },
		"another run's sample": func() error {
			return w.Append(okRun("r02"), samplesOf("r00", 1), nil)
		},
		"not a number": func() error {
			samples := samplesOf("r02", 1)
			samples[0].Value = -1
			return w.Append(okRun("r02"), samples, nil)
		},
		"line break in a name": func() error {
			samples := samplesOf("r02", 1)
			samples[0].Metric = "a\nb"
			return w.Append(okRun("r02"), samples, nil)
		},
		"failed without reason": func() error {
			run := okRun("r02")
			run.Status = bench.Failed
			return w.Append(run, nil, nil)
		},
		"ok with a reason": func() error {
			run := okRun("r02")
			run.Reason = "well"
			return w.Append(run, nil, nil)
		},
		"no status": func() error {
			run := okRun("r02")
			run.Status, run.Reason = "", "x"
			return w.Append(run, nil, nil)
		},
		"not complete": w.Seal,
	} {
		if err := try(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if diff := cmp.Diff(before, sizes(t, folder)); diff != "" {
		t.Errorf("a refused run left traces: %s", diff)
	}
	if err := w.Append(okRun("r02"), nil, nil); err != nil {
		t.Errorf("after refusals: %v", err)
	}
}

func sizes(t *testing.T, folder string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for _, name := range []string{samplesFile, runsFile, campaignFile} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		found[name] = info.Size()
	}
	return found
}

func TestOneWriter(t *testing.T) {
	folder, w := newFolder(t)
	if _, err := Resume(folder); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(okRun("r02"), nil, nil); err == nil {
		t.Error("a closed writer appended")
	}
	again, err := Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Done()) != 2 {
		t.Errorf("done %v", again.Done())
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// A failing disk must not leave a run half in: the folder is closed to appending, and opens again.
func TestDiskFails(t *testing.T) {
	folder, w := newFolder(t)
	if err := w.runs.Close(); err != nil { // every later write to runs.csv fails
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Append(okRun("r02"), samplesOf("r02", 2), nil); err == nil {
			t.Fatal("appended to a closed file")
		}
	}
	_ = w.Close()
	data, err := Read(folder)
	if err != nil || len(data.Runs) != 2 || len(data.Samples) != 3 {
		t.Fatalf("%v: %d runs, %d samples", err, len(data.Runs), len(data.Samples))
	}
	again, err := Resume(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Append(okRun("r02"), samplesOf("r02", 2), nil); err != nil {
		t.Fatal(err)
	}
	if data, err = Read(folder); err != nil || len(data.Runs) != 3 || len(data.Samples) != 5 {
		t.Fatalf("%v: %d runs, %d samples", err, len(data.Runs), len(data.Samples))
	}
}

// The page names every column.
func TestPageHasTheColumns(t *testing.T) {
	for page, columns := range map[string][]string{"campaign.md": runColumns, "samples.md": sampleColumns} {
		text, err := os.ReadFile(filepath.Join("..", "docs", "formats", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range columns {
			if !strings.Contains(string(text), "| `"+column+"`") {
				t.Errorf("%s lacks %s", page, column)
			}
		}
	}
}
