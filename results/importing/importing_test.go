package importing_test

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/results/importing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// one is a file of each format with a row or more, by its published name.
func one(format importing.Format) importing.File {
	name, text := "", ""
	switch format {
	case importing.EAI:
		name, text = "outside.csv", `ts,run_id,component,operation,metric,value_ms,program_id,service_id
1776634220392,,digital_service,request,request_total_ms,4.163254,outside-direct,store-service
1776634220,1776634220-1,integration_process,read,read_tls_setup_ms,5.653701,outside-direct,store-service
1776634220,1776634220-1,integration_process,execute,execute_total_ms,25.284711,outside-direct,
1776634226032,,digital_service,request,request_total_ms,3.994151,outside-direct,store-service
1776634226,1776634226-1,integration_process,execute,execute_total_ms,25.067287,outside-direct,
`
	case importing.Memory:
		name, text = "memory-out-experiment-results.csv", `Block Size (MB),Trial Num,Allocation Time (ms),Write Time (ms),Read Time (ms),Free Time (ms)
100,1,0.047,282.585,282.568,0.006
100,2,0.001,282.588,282.579,0.011
2048,1,0.004,2.570,2.575,0.002

Total execution time: 3108436.204 milliseconds
`
	case importing.Pipe:
		name, text = "pipe-in-experiment-purecap-results.csv", "Test,Message Size (Bytes),Write Time (ms),Read Time (ms),Total Time (ms)\n1,1024,0.013,0.553,0.566\n1,6144,0.001,0.001,0.003"
	case importing.Capacity:
		name, text = "max_num_compart-experiment-purecapABI-results.csv", "Number of Processes,Memory Used (MB),Time Elapsed (ms)\n1,1393.10546875,522.2294330596924\n2,1399.95703125,1039.2413139343262\n"
	case importing.CPU:
		name, text = "cpu-in-experiment-purecap-benchmark-results.csv", "TrialNum,Operation,CPU Time (ms)\n1,math,52875\n2,math,52882\n1,array,85\n"
	case importing.Crypto:
		name, text = "crypto_purecap.csv", `mode,workload,operation,size_bytes,repetition,start_time_ms,end_time_ms,success
purecap,aes256gcm,encrypt,1048576,1,5362274127.169833,5362274138.969834,1
purecap,sha256,hash,1025,1,1,2.5,0
`
	}
	return importing.File{Name: name, Data: []byte(text)}
}

