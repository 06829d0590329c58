package scenarios_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/internal/strictyaml"
	"eaibench/scenarios"
)

const figurePart = `figures:
  - {id: a, kind: box, metric: execute_total, filter: {path: relayed}}
  - {id: b, kind: line, along: processes, metric: throughput}
  - {id: c, kind: bars, grouping: crypto, metric: execute_total}
`

// A scenario's figures are checked as a figure file's are, and against its cells.
func TestFiguresAreOfTheScenario(t *testing.T) {
	varied := least + "matrix: {processes: [1, 2], crypto: [hpke, none]}\n" + figurePart
	read, err := scenarios.Parse("s.yaml", []byte(varied))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Figures) != 3 || read.Figures[2].Grouping != "crypto" {
		t.Errorf("%+v", read.Figures)
	}
	line := strings.Count(least, "\n")
	for text, want := range map[string][]string{
		least + figurePart: {
			fmt.Sprintf("%d:32: figures[1].along: the cells of this scenario do not differ in processes", line+3),
			fmt.Sprintf("%d:35: figures[2].grouping: the cells of this scenario do not differ in crypto", line+4),
		},
		least + "figures: [{id: a, kind: box, metric: execute_total, filter: {path: direct}}]\n": {
			fmt.Sprintf("%d:61: figures[0].filter: no cell of this scenario has these values", line+1),
		},
		least + "figures: [{id: a, kind: boxx, metric: execute_total}]\nmods: 1\n": {
			fmt.Sprintf("%d:25: figures[0].kind: \"boxx\" is not known; did you mean \"box\"?", line+1),
			fmt.Sprintf("%d:1: unknown key \"mods\"; did you mean \"modes\"?", line+2),
		},
		least + "figures: []\n": {fmt.Sprintf("%d:10: figures: want at least one figure", line+1)},
	} {
		_, err := scenarios.Parse("s.yaml", []byte(text))
		var faults strictyaml.Faults
		if !errors.As(err, &faults) {
			t.Fatalf("%s: %v", text, err)
		}
		var got []string
		for _, fault := range faults {
			got = append(got, fmt.Sprintf("%d:%d: %s", fault.Line, fault.Column, fault.Message))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// Figures are read of a figure file, of a scenario and of what it extends; a scenario without any has those of every scenario.
func TestLoadFigures(t *testing.T) {
	folder := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	varied := least + "matrix: {processes: [1, 2], crypto: [hpke, none]}\n"
	put("base.yaml", varied+figurePart)
	for name, test := range map[string]struct {
		file  string
		want  string
		own   bool
		holds bool
	}{
		"a figure file":        {put("figures.yaml", "version: 1\n"+figurePart), "a b c", true, true},
		"a scenario":           {put("own.yaml", varied+figurePart), "a b c", true, false},
		"what it extends":      {put("over.yaml", "extends: base.yaml\n"), "a b c", true, false},
		"its own over that":    {put("own-over.yaml", "extends: base.yaml\nfigures: [{id: d, kind: qq, metric: start_total}]\n"), "d", true, false},
		"a scenario with none": {"smoke", "box-execute_total steps ecdf memory payload processes", false, false},
	} {
		entries, own, err := scenarios.LoadFigures(test.file)
		var ids []string
		for _, entry := range entries {
			ids = append(ids, entry.ID)
		}
		if joined := strings.Join(ids, " "); err != nil || joined != test.want || own != test.own || scenarios.HoldsFigures(test.file) != test.holds {
			t.Errorf("%s: %s, own %v, %v", name, joined, own, err)
		}
	}
	if scenarios.HoldsFigures(filepath.Join(folder, "nofile.yaml")) || scenarios.HoldsFigures(put("bad.yaml", "figures: [\n")) {
		t.Error("what cannot be read holds figures")
	}
	for name, file := range map[string]string{
		"a slip":            put("slip.yaml", "version: 1\n"+strings.Replace(figurePart, "figures", "figurs", 1)),
		"nothing":           put("nothing.yaml", "version: 1\n"),
		"an inventory":      put("inventory.yaml", "version: 1\nhosts: {ijui: {connection: ssh}}\n"),
		"a faulty scenario": put("faulty.yaml", least+"mods: 1\n"),
		"no YAML":           put("broken.yaml", "figures: [\n"),
	} {
		var faults strictyaml.Faults
		if entries, _, err := scenarios.LoadFigures(file); !errors.As(err, &faults) || len(entries) > 0 {
			t.Errorf("%s: %d figures, %v", name, len(entries), err)
		}
	}
	// A slip of the pen is told as one, and not as all that a scenario lacks.
	if _, _, err := scenarios.LoadFigures(filepath.Join(folder, "slip.yaml")); err == nil || !strings.Contains(err.Error(), `slip.yaml:2:1: unknown key "figurs"; did you mean "figures"?`) || strings.Contains(err.Error(), "solution") {
		t.Errorf("got %v", err)
	}
	if _, _, err := scenarios.LoadFigures("nofile.yaml"); err == nil || err.Error() != "reading a figure file: open nofile.yaml: no such file or directory" {
		t.Errorf("got %v", err)
	}
	if _, err := scenarios.FiguresOf(nil); err == nil {
		t.Error("figures of no source")
	}
}

// What is said and drawn of a scenario is not what it measures; everything else is.
func TestMeasures(t *testing.T) {
	of := func(text string) *scenarios.Scenario {
		t.Helper()
		read, err := scenarios.Parse("s.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return read
	}
	bare := strings.NewReplacer("title: The least\n", "", "warm_up: 0\n", "").Replace(least)
	base := of(bare)
	for text, want := range map[string]bool{
		"": true, "title: Another\ndescription: Other words.\n": true, "figures: [{id: a, kind: box, metric: start_total}]\n": true, "# a comment\n": true,
		"warm_up: 1\n": true, "warm_up: 2\n": false, "seed: 2\n": false, "path: direct\n": false, "parameters: {customer: Ana}\n": false,
		"services: {seed: 2}\n": false, "limits: {time: 30s}\n": false, "bind_now: true\n": false, "hosts: {ijui: local}\nservices: {store: {host: ijui}}\nlinks: [{between: [target, ijui], rtt: 5ms}]\n": false,
	} {
		if got := base.Measures(of(bare + text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
