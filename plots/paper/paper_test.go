package paper_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"eaibench/plots/paper"
	"eaibench/results/importing"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// invented is the folder of invented measurements, whose tables NumPy, SciPy and R computed (published.py); of the studies
// that are named, or of all.
func invented(t *testing.T, studies ...string) fstest.MapFS {
	t.Helper()
	folder, root := fstest.MapFS{}, filepath.Join("testdata", "published")
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if study, _, _ := strings.Cut(filepath.ToSlash(relative), "/"); len(studies) == 0 || slices.Contains(studies, study) {
			folder[filepath.ToSlash(relative)] = &fstest.MapFile{Data: data}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func computed(t *testing.T, folder fs.FS) []paper.Study {
	t.Helper()
	studies, err := paper.Compute(folder, now, "test")
	if err != nil {
		t.Fatal(err)
	}
	return studies
}

// counted counts the numbers of all tables by verdict, and lists those that disagree.
func counted(studies []paper.Study) (counts map[paper.Verdict]int, disagree []string) {
	counts = map[paper.Verdict]int{}
	for _, study := range studies {
		for _, table := range study.Tables {
			for _, number := range table.Numbers {
				counts[number.Verdict]++
				if number.Verdict == paper.Disagrees {
					disagree = append(disagree, table.File+": "+number.Place+": "+number.Ours+" for "+number.Theirs+" "+number.Why)
				}
			}
		}
	}
	return counts, disagree
}

func TestInvented(t *testing.T) {
	studies := computed(t, invented(t))
	var names []string
	for _, study := range studies {
		names = append(names, study.Folder)
		if len(study.Figures) == 0 || study.Published() {
			t.Errorf("%s: %d figures; published: %v", study.Folder, len(study.Figures), study.Published())
		}
	}
	if got := strings.Join(names, " "); got != "isc2-2026 memory pipe capacity cpu crypto" {
		t.Error(got)
	}
	counts, disagree := counted(studies)
	if counts[paper.Agrees] != 1374 || counts[paper.Explained] != 192 || len(disagree) > 0 {
		t.Errorf("%v\n%s", counts, strings.Join(disagree, "\n"))
	}
	for _, study := range studies {
		for _, table := range study.Tables {
			if largest := table.Largest(); largest > 1e-12 {
				t.Errorf("%s: %v apart", table.File, largest)
			}
			if explained := table.Count(paper.Explained) > 0; explained != (len(table.Reasons()) > 0) {
				t.Errorf("%s: reasons %q", table.File, table.Reasons())
			}
			if table.Exact() > table.Count(paper.Agrees) || table.Exact() == 0 {
				t.Errorf("%s: %d of %d exact", table.File, table.Exact(), table.Count(paper.Agrees))
			}
		}
	}
}

// TestAgain: a file of what came out is laid out as the published one, and has nothing where nothing came out.
func TestAgain(t *testing.T) {
	folder := invented(t)
	for _, study := range computed(t, folder) {
		for _, table := range study.Tables {
			published := strings.Split(string(folder[table.File].Data), "\n")
			again := strings.Split(string(table.Again), "\n")
			if len(published) != len(again) || published[0] != again[0] {
				t.Errorf("%s has %d lines, beginning with %s", table.File, len(again), again[0])
			}
			if lost := strings.Contains(string(table.Again), "32768,,,,"); lost != strings.Contains(table.File, "summary") && lost {
				t.Errorf("%s: what was not kept is there", table.File)
			}
		}
	}
	log := computed(t, invented(t, "isc2-2026"))[0].Tables[0]
	if string(log.Again) != string(folder[log.File].Data) {
		t.Errorf("the log again:\n%s", log.Again)
	}
}

// TestEachNumber: a number of a table that is another one is found, and no other, in every column.
func TestEachNumber(t *testing.T) {
	for _, study := range []string{"isc2-2026", "memory", "pipe"} {
		folder := invented(t, study)
		for _, table := range computed(t, folder)[0].Tables {
			t.Run(table.File, func(t *testing.T) {
				t.Parallel()
				tries := 0
				for i := range table.Numbers {
					const apart, enough = 37, 14 // no table has a multiple of 37 numbers: each comes once
					at := i * apart % len(table.Numbers)
					number := table.Numbers[at]
					if !tried(table, at) || tries == enough {
						continue
					}
					tries++
					changed := fstest.MapFS{}
					for name, file := range folder {
						changed[name] = file
					}
					changed[table.File] = &fstest.MapFile{Data: changeNumber(t, folder[table.File].Data, table, at)}
					counts, disagree := counted(computed(t, changed))
					if len(disagree) != 1 || !strings.Contains(disagree[0], number.Place) {
						t.Errorf("%s: %s is another: %v %q", number.Place, number.Theirs, counts, disagree)
					}
				}
				if tries < 6 {
					t.Errorf("only %d numbers were tried", tries)
				}
			})
		}
	}
}

// tried tells whether a number can be changed alone: it is there once, and has digits enough.
func tried(table paper.Table, at int) bool {
	number := table.Numbers[at]
	if number.Verdict == paper.Explained {
		return false
	}
	// Words and numbers that are there more than once cannot be told apart in the text.
	same := 0
	for _, other := range table.Numbers {
		if strings.Contains(other.Theirs, number.Theirs) {
			same++
		}
	}
	return same == 1 && len(number.Theirs) > 5
}

// changeNumber makes the last digit but three of a number another one, so that all digits that count are as they were but
// one.
func changeNumber(t *testing.T, text []byte, table paper.Table, at int) []byte {
	t.Helper()
	old := table.Numbers[at].Theirs
	mantissa, exponent, scientific := strings.Cut(old, "e")
	digits := []byte(mantissa)
	place := min(len(digits)-1, 6) // within nine digits
	for place > 0 && (digits[place] < '0' || digits[place] > '9') {
		place--
	}
	if digits[place] >= '0' && digits[place] <= '9' {
		digits[place] = '0' + (digits[place]-'0'+5)%10
	} else {
		digits[place] = 'X' // of a word
	}
	changed := string(digits)
	if scientific {
		changed += "e" + exponent
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%q stands %d times in %s", old, strings.Count(string(text), old), table.File)
	}
	return []byte(strings.Replace(string(text), old, changed, 1))
}

// TestMeasurementChanged: a measurement that is another one is found too.
func TestMeasurementChanged(t *testing.T) {
	folder := invented(t, "memory")
	const file = "memory/memory-out-experiment-results.csv"
	text := string(folder[file].Data)
	lines := strings.SplitAfter(text, "\n")
	fields := strings.Split(lines[3], ",")
	fields[3] = "9999.999"
	lines[3] = strings.Join(fields, ",")
	folder[file] = &fstest.MapFile{Data: []byte(strings.Join(lines, ""))}
	if _, disagree := counted(computed(t, folder)); len(disagree) < 3 {
		t.Errorf("%d disagree: %q", len(disagree), disagree)
	}
}

func TestNotAsPublished(t *testing.T) {
	change := func(file, old, replacement string) func(fstest.MapFS) {
		return func(folder fstest.MapFS) {
			text := strings.Replace(string(folder[file].Data), old, replacement, 1)
			if text == string(folder[file].Data) {
				t.Fatalf("%s has no %q", file, old)
			}
			folder[file] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	remove := func(file string) func(fstest.MapFS) { return func(folder fstest.MapFS) { delete(folder, file) } }
	for name, test := range map[string]struct {
		study string
		spoil func(fstest.MapFS)
		want  error
	}{
		"a table is missing":        {"memory", remove("memory/expected/table_3_memory_global_effect_sizes.csv"), fs.ErrNotExist},
		"a mode is missing":         {"pipe", remove("pipe/pipe-out-experiment-results.csv"), fs.ErrNotExist},
		"the log is missing":        {"isc2-2026", remove("isc2-2026/expected.log"), fs.ErrNotExist},
		"a column is missing":       {"memory", change("memory/expected/table_2_memory_experiment_summary.csv", "Variable", "variable"), paper.ErrTable},
		"a computed one is missing": {"memory", change("memory/expected/table_2_memory_experiment_summary.csv", "R²", "R2"), paper.ErrTable},
		"a column is new":           {"memory", change("memory/expected/table_2_memory_experiment_summary.csv", "R²", "R²,x"), nil},
		"the log has no number":     {"isc2-2026", func(folder fstest.MapFS) { folder["isc2-2026/expected.log"] = &fstest.MapFile{Data: []byte("===\n")} }, paper.ErrTable},
		"a row cannot be read":      {"cpu", change("cpu/cpu-out-experiment-results.csv", "math,", "math;"), nil},
		"no study":                  {"cpu", func(folder fstest.MapFS) { clear(folder) }, paper.ErrNoStudy},
	} {
		t.Run(name, func(t *testing.T) {
			folder := invented(t, test.study)
			test.spoil(folder)
			_, err := paper.Compute(folder, now, "test")
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	folder := invented(t, "memory")
	file := folder["memory/expected/table_2_memory_experiment_summary.csv"]
	file.Data = bytes.ReplaceAll(file.Data, []byte("purecap ABI"), []byte("hybrid ABI"))
	if _, disagree := counted(computed(t, folder)); len(disagree) != 48 {
		t.Errorf("a mode that is not known: %q", disagree)
	}
	folder = invented(t, "cpu")
	change("cpu/cpu-out-experiment-results.csv", "1,math,", "x,math,")(folder)
	var faults importing.Faults
	if _, err := paper.Compute(folder, now, "test"); !errors.As(err, &faults) || faults[0].File != "cpu/cpu-out-experiment-results.csv" {
		t.Errorf("%v", err)
	}
}

// TestUnknownLine: a line of the log that nothing computes is a disagreement, not left out.
func TestUnknownLine(t *testing.T) {
	folder := invented(t, "isc2-2026")
	file := folder["isc2-2026/expected.log"]
	file.Data = append(slices.Clone(file.Data), "Time travelled: 5 ms\n"...)
	_, disagree := counted(computed(t, folder))
	if len(disagree) != 1 || !strings.Contains(disagree[0], "Time travelled") {
		t.Errorf("%q", disagree)
	}
}

func TestConclusions(t *testing.T) {
	for _, study := range computed(t, invented(t)) {
		if (len(study.Conclusions) == 0) != (study.Folder == "crypto") {
			t.Errorf("%s has %d conclusions", study.Folder, len(study.Conclusions))
		}
		for _, conclusion := range study.Conclusions {
			if conclusion.Beside == "" || conclusion.Says == "" || len(conclusion.Checks) == 0 || strings.Contains(conclusion.Says, "NaN") {
				t.Errorf("%s: %+v", study.Folder, conclusion)
			}
		}
	}
}

// TestPublished computes the published numbers themselves, where a folder has the authors' files.
func TestPublished(t *testing.T) {
	folder := os.Getenv("EAIBENCH_PUBLISHED_DATA")
	if folder == "" {
		t.Skip("EAIBENCH_PUBLISHED_DATA names no folder with published measurements: nothing to compute again")
	}
	studies := computed(t, os.DirFS(folder))
	counts, disagree := counted(studies)
	if counts[paper.Agrees] != 1982 || counts[paper.Explained] != 192 || len(disagree) > 0 {
		t.Errorf("%v\n%s", counts, strings.Join(disagree, "\n"))
	}
	for _, study := range studies {
		if !study.Published() {
			t.Errorf("%s: the files are not the published ones", study.Folder)
		}
		for _, table := range study.Tables {
			if math.IsNaN(table.Largest()) || table.Largest() > 1e-6 {
				t.Errorf("%s: %v apart", table.File, table.Largest())
			}
		}
		if study.Folder == "memory" && !strings.Contains(study.Conclusions[0].Says, "gains of 7.0 and 3.5 times") {
			t.Errorf("%+v", study.Conclusions)
		}
	}
}