func imported(t *testing.T, format importing.Format, files ...importing.File) *results.Data {
	t.Helper()
	data, err := importing.Import(files, importing.Options{Format: format, Now: now, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryFormat: cells, runs and samples are those of the rows.
func TestEveryFormat(t *testing.T) {
	for _, test := range []struct {
		format       importing.Format
		cells        string
		runs, rows   int
		path         string
		series       string
		value        float64
		unit         bench.Unit
		request      int
		dated        bool
		failed       int
		argument     string
		ofFirst      any
		remarks, pub string
	}{
		{format: importing.EAI, cells: "outside", runs: 2, rows: 5, path: bench.Direct, series: "execute_total", value: 25284711, unit: bench.Nanoseconds, request: bench.NoRequest, dated: true},
		{format: importing.Memory, cells: "outside-100MiB outside-2GiB", runs: 3, rows: 3, series: "block.allocate of program", value: 47000, unit: bench.Nanoseconds, request: bench.NoRequest, argument: importing.BlockBytes, ofFirst: int64(100 << 20), remarks: "Total execution time: 3108436.204 milliseconds"},
		{format: importing.Pipe, cells: "inside-purecap-1KiB inside-purecap-6KiB", runs: 2, rows: 2, series: "message.total of program", value: 566000, unit: bench.Nanoseconds, request: bench.NoRequest, argument: importing.MessageBytes, ofFirst: int64(1024)},
		{format: importing.Capacity, cells: "purecap-24.05", runs: 1, rows: 2, series: "capacity.memory_used of program", value: 1393.10546875 * (1 << 20), unit: bench.Bytes, request: 0},
		{format: importing.CPU, cells: "inside-purecap-benchmark-math inside-purecap-benchmark-array", runs: 3, rows: 3, series: "cpu.cpu_time of program", value: 52875e6, unit: bench.Nanoseconds, request: bench.NoRequest, argument: importing.Operation, ofFirst: "math"},
		{format: importing.Crypto, cells: "inside-purecap-aes256gcm-encrypt-1MiB inside-purecap-sha256-hash-1025B", runs: 2, rows: 2, series: "crypto.latency of program", value: 11800001, unit: bench.Nanoseconds, request: bench.NoRequest, failed: 1, argument: importing.SizeBytes, ofFirst: int64(1 << 20)},
	} {
		t.Run(string(test.format), func(t *testing.T) {
			data := imported(t, test.format, one(test.format))
			var cells []string
			for _, cell := range data.Campaign.Cells {
				cells = append(cells, cell.ID)
			}
			if got := strings.Join(cells, " "); got != test.cells {
				t.Errorf("cells %s, want %s", got, test.cells)
			}
			first := data.Campaign.Cells[0]
			if first.Path != test.path || test.argument != "" && first.Parameters.Arguments[test.argument] != test.ofFirst {
				t.Errorf("cell %+v, want path %q and %s of %v", first, test.path, test.argument, test.ofFirst)
			}
			file := data.Campaign.Import.Files[0]
			if len(data.Runs) != test.runs || file.Rows != test.rows || file.Dropped != 0 || results.Lost(data) != test.failed {
				t.Errorf("%d runs of %d rows, %d dropped, %d lost", len(data.Runs), file.Rows, file.Dropped, results.Lost(data))
			}
			if got := strings.Join(file.Remarks, "|"); got != test.remarks {
				t.Errorf("remarks %q, want %q", got, test.remarks)
			}
			if data.Dated() != test.dated {
				t.Errorf("dated is %v", data.Dated())
			}
			for _, sample := range data.Samples {
				if sample.Series().String() == test.series {
					if sample.Value != test.value || sample.Unit != test.unit || sample.Request != test.request || sample.Time.IsZero() == test.dated {
						t.Errorf("%+v, want %v %s", sample, test.value, test.unit)
					}
					return
				}
			}
			t.Errorf("no sample of %s", test.series)
		})
	}
}

// TestStored: what is imported is, read from its folder, the same campaign, sealed; nothing of it is in the place of
// what is not known.
func TestStored(t *testing.T) {
	for _, format := range importing.Formats() {
		t.Run(string(format), func(t *testing.T) {
			data := imported(t, format, one(format))
			folder := filepath.Join(t.TempDir(), "campaign")
			if err := results.Store(folder, data); err != nil {
				t.Fatal(err)
			}
			read, err := results.Read(folder)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(data, read, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("made (-), read (+):\n%s", diff)
			}
			v, err := results.Verify(folder)
			if err != nil || len(v.Findings) > 0 {
				t.Errorf("%+v, %v", v, err)
			}
			if err := results.Store(folder, data); !errors.Is(err, results.ErrExists) {
				t.Errorf("again: %v", err)
			}
			if len(read.Campaign.Hosts) > 0 || len(read.Events) > 0 || read.Runs[0].ExecutableSHA256 != "" || !read.Runs[0].Started.IsZero() {
				t.Errorf("it says what no file says: %+v", read.Runs[0])
			}
		})
	}
}

// TestFaults: rows that cannot be read are all named at once; with Lenient the others are kept, and those counted.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		format importing.Format
		row    string
		want   string
	}{
		{importing.Memory, "100,3,Allocation failed,,,,", "7 fields, want 6"},
		{importing.Memory, "100,3,0.1,0.2,0.3", "5 fields, want 6"},
		{importing.Memory, "0,3,0.1,0.2,0.3,0.4", `Block Size (MB) is "0", want a whole number`},
		{importing.Memory, "100,03,0.1,0.2,0.3,0.4", `Trial Num is "03"`},
		{importing.Memory, "100,3,0.1,-0.2,0.3,0.4", `Write Time (ms) is "-0.2", want a decimal number, not negative`},
		{importing.Memory, "100,3,0.1,-0,0.3,0.4", `Write Time (ms) is "-0"`},
		{importing.Memory, "100,3,NaN,0.2,0.3,0.4", `Allocation Time (ms) is "NaN"`},
		{importing.Memory, "100,3,inf,0.2,0.3,0.4", `Allocation Time (ms) is "inf"`},
		{importing.Memory, "100,3,1e3,0.2,0.3,0.4", `Allocation Time (ms) is "1e3"`},
		{importing.Memory, "100,3,,0.2,0.3,0.4", `Allocation Time (ms) is ""`},
		{importing.Memory, "100,2,0.1,0.2,0.3,0.4", "trial 2 of 100MiB stands in line 3 already"},
		{importing.Memory, `100,"3,0.1,0.2,0.3,0.4`, `extraneous or missing "`},
		{importing.Memory, "100,3,0.1,0.2,0.3,\xff", "it is no text in UTF-8"},
		{importing.Pipe, "1,1024,0.1,0.2,0.3", "test 1 of 1KiB stands in line 2 already"},
		{importing.Pipe, "2,many,0.1,0.2,0.3", `Message Size (Bytes) is "many"`},
		{importing.Capacity, "2,1,1", "the row of 2 processes stands in line 3 already"},
		{importing.Capacity, "3,1e400,1", `Memory Used (MB) is "1e400"`},
		{importing.CPU, "1,math,3", "trial 1 of math stands in line 2 already"},
		{importing.CPU, "1,../math,3", `Operation is "../math", want letters, digits`},
		{importing.Crypto, "hybrid,sha256,hash,1,1,1,2,1", `mode is "hybrid", want outside, purecap or benchmark`},
		{importing.Crypto, "purecap,sha256,hash,1,1,2,1,1", "end_time_ms is before start_time_ms"},
		{importing.Crypto, "purecap,sha256,hash,1,1,1,2,yes", `success is "yes", want 0 or 1`},
		{importing.EAI, "1776634220,,integration_process,read,total,1,x,", `metric is "total", want a name that ends in _ms`},
		{importing.EAI, "yesterday,,integration_process,read,total_ms,1,x,", `ts is "yesterday"`},
		{importing.EAI, "1776634220,,,read,total_ms,1,x,", `component is ""`},
	} {
		t.Run(string(test.format)+" "+test.row, func(t *testing.T) {
			file := one(test.format)
			file.Path = "folder/" + file.Name
			lines := strings.Count(strings.TrimRight(string(file.Data), "\n"), "\n") + 1
			file.Data = []byte(strings.TrimRight(string(file.Data), "\n") + "\n" + test.row + "\n")
			options := importing.Options{Format: test.format, Now: now}
			_, err := importing.Import([]importing.File{file}, options)
			var faults importing.Faults
			if !errors.As(err, &faults) || len(faults) != 1 {
				t.Fatalf("%v, want one fault", err)
			}
			if at := file.Path + ":" + strconv.Itoa(lines+1) + ": "; !strings.HasPrefix(err.Error(), at) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s…%s", err, at, test.want)
			}
			options.Lenient = true
			data, err := importing.Import([]importing.File{file}, options)
			if err != nil {
				t.Fatal(err)
			}
			kept := imported(t, test.format, one(test.format))
			if len(data.Samples) != len(kept.Samples) || data.Campaign.Import.Files[0].Dropped != 1 {
				t.Errorf("%d samples, want %d; %+v", len(data.Samples), len(kept.Samples), data.Campaign.Import.Files[0])
			}
			if dropped := data.Campaign.Import.Dropped; len(dropped) != 1 || dropped[0].File != file.Name || dropped[0].Line != lines+1 || !strings.Contains(dropped[0].Reason, test.want) {
				t.Errorf("dropped %+v", dropped)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	first, second := one(importing.CPU), one(importing.CPU)
	first.Data = append(first.Data, "x,math,1\n3,math,y\n"...)
	second.Name, second.Mode = "mine.csv", "outside"
	second.Data = append(second.Data, "7\n"...)
	_, err := importing.Import([]importing.File{first, second}, importing.Options{Format: importing.CPU})
	var faults importing.Faults
	if !errors.As(err, &faults) || len(faults) != 3 || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("%v, want three faults", err)
	}
}

// TestRefused: what is no import at all, lenient or not.
func TestRefused(t *testing.T) {
	named := func(name, mode string) importing.File {
		file := one(importing.Memory)
		file.Name, file.Mode = name, mode
		return file
	}
	withData := func(data string) importing.File {
		file := one(importing.Memory)
		file.Data = []byte(data)
		return file
	}
	crypto := one(importing.Crypto)
	crypto.Mode = "outside"
	header := strings.SplitAfter(string(one(importing.Memory).Data), "\n")[0]
	for name, test := range map[string]struct {
		format importing.Format
		files  []importing.File
		want   error
		says   string
	}{
		"a format":                  {"published", []importing.File{named("a.csv", "outside")}, importing.ErrFormat, `"published"`},
		"a name that says no mode":  {importing.Memory, []importing.File{named("a.csv", "")}, importing.ErrMode, "MODE=FILE"},
		"a mode of no comparison":   {importing.Memory, []importing.File{named("a.csv", "hybrid")}, importing.ErrMode, "want one of outside, inside-purecap"},
		"two files of a mode":       {importing.Memory, []importing.File{named("a.csv", "outside"), named("b.csv", "outside")}, importing.ErrMode, "a.csv and b.csv are both of outside"},
		"a mode that rows name":     {importing.Crypto, []importing.File{crypto}, importing.ErrMode, "none can be given"},
		"no row":                    {importing.Memory, []importing.File{withData(header)}, importing.ErrEmpty, ""},
		"no file":                   {importing.Memory, nil, importing.ErrEmpty, ""},
		"an empty file":             {importing.Memory, []importing.File{withData("")}, nil, ":1: the file is empty"},
		"the columns of another":    {importing.Memory, []importing.File{withData("a,b\n1,2\n")}, nil, ":1: the columns are not those of the format"},
		"a line of a hundred pages": {importing.Memory, []importing.File{withData(header + strings.Repeat("1", 1<<17))}, nil, ":2: the line is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, lenient := range []bool{false, true} {
				_, err := importing.Import(test.files, importing.Options{Format: test.format, Lenient: lenient})
				if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("lenient %v: %v, want %v, %q", lenient, err, test.want, test.says)
				}
			}
		})
	}
}

