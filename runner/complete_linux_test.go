package runner

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/results"
)

// checkWholeCampaign reads the tables as anybody would: every run and its samples once, and the manifest is right.
func checkWholeCampaign(t *testing.T, folder string) {
	t.Helper()
	data, err := results.Read(folder)
	if err != nil || !data.Complete {
		t.Fatalf("complete: %v, %v", data != nil && data.Complete, err)
	}
	var planned []string
	for _, run := range data.Campaign.Runs {
		planned = append(planned, run.ID)
	}
	var kept []string
	want, executed := map[string]int{}, map[string]int{}
	for _, row := range table(t, filepath.Join(folder, "runs.csv")) {
		kept = append(kept, row["run_id"])
		if row["status"] != "ok" {
			t.Errorf("run %s is %s: %s", row["run_id"], row["status"], row["reason"])
		}
		if want[row["run_id"]], err = strconv.Atoi(row["samples"]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(planned, kept); diff != "" {
		t.Errorf("runs (-planned +kept):\n%s", diff)
	}
	got := map[string]int{}
	for _, sample := range table(t, filepath.Join(folder, "samples.csv")) {
		got[sample["run_id"]]++
		if sample["metric"] == "execute_total" {
			executed[sample["run_id"]]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples of each run (-want +got):\n%s", diff)
	}
	for _, id := range planned {
		if executed[id] != 1 {
			t.Errorf("run %s was executed %d times", id, executed[id])
		}
	}
	check := exec.Command("sha256sum", "--check", "--strict", "MANIFEST.sha256")
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil || bytes.Count(out, []byte(": OK\n")) != tinyRuns+4 { // logs, campaign, samples, runs, events
		t.Errorf("the manifest: %v\n%s", err, out)
	}
}

// table reads a CSV file by its columns' names.
func table(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}
