package plots_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eaibench/plots"
	"eaibench/results"
	"eaibench/results/importing"
)

// importedMemory is of two blocks in three modes; importedCapacity of courses of hundreds of processes.
func importedMemory(t *testing.T) *results.Data {
	t.Helper()
	var files []importing.File
	for i, mode := range importing.Modes(importing.Memory) {
		text := "Block Size (MB),Trial Num,Allocation Time (ms),Write Time (ms),Read Time (ms),Free Time (ms)\n"
		for _, size := range []int{100, 200, 400} {
			for trial := 1; trial <= 3; trial++ {
				text += fmt.Sprintf("%d,%d,0.00%d,%d.5,%d.25,0.2\n", size, trial, trial+i, size*(i+1)+trial, size+i+trial)
			}
		}
		files = append(files, importing.File{Name: mode + ".csv", Mode: mode, Data: []byte(text)})
	}
	return importedFrom(t, importing.Memory, files)
}

func importedCapacity(t *testing.T) *results.Data {
	t.Helper()
	var files []importing.File
	for i, mode := range importing.Modes(importing.Capacity) {
		text := "Number of Processes,Memory Used (MB),Time Elapsed (ms)\n"
		for n := 1; n <= 100+50*i; n++ {
			text += fmt.Sprintf("%d,%d,%d.5\n", n, 1300+n*(30-5*i), 505*n)
		}
		files = append(files, importing.File{Name: mode + ".csv", Mode: mode, Data: []byte(text)})
	}
	return importedFrom(t, importing.Capacity, files)
}

func importedFrom(t *testing.T, format importing.Format, files []importing.File) *results.Data {
	t.Helper()
	data, err := importing.Import(files, importing.Options{Format: format, Now: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func importedFigure(t *testing.T, data *results.Data) *plots.Figure {
	t.Helper()
	source, err := plots.NewSource(data)
	if err != nil {
		t.Fatal(err)
	}
	figures, err := plots.Imported(source)
	if err != nil || len(figures) != 1 {
		t.Fatalf("%d figures, %v", len(figures), err)
	}
	return figures[0]
}

func TestImportedGolden(t *testing.T) {
	memory := importedMemory(t)
	memory.Campaign.Import.Known = []results.Known{
		{Check: "flags", Severity: "critical", Text: "one mode was compiled with -O2, the others with no -O", Source: "example.org, the sources"},
		{Check: "order", Severity: "serious", Text: "one mode after the other", Source: "example.org"},
	}
	for name, data := range map[string]*results.Data{"by-block": memory, "by-processes": importedCapacity(t)} {
		t.Run(name, func(t *testing.T) {
			figure := importedFigure(t, data)
			if figure.Name != name {
				t.Errorf("it is %s", figure.Name)
			}
			var picture bytes.Buffer
			if err := figure.Write(&picture, plots.SVG); err != nil {
				t.Fatal(err)
			}
			got := picture.Bytes()
			golden := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is drawn; look at it, then -update", golden)
			}
			if said := strings.Contains(string(got), "No valid comparison (audit, flags)"); said != (name == "by-block") {
				t.Errorf("that the comparison is not valid is said: %v", said)
			}
		})
	}
}

// TestImportedBoxes: what has no size to be drawn along is drawn by mode, a figure for each series that has values.
func TestImportedBoxes(t *testing.T) {
	text := "TrialNum,Operation,CPU Time (ms)\n1,math,10\n2,math,11\n1,array,5\n2,array,6\n"
	figure := importedFigure(t, importedFrom(t, importing.CPU, []importing.File{{Name: "a.csv", Mode: "outside", Data: []byte(text)}}))
	if figure.Name != "box-cpu-cpu_time-program" {
		t.Error(figure.Name)
	}
	source, err := plots.NewSource(everything())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plots.Imported(source); !errors.Is(err, plots.ErrNoData) {
		t.Errorf("a campaign that was carried out: %v", err)
	}
}
