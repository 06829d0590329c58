package results

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
		Cells:    []bench.Cell{{ID: "hybrid-relayed-hpke", Mode: "hybrid", Path: "relayed", Crypto: "hpke", Parameters: bench.Parameters{Requests: 2}}},
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
			Metric: "request", Value: 1000.5 + float64(i), Unit: bench.Nanoseconds, Program: "retail", Service: "store",
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
	first.Mode, first.Path, first.Crypto, first.Samples = "hybrid", "relayed", "hpke", 3
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

// The writer's bytes reach the disk in a known order. Stopped behind any byte of them, the folder
// must open, have exactly the runs whose row is whole, and take the rest.
func TestStoppedAtEveryByte(t *testing.T) {
	type write struct{ file, bytes string }
	var writes []write
	reference := filepath.Join(t.TempDir(), "reference")
	w, err := Create(reference, newCampaign(4))
	if err != nil {
		t.Fatal(err)
	}
	sampleCounts := []int{2, 0, 3, 1}
	wrote := map[string]int{}
	grown := func(name string) write {
		text, err := os.ReadFile(filepath.Join(reference, name))
		if err != nil {
			t.Fatal(err)
		}
		from := wrote[name]
		wrote[name] = len(text)
		return write{name, string(text[from:])}
	}
	header := []write{grown(samplesFile), grown(runsFile)}
	for i, n := range sampleCounts {
		id := fmt.Sprintf("r%02d", i)
		if err := w.Append(okRun(id), samplesOf(id, n), nil); err != nil {
			t.Fatal(err)
		}
		writes = append(writes, grown(samplesFile), grown(runsFile))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	folder := filepath.Join(t.TempDir(), "stopped")
	if err := os.CopyFS(folder, os.DirFS(reference)); err != nil {
		t.Fatal(err)
	}
	content := map[string]string{header[0].file: header[0].bytes, header[1].file: header[1].bytes}
	committed, states := 0, 0
	stopped := func() {
		states++
		for name, text := range content {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, n := range sampleCounts[:committed] {
			want += n
		}
		data, err := Read(folder)
		if err != nil || len(data.Runs) != committed || len(data.Samples) != want {
			t.Fatalf("state %d: %v, %+v", states, err, data)
		}
		w, err := Resume(folder)
		if err != nil {
			t.Fatalf("state %d: %v", states, err)
		}
		if len(w.Done()) != committed || len(w.Pending()) != 4-committed {
			t.Fatalf("state %d: %d done, %d pending", states, len(w.Done()), len(w.Pending()))
		}
		// Only one run more: syncing four at each of two thousand states takes minutes.
		if states%50 == 0 {
			for i := committed; i < 4; i++ {
				id := fmt.Sprintf("r%02d", i)
				if err := w.Append(okRun(id), samplesOf(id, sampleCounts[i]), nil); err != nil {
					t.Fatal(err)
				}
			}
			if data, err := Read(folder); err != nil || len(data.Runs) != 4 || len(data.Samples) != 6 {
				t.Fatalf("state %d, resumed: %v, %+v", states, err, data)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stopped()
	for _, write := range writes {
		before := content[write.file]
		for i := range len(write.bytes) {
			content[write.file] = before + write.bytes[:i+1]
			if write.file == runsFile && i+1 == len(write.bytes) {
				committed++
			}
			stopped()
		}
	}
	if committed != 4 || states < 1000 {
		t.Errorf("%d runs, %d states", committed, states)
	}
}

// What a writer never leaves is not explained away.
func TestReadRefuses(t *testing.T) {
	change := func(name string, edit func(string) string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			file := filepath.Join(folder, name)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			edited := edit(string(text))
			if edited == string(text) {
				t.Fatal("the edit changes nothing")
			}
			if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	dropLine := func(n int) func(string) string {
		return func(text string) string {
			all := strings.SplitAfter(text, "\n")
			return strings.Join(slices.Delete(all, n, n+1), "")
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(*testing.T, string)
		want  string
	}{
		{"no campaign", func(t *testing.T, folder string) { _ = os.Remove(filepath.Join(folder, campaignFile)) }, "is no campaign"},
		{"not JSON", change(campaignFile, replace("{", "")), campaignFile},
		{"unknown member", change(campaignFile, replace(`"name"`, `"nome"`)), "nome"},
		{"another version", change(campaignFile, replace(`"version": 1`, `"version": 9`)), "version 9"},
		{"two campaigns", change(campaignFile, func(s string) string { return s + s }), "something follows"},
		{"a sample lost", change(samplesFile, dropLine(1)), "lost 1 samples of run r00"},
		{"all samples lost", change(samplesFile, func(s string) string { return strings.SplitAfter(s, "\n")[0] }), "lost 3 samples"},
		{"no header", change(runsFile, dropLine(0)), "runs.csv:1: the columns are"},
		{"an empty table", change(samplesFile, func(string) string { return "" }), "samples.csv:1: the header is missing"},
		{"a column lost", change(runsFile, replace(",true,", ",")), "runs.csv:2: 16 fields, want 17"},
		{"a run unplanned", change(runsFile, replace("r01", "r77")), `runs.csv:3: run "r77"`},
		{"a run twice", change(runsFile, replace("r01,hybrid-relayed-hpke,hybrid,relayed,hpke,1,1,1,false", "r00,hybrid-relayed-hpke,hybrid,relayed,hpke,0,0,0,true")), "stands twice"},
		{"a warm-up run made to count", change(runsFile, replace("true", "false")), "runs.csv:2:"},
		{"a status", change(runsFile, replace(",ok,", ",fine,")), `runs.csv:2: status is "fine"`},
		{"a value", change(samplesFile, replace("1000.5", "NaN")), "samples.csv:2:"},
		{"a unit", change(samplesFile, replace(",ns,", ",ms,")), `unknown unit "ms"`},
		{"a time", change(samplesFile, replace("2026-01-31T", "31.1.2026 ")), "samples.csv:2: ts is"},
		{"a request", change(samplesFile, replace(",0,launcher", ",x,launcher")), `samples.csv:3: request is "x"`},
		{"samples of another run", change(samplesFile, replace("r00", "r01")), `samples.csv:2: run_id is "r01"`},
		{"a stray quote", change(samplesFile, replace("launcher", `laun"cher`)), "samples.csv:2:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, w := newFolder(t)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, folder)
			if _, err := Read(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Read: %v, want %q", err, test.want)
			}
			if _, err := Resume(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Resume: %v, want %q", err, test.want)
			}
		})
	}
}

func TestSeal(t *testing.T) {
	folder, w := newFolder(t)
	if err := w.Append(okRun("r02"), samplesOf("r02", 1), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(ReportFolder(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ReportFolder(folder), "a.svg"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Seal(); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(okRun("r02"), nil, nil); !errors.Is(err, ErrComplete) {
		t.Errorf("appended to a sealed campaign: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(folder); !errors.Is(err, ErrComplete) {
		t.Errorf("resumed a sealed campaign: %v", err)
	}
	data, err := Read(folder)
	if err != nil || !data.Complete {
		t.Errorf("complete is %v, %v", data.Complete, err)
	}
	manifest, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(manifest)) {
		named = append(named, strings.Fields(line)[1])
	}
	want := []string{"campaign.json", "logs/r00.log", "logs/r01.log", "logs/r02.log", "runs.csv", "samples.csv"}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Error(diff)
	}
	check := exec.Command("sha256sum", "--check", "--strict", manifestFile)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

func TestObserve(t *testing.T) {
	environment, err := Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if environment.CPUs < 1 || environment.Usable < 1 || environment.Memory < 1<<20 || environment.Kernel == "" || environment.System == "" {
		t.Errorf("%+v", environment)
	}
	release, err := os.ReadFile("/proc/version")
	if err != nil {
		return // not Linux
	}
	if got := environment.Raw["/proc/version"]; got != strings.TrimRight(string(release), "\n") {
		t.Errorf("/proc/version: %q", got)
	}
	if strings.Count(environment.Raw["/proc/cpuinfo"], "processor") != 1 {
		t.Errorf("/proc/cpuinfo: %q", environment.Raw["/proc/cpuinfo"])
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

// Any bytes in the tables are read or refused, never a panic; what is read is in the plan.
func FuzzRead(f *testing.F) {
	header := strings.Join(runColumns, ",") + "\n"
	f.Add(header+"r00,hybrid-relayed-hpke,hybrid,relayed,hpke,0,0,0,true,ok,,,,,2026-01-31T12:00:00Z,2026-01-31T12:00:00Z,1\n",
		strings.Join(sampleColumns, ",")+"\n2026-01-31T12:00:00Z,r00,,launcher,start,run,1,ns,retail,\n")
	f.Add(header+"\"", "\x00\x00")
	f.Add("", "")
	folder := f.TempDir()
	campaign := newCampaign(2)
	f.Fuzz(func(t *testing.T, runs, samples string) {
		for name, text := range map[string]string{runsFile: runs, samplesFile: samples} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read := 0
		content, err := readTables(folder, campaign, func(bench.Sample) { read++ })
		if err != nil {
			return
		}
		want := 0
		for _, run := range content.runs {
			want += run.Samples
		}
		if len(content.runs) > 2 || read != want {
			t.Errorf("%d runs, %d samples of %d", len(content.runs), read, want)
		}
	})
}
