package runner

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page's files, and they alone, add a solution: eaibench is built with them laid over its sources, and its scenario runs.
func TestPageAddsASolution(t *testing.T) {
	page, err := os.ReadFile("../docs/solutions.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(yaml|c)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 3 {
		t.Fatalf("the page has %d blocks, want description, source and scenario", len(blocks))
	}
	folder := reachable(t)
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	solution, err := filepath.Abs("../integration_process/solutions/meter")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(solution, "meter.yaml"): write("description.yaml", blocks[0][2]),
		filepath.Join(solution, "meter.c"):    write("meter.c", blocks[1][2]),
	}})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "eaibench")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", write("overlay.json", string(overlay)), "-o", program, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), program, "run", write("scenario.yaml", blocks[2][2]), "--out", filepath.Join(folder, "out"))
	run.Env = append(os.Environ(), "TMPDIR="+folder)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// An invoice is written above the first limit and not above the second.
	for limit, writes := range map[string]bool{"300": true, "1000": false} {
		if got := writesOf(t, folder, "hybrid-relayed-hpke-limit-"+limit); got != writes {
			t.Errorf("limit %s: it writes: %t, want %t\n%s", limit, got, writes, out)
		}
	}
}

// writesOf tells whether the campaign has writes in the runs of a cell.
func writesOf(t *testing.T, folder, cell string) bool {
	t.Helper()
	read := func(name string) []string {
		files, err := filepath.Glob(filepath.Join(folder, "out", "*", name))
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v", files, err)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(text), "\n")
	}
	runs := map[string]bool{}
	for _, line := range read("runs.csv") {
		if fields := strings.Split(line, ","); len(fields) > 1 && fields[1] == cell {
			runs[fields[0]] = true
		}
	}
	if len(runs) == 0 {
		t.Fatalf("no run of cell %s", cell)
	}
	for _, line := range read("samples.csv") {
		if fields := strings.Split(line, ","); len(fields) > 4 && runs[fields[1]] && fields[4] == "write" {
			return true
		}
	}
	return false
}
