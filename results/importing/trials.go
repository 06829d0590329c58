package importing

import (
	"fmt"
	"math/big"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// The arguments by which cells of imported campaigns differ.
const (
	// BlockBytes is the size of a block of memory, in bytes.
	BlockBytes = "block_bytes"
	// MessageBytes is the size of a message over a pipe, in bytes.
	MessageBytes = "message_bytes"
	// SizeBytes is how much a cryptographic operation is given, in bytes.
	SizeBytes = "size_bytes"
	// Operation and Workload are names.
	Operation = "operation"
	Workload  = "workload"
)

const mebibyte = 1 << 20

// most is the largest size in bytes and the largest number of a trial that a row may have.
const most = 1 << 40

// sizeText names a size in the id of a cell.
func sizeText(bytes int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes%unit.size == 0 {
			return fmt.Sprintf("%d%s", bytes/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%dB", bytes)
}

func memoryLayout() layout {
	series := ofProgram("block", "allocate", "write", "read", "free")
	return layout{
		solution: "memory-experiment", title: "Published: operations on blocks of memory", known: memoryKnown(),
		about:   "malloc, write, read and free on blocks of 100 to 1000 MB; gca-research-group/morello-library-compartment-benchmarks, experiments/01_memory/raw",
		columns: []string{"Block Size (MB)", "Trial Num", "Allocation Time (ms)", "Write Time (ms)", "Read Time (ms)", "Free Time (ms)"},
		modes:   threeModes(), files: experiment("memory"), series: series,
		// The program appends how long all of it took.
		remark: func(line string) bool { return strings.HasPrefix(line, "Total execution time: ") },
		read: func(t *table) {
			t.each(func(r *row) run {
				bytes := r.whole("Block Size (MB)", most/mebibyte) * mebibyte
				trial := r.whole("Trial Num", most)
				r.once(fmt.Sprintf("trial %d of %s", trial, sizeText(bytes)))
				found := run{mode: t.file.Mode, cell: sizeText(bytes), requests: 1, arguments: bench.Arguments{BlockBytes: bytes}}
				for i, column := range t.layout.columns[2:] {
					found.values = append(found.values, r.value(series[i], r.milliseconds(column), bench.Nanoseconds))
				}
				return found
			})
		},
	}
}

func pipeLayout() layout {
	series := ofProgram("message", "write", "read", "total")
	return layout{
		solution: "pipe-experiment", title: "Published: messages over a pipe", known: pipeKnown(),
		about:   "messages of a child to its parent over a pipe; gca-research-group/morello-library-compartment-benchmarks, experiments/02_communication/raw",
		columns: []string{"Test", "Message Size (Bytes)", "Write Time (ms)", "Read Time (ms)", "Total Time (ms)"},
		modes:   threeModes(), files: experiment("pipe"), series: series,
		read: func(t *table) {
			t.each(func(r *row) run {
				bytes, test := r.whole("Message Size (Bytes)", most), r.whole("Test", most)
				r.once(fmt.Sprintf("test %d of %s", test, sizeText(bytes)))
				found := run{mode: t.file.Mode, cell: sizeText(bytes), requests: 1, arguments: bench.Arguments{MessageBytes: bytes}}
				for i, column := range t.layout.columns[2:] {
					found.values = append(found.values, r.value(series[i], r.milliseconds(column), bench.Nanoseconds))
				}
				return found
			})
		},
	}
}

func cpuLayout() layout {
	series := ofProgram("cpu", "cpu_time")
	return layout{
		solution: "cpu-experiment", title: "Published: arithmetic", known: cpuKnown(),
		about:   "CPU time of arithmetic; CAMB-DSbD/tee-morello-performance-experiments, cpu-performance",
		columns: []string{"TrialNum", "Operation", "CPU Time (ms)"},
		modes:   threeModes(), files: experiment("cpu"), series: series,
		read: func(t *table) {
			t.each(func(r *row) run {
				operation, trial := r.word("Operation"), r.whole("TrialNum", most)
				r.once(fmt.Sprintf("trial %d of %s", trial, operation))
				return run{
					mode: t.file.Mode, cell: operation, requests: 1, arguments: bench.Arguments{Operation: operation},
					values: []value{r.value(series[0], r.milliseconds("CPU Time (ms)"), bench.Nanoseconds)},
				}
			})
		},
	}
}

// cryptoModes are the modes by the words of the column.
var cryptoModes = map[string]string{"outside": outside, "purecap": insidePurecap, "benchmark": insideBenchmark}

func cryptoLayout() layout {
	series := ofProgram("crypto", "latency")
	return layout{
		solution: "crypto_bench", title: "Published: operations of OpenSSL", known: cryptoKnown(),
		about:   "SHA-256, AES-256-GCM and Ed25519 of OpenSSL; gca-research-group/morello-library-compartment-benchmarks, experiments/03_crypto/raw",
		columns: []string{"mode", "workload", "operation", "size_bytes", "repetition", "start_time_ms", "end_time_ms", "success"},
		modes:   threeModes(), series: series,
		read: func(t *table) { t.each(func(r *row) run { return cryptoRun(r, series[0]) }) },
	}
}

func cryptoRun(r *row, series bench.Series) run {
	word, name := r.at("mode")
	in, ok := cryptoModes[word]
	if !ok {
		r.fail("%s is %q, want outside, purecap or benchmark", name, word)
	}
	workload, operation := r.word("workload"), r.word("operation")
	bytes, repetition := r.whole("size_bytes", most), r.whole("repetition", most)
	r.once(fmt.Sprintf("repetition %d of %s %s, %s, mode %s", repetition, workload, operation, sizeText(bytes), word))
	found := run{
		mode: in, cell: strings.Join([]string{workload, operation, sizeText(bytes)}, "-"), requests: 1,
		arguments: bench.Arguments{Workload: workload, Operation: operation, SizeBytes: bytes},
	}
	if latency, ok := r.between("start_time_ms", "end_time_ms"); ok {
		found.values = []value{r.value(series, latency, bench.Nanoseconds)}
	}
	switch success, name := r.at("success"); success {
	case "1":
	case "0":
		found.failed = "the program says that the operation failed"
	default:
		r.fail("%s is %q, want 0 or 1", name, success)
	}
	return found
}

// between is what lies between two readings of a clock in ms, in ns. The clock is a monotonic one, of days, so that the
// difference of two float64 has lost digits that both texts have.
func (r *row) between(from, to string) (float64, bool) {
	first, last := r.scaled(from, ""), r.scaled(to, "")
	if r.fault != "" {
		return 0, false
	}
	if last < first {
		r.fail("%s is before %s", to, from)
		return 0, false
	}
	begin, _ := r.at(from)
	end, _ := r.at(to)
	a, okA := new(big.Rat).SetString(begin)
	b, okB := new(big.Rat).SetString(end)
	if !okA || !okB {
		r.fail("%s or %s is no decimal number", from, to)
		return 0, false
	}
	b.Sub(b, a)
	nanoseconds, _ := b.Mul(b, big.NewRat(1_000_000, 1)).Float64()
	if nanoseconds > largest {
		r.fail("%s is too long after %s", to, from)
		return 0, false
	}
	return nanoseconds, true
}

func capacityLayout() layout {
	series := ofProgram("capacity", "processes", "memory_used", "time_elapsed")
	return layout{
		solution: "compartments-experiment", title: "Published: compartments until memory is short", known: capacityKnown(),
		about:   "memory and time while processes in compartments are started one after the other; CAMB-DSbD/tee-morello-performance-experiments, max_num_of_compartments_performance",
		columns: []string{"Number of Processes", "Memory Used (MB)", "Time Elapsed (ms)"},
		modes: []results.Mode{
			mode(purecap2405, "", "published as purecap ABI, CheriBSD 24.05"),
			mode(benchmark2405, purecap2405, "published as purecap-benchmark ABI, CheriBSD 24.05"),
			mode(purecap2212, purecap2405, "published as purecap ABI, CheriBSD 22.12"),
		},
		files: map[string]string{
			"max_num_compart-experiment-purecapABI-results.csv":           purecap2405,
			"max_num_compart-experiment-purecap-benchmarkABI-results.csv": benchmark2405,
			"max_num_compart-experiment-cheriOS22.12-results.csv":         purecap2212,
		},
		series: series[1:], // how many there are is what the others are measured against
		read:   func(t *table) { readCapacity(t, series) },
	}
}

// readCapacity makes one run of a file: processes that are started are not stopped before its end, so that its rows are
// readings of one course and no trials. A row is a request.
func readCapacity(t *table, series []bench.Series) {
	whole := run{mode: t.file.Mode}
	rows := 0
	for _, one := range t.rows {
		found, ok := t.read(one, func(r *row) run {
			processes := r.whole("Number of Processes", 1_000_000)
			r.once(fmt.Sprintf("the row of %d processes", processes))
			values := []value{
				r.value(series[0], float64(processes), bench.Count),
				r.value(series[1], r.megabytes("Memory Used (MB)"), bench.Bytes),
				r.value(series[2], r.milliseconds("Time Elapsed (ms)"), bench.Nanoseconds),
			}
			return run{values: values}
		})
		if !ok {
			continue
		}
		for _, value := range found.values {
			value.request = rows
			whole.values = append(whole.values, value)
		}
		rows++
	}
	if rows > 0 {
		t.runs = append(t.runs, whole)
	}
}
