package results

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
)

// Columns of the two tables. A record is one line: no field has a line break.
var (
	sampleColumns = []string{
		"ts", "run_id", "request", "component", "operation", "metric", "value", "unit", "program_id", "service_id",
	}
	runColumns = []string{
		"run_id", "cell", "mode", "path", "crypto", "verify", "processes", "block", "position", "iteration", "warm_up", "status", "reason",
		"executable_sha256", "check", "source_sha256", "started", "ended", "samples",
		"abi", "compartment", "openssl", "openssl_cpu",
	}
)

// runStarted and runEnded are the places of runs.csv's times.
const (
	runStarted = 16
	runEnded   = 17
)

func sampleRecord(s bench.Sample) []string {
	request := ""
	if s.Request != bench.NoRequest {
		request = strconv.Itoa(s.Request)
	}
	return []string{
		timeText(s.Time), s.Run, request, string(s.Component), string(s.Operation), s.Metric,
		strconv.FormatFloat(s.Value, 'f', -1, 64), string(s.Unit), s.Program, s.Service,
	}
}

func parseSample(record []string) (bench.Sample, error) {
	p := parser{record: record, columns: sampleColumns}
	s := bench.Sample{
		Time: p.time(0), Run: record[1], Request: bench.NoRequest, Component: bench.Component(record[3]),
		Operation: bench.Operation(record[4]), Metric: record[5], Value: p.number(6), Unit: bench.Unit(record[7]),
		Program: record[8], Service: record[9],
	}
	if record[2] != "" {
		s.Request = p.count(2)
	}
	if p.err != nil {
		return s, p.err
	}
	return s, s.Check()
}

func runRecord(r bench.Run) []string {
	return []string{
		r.ID, r.Cell, r.Mode, r.Path, r.Crypto, r.Verify, strconv.Itoa(r.Processes), strconv.Itoa(r.Block), strconv.Itoa(r.Position), strconv.Itoa(r.Iteration),
		strconv.FormatBool(r.WarmUp), string(r.Status), r.Reason, r.ExecutableSHA256, r.Check, r.SourceSHA256,
		timeText(r.Started), timeText(r.Ended), strconv.Itoa(r.Samples),
		r.ABI, r.Compartment, r.OpenSSL, r.OpenSSLCPU,
	}
}

func parseRun(record []string) (bench.Run, error) {
	p := parser{record: record, columns: runColumns}
	r := bench.Run{
		PlannedRun: bench.PlannedRun{
			ID: record[0], Cell: record[1], Block: p.count(7), Position: p.count(8), Iteration: p.count(9), WarmUp: p.truth(10),
		},
		Mode: record[2], Path: record[3], Crypto: record[4], Verify: record[5], Processes: p.count(6),
		Status: bench.Status(record[11]), Reason: record[12],
		ExecutableSHA256: record[13], Check: record[14], SourceSHA256: record[15],
		Started: p.time(runStarted), Ended: p.time(runEnded), Samples: p.count(18),
		ABI: record[19], Compartment: record[20], OpenSSL: record[21], OpenSSLCPU: record[22],
	}
	switch r.Status {
	case bench.OK, bench.Failed, bench.Invalid, bench.Aborted:
	default:
		p.fail(11, "one of ok, failed, invalid, aborted")
	}
	if (r.Status == bench.OK) != (r.Reason == "") {
		p.fail(12, "a reason where the status is not ok, and none where it is")
	}
	return r, p.err
}

// parser keeps the first fault of a record.
type parser struct {
	record, columns []string
	err             error
}

func (p *parser) fail(column int, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s is %q, want %s", p.columns[column], p.record[column], want)
	}
}

func (p *parser) count(column int) int {
	n, err := strconv.Atoi(p.record[column])
	if err != nil || n < 0 {
		p.fail(column, "a whole number, not negative")
	}
	return n
}

func (p *parser) number(column int) float64 {
	x, err := strconv.ParseFloat(p.record[column], 64)
	if err != nil {
		p.fail(column, "a number")
	}
	return x
}

func (p *parser) truth(column int) bool {
	switch p.record[column] {
	case "true":
		return true
	case "false":
	default:
		p.fail(column, "true or false")
	}
	return false
}

// time is zero where the field is empty, as it may be in an imported campaign.
func (p *parser) time(column int) time.Time {
	if p.record[column] == "" {
		return time.Time{}
	}
	moment, err := time.Parse(time.RFC3339Nano, p.record[column])
	if err != nil {
		p.fail(column, "a time as in RFC 3339")
	}
	return moment
}

// timeText has all nine digits, so that columns line up and sort as text.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// lines encodes records, each as one line.
func lines(records [][]string) ([]byte, error) {
	var text bytes.Buffer
	writer := csv.NewWriter(&text)
	for _, record := range records {
		for _, field := range record {
			if strings.ContainsAny(field, "\r\n\x00") {
				return nil, fmt.Errorf("field %q of %s has a line break or a zero byte", field, record[0])
			}
		}
		if err := writer.Write(record); err != nil {
			return nil, fmt.Errorf("encoding %s: %w", record[0], err)
		}
	}
	writer.Flush()
	return text.Bytes(), writer.Error()
}

// oneLine makes a reason, which may quote a program's output, fit a record.
func oneLine(text string) string {
	const longest = 2000 // bytes
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.TrimSpace(text)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
