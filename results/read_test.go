package results

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
)

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
		{"a column lost", change(runsFile, replace(",true,", ",")), "runs.csv:2: 22 fields, want 23"},
		{"a run unplanned", change(runsFile, replace("r01", "r77")), `runs.csv:3: run "r77"`},
		{"a run twice", change(runsFile, replace("r01,hybrid-relayed-hpke,hybrid,relayed,hpke,full,1,1,1,1,false", "r00,hybrid-relayed-hpke,hybrid,relayed,hpke,full,1,0,0,0,true")), "stands twice"},
		{"a warm-up run made to count", change(runsFile, replace("true", "false")), "runs.csv:2:"},
		{"a status", change(runsFile, replace(",ok,", ",fine,")), `runs.csv:2: status is "fine"`},
		{"a run of another mode", change(runsFile, replace("hybrid-relayed-hpke,hybrid,", "hybrid-relayed-hpke,purecap,")), `runs.csv:2: run "r00" is not as its cell hybrid-relayed-hpke`},
		{"a run of more processes", change(runsFile, replace(",full,1,", ",full,2,")), `runs.csv:2: run "r00" is not as its cell`},
		{"a run that failed for no reason", change(runsFile, replace(",ok,", ",failed,")), `runs.csv:2: reason is ""`},
		{"a run that is ok for a reason", change(runsFile, replace(",ok,", ",ok,it was slow")), `runs.csv:2: reason is "it was slow"`},
		{"a value", change(samplesFile, replace("1000.5", "NaN")), "samples.csv:2:"},
		{"a unit", change(samplesFile, replace(",ns,", ",ms,")), `unknown unit "ms"`},
		{"a sample without a time", change(samplesFile, replace("2026-01-31T12:00:00.000001500Z,r00", ",r00")), "samples.csv:2: a time is missing"},
		{"a run without an end", change(runsFile, replace("2026-01-31T12:00:01.000001500Z,3", ",3")), "runs.csv:2: a time is missing"},
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

// Any bytes in the tables are read or refused, never a panic; what is read is in the plan.
func FuzzRead(f *testing.F) {
	header := strings.Join(runColumns, ",") + "\n"
	f.Add(header+"r00,hybrid-relayed-hpke,hybrid,relayed,hpke,full,1,0,0,0,true,ok,,,,,2026-01-31T12:00:00Z,2026-01-31T12:00:00Z,1\n",
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
