package importing_test

import (
	"errors"
	"strings"
	"testing"

	"eaibench/results/importing"
)

// lines is a file of CPU times, of outside, with the lines below its header.
func lines(rows ...string) importing.File {
	return importing.File{
		Name: "mine.csv", Mode: "outside", Data: []byte("TrialNum,Operation,CPU Time (ms)\n" + strings.Join(rows, "\n") + "\n"),
	}
}

// TestEveryLineIsCounted: what is left out is one line each, and nothing behind it.
func TestEveryLineIsCounted(t *testing.T) {
	for name, test := range map[string]struct {
		file importing.File
		rows int
		line []int
	}{
		"a long line":                          {lines("1,math,5", "2,math,"+strings.Repeat("7", 1<<17), "3,math,6", "4,math,x"), 2, []int{3, 5}},
		"a row again, right this time":         {lines("1,math,5", "2,math,NaN", "2,math,6"), 2, []int{3}},
		"a row again, wrong this time":         {lines("1,math,5", "1,math,NaN"), 1, []int{3}},
		"a row a third time, and it was there": {lines("1,math,x", "1,math,5", "1,math,6"), 1, []int{2, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := importing.Import([]importing.File{test.file}, importing.Options{Format: importing.CPU, Lenient: true})
			if err != nil {
				t.Fatal(err)
			}
			made := data.Campaign.Import
			if made.Files[0].Rows != test.rows || len(data.Samples) != test.rows || made.Files[0].Dropped != len(test.line) || len(made.Dropped) != len(test.line) {
				t.Fatalf("%d rows, %d samples, left out %+v", made.Files[0].Rows, len(data.Samples), made.Dropped)
			}
			for i, line := range test.line {
				if made.Dropped[i].Line != line {
					t.Errorf("%+v, want line %d", made.Dropped[i], line)
				}
			}
		})
	}
}

const cryptoColumns = "mode,workload,operation,size_bytes,repetition,start_time_ms,end_time_ms,success\n"

// TestOnceInAllFiles: where rows name their modes, a repetition may be in one file only.
func TestOnceInAllFiles(t *testing.T) {
	row := "outside,sha256,hash,1024,1,0,5,1\n"
	_, err := importing.Import([]importing.File{
		{Name: "a.csv", Data: []byte(cryptoColumns + row)}, {Name: "b.csv", Data: []byte(cryptoColumns + strings.Replace(row, ",1,0", ",2,0", 1) + row)},
	}, importing.Options{Format: importing.Crypto})
	var faults importing.Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].String() != "b.csv:3: repetition 1 of sha256 hash, 1KiB, mode outside stands in a.csv, line 2, already" {
		t.Errorf("%v", err)
	}
}

// TestMeasurable: a value that no clock gives is a fault: figures and sums of such have no numbers, and a run of one no value.
func TestMeasurable(t *testing.T) {
	crypto := func(end string) importing.File {
		return importing.File{Name: "a.csv", Data: []byte(cryptoColumns + "outside,sha256,hash,1024,1,0," + end + ",1\n")}
	}
	for name, test := range map[string]struct {
		format importing.Format
		file   importing.File
		says   string
	}{
		"three hundred years": {importing.CPU, lines("1,math,9300000000000"), "which nothing measures"},
		"of 302 digits":       {importing.CPU, lines("1,math," + strings.Repeat("9", 302)), "which nothing measures"},
		"the 311th decimal":   {importing.CPU, lines("1,math,0." + strings.Repeat("0", 310) + "1"), "which nothing measures"},
		"between two times":   {importing.Crypto, crypto("9300000000000"), "end_time_ms is too long after start_time_ms"},
		"a time of no clock":  {importing.Crypto, crypto(strings.Repeat("9", 308)), "which nothing measures"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := importing.Import([]importing.File{test.file}, importing.Options{Format: test.format})
			var faults importing.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Line != 2 || !strings.Contains(faults[0].Reason, test.says) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := importing.Import([]importing.File{lines("1,math,0", "2,math,0.000000000000001", "3,math,9200000000000")}, importing.Options{Format: importing.CPU}); err != nil {
		t.Error(err)
	}
}

// TestReadingsOfACourse: each row of a course is a request of its own, in the order of the file.
func TestReadingsOfACourse(t *testing.T) {
	file := importing.File{
		Name: "mine.csv", Mode: "purecap-24.05", Data: []byte("Number of Processes,Memory Used (MB),Time Elapsed (ms)\n1,10,5\n2,20,6\n3,30,7\n"),
	}
	data, err := importing.Import([]importing.File{file}, importing.Options{Format: importing.Capacity})
	if err != nil {
		t.Fatal(err)
	}
	for i, sample := range data.Samples {
		if want := i / 3; sample.Request != want {
			t.Errorf("%s of row %d is of request %d", sample.Metric, want+1, sample.Request)
		}
	}
	if len(data.Samples) != 9 || len(data.Runs) != 1 {
		t.Errorf("%d samples of %d runs", len(data.Samples), len(data.Runs))
	}
}