// TestKnown: what is known of the published files is said of them, and of others as a note that it may be so.
func TestKnown(t *testing.T) {
	for _, format := range importing.Formats() {
		known := imported(t, format, one(format)).Campaign.Import.Known
		if len(known) == 0 {
			t.Errorf("%s: nothing is known", format)
		}
		for _, one := range known {
			if one.Severity != "note" || !strings.Contains(one.Text, "not all of these are") || one.Source == "" {
				t.Errorf("%s: %+v of a file that was not published", format, one)
			}
		}
	}
}

// TestLineEnds: files of other systems are read too.
func TestLineEnds(t *testing.T) {
	file := one(importing.Memory)
	want := imported(t, importing.Memory, file)
	file.Data = []byte("\xef\xbb\xbf" + strings.ReplaceAll(string(file.Data), "\n", "\r\n"))
	if diff := cmp.Diff(want.Samples, imported(t, importing.Memory, file).Samples); diff != "" {
		t.Error(diff)
	}
}

// TestRunsOfAnIntegrationProcess: rows that name a program alone are of its only run, and where it has several, of the next
// that is named.
func TestRunsOfAnIntegrationProcess(t *testing.T) {
	inside := importing.File{Name: "inside.csv", Data: []byte(`ts,run_id,component,operation,metric,value_ms,program_id,service_id
1776619731565,,launcher,start,retrieveProgram_ms,0.029240,13,
1776619744884,1776619744-1,launcher,read_write,lookupService_ms,0.009660,13,store-service
1776619744,1776619744-1,integration_process,execute,execute_total_ms,34.830782,13,
1776619744903,,launcher,start,start_total_ms,58.701849,13,
1776619972549,,launcher,start,retrieveProgram_ms,0.029519,14,
`)}
	data := imported(t, importing.EAI, one(importing.EAI), inside)
	var got []string
	samples := data.Samples
	for _, run := range data.Runs {
		text := run.ID + " " + run.Path + ":"
		for _, sample := range samples[:run.Samples] {
			text += " " + sample.Metric
		}
		samples = samples[run.Samples:]
		got = append(got, text)
	}
	want := []string{ // by their times: inside was first
		"r0-inside relayed: retrieveProgram lookupService execute_total start_total",
		"r1-inside relayed: retrieveProgram",
		"r2-outside direct: request_total read_tls_setup execute_total",
		"r3-outside direct: request_total execute_total",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
