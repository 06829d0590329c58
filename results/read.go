package results

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"eaibench/bench"
)

// Data is everything committed in a campaign.
type Data struct {
	Campaign *Campaign
	// Runs in the order they were carried out.
	Runs []bench.Run
	// Samples of these runs, in the same order.
	Samples []bench.Sample
	// Events besides the runs, oldest first.
	Events []Event
	// Complete is true when nothing is left to do and the campaign is sealed: every
	// planned run is there, or the rule when to stop was met.
	Complete bool
	// NotAsSealed are the files of a complete campaign that are not as they were when it was sealed, as Verify finds them; none
	// where it is not complete.
	NotAsSealed []Finding
}

// Read reads a campaign, also one that is being written. It is strict: the error
// names the file and line that is not as a writer leaves it. What was changed since
// it was sealed, and can still be read, is in NotAsSealed.
func Read(folder string) (*Data, error) {
	data, err := read(folder)
	if err != nil || !data.Complete {
		return data, err
	}
	found, err := list(folder)
	if err != nil {
		return nil, fmt.Errorf("reading campaign %s: %w", folder, err)
	}
	verified, err := verify(folder, found)
	if err != nil {
		return nil, err
	}
	data.NotAsSealed = verified.Findings
	return data, nil
}

// read reads a campaign whatever its manifest says.
func read(folder string) (*Data, error) {
	campaign, err := readCampaign(folder)
	if err != nil {
		return nil, err
	}
	data := &Data{Campaign: campaign}
	content, err := readTables(folder, campaign, func(s bench.Sample) { data.Samples = append(data.Samples, s) })
	if err != nil {
		return nil, fmt.Errorf("reading campaign %s: %w", folder, err)
	}
	data.Runs = content.runs
	if data.Events, _, err = readEvents(folder); err != nil {
		return nil, fmt.Errorf("reading campaign %s: %w", folder, err)
	}
	if data.Complete, err = sealed(folder); err != nil {
		return nil, err
	}
	return data, nil
}

// ReadRuns reads a campaign as Read does, without its samples: how far one has come, at little cost while it is carried out.
func ReadRuns(folder string) (*Data, error) {
	campaign, err := readCampaign(folder)
	if err != nil {
		return nil, err
	}
	data := &Data{Campaign: campaign}
	if data.Runs, _, err = readRuns(folder, campaign); err != nil {
		return nil, fmt.Errorf("reading campaign %s: %w", folder, err)
	}
	if data.Events, _, err = readEvents(folder); err != nil {
		return nil, fmt.Errorf("reading campaign %s: %w", folder, err)
	}
	data.Complete, err = sealed(folder)
	return data, err
}

// Stamp changes when something was added to a campaign that ReadRuns gives: it looks at sizes of files alone. Of a campaign that
// cannot be looked at it is "".
func Stamp(folder string) string {
	var stamp strings.Builder
	for _, name := range []string{runsFile, eventsFile, manifestFile} {
		size := int64(-1)
		if info, err := os.Stat(filepath.Join(folder, name)); err == nil {
			size = info.Size()
		} else if !errors.Is(err, os.ErrNotExist) {
			return ""
		}
		fmt.Fprintf(&stamp, "%d ", size)
	}
	return stamp.String()
}

// tables is what the two CSV files hold.
type tables struct {
	runs []bench.Run
	// samplesEnd and runsEnd are where the committed part ends, in bytes.
	samplesEnd, runsEnd int64
}

// readRuns reads the committed rows, and gives the offset behind the last of them.
func readRuns(folder string, campaign *Campaign) (runs []bench.Run, end int64, err error) {
	planned, cells := map[string]bench.PlannedRun{}, map[string]bench.Cell{}
	for _, run := range campaign.Runs {
		planned[run.ID] = run
	}
	for _, cell := range campaign.Cells {
		cells[cell.ID] = cell
	}
	end, err = records(filepath.Join(folder, runsFile), runColumns, func(record []string) (bool, error) {
		run, err := parseRun(record)
		if err == nil {
			err = campaign.undated(record, runStarted, runEnded)
		}
		if err != nil {
			return false, err
		}
		if plan, ok := planned[run.ID]; !ok || plan != run.PlannedRun {
			return false, fmt.Errorf("run %q is not planned so, or stands twice", run.ID)
		}
		if cell := cells[run.Cell]; run.Mode != cell.Mode || run.Path != cell.Path || run.Crypto != cell.Crypto || run.Verify != cell.Verify || run.Processes != cell.Processes {
			return false, fmt.Errorf("run %q is not as its cell %s", run.ID, run.Cell)
		}
		delete(planned, run.ID)
		run.Cell = cells[run.Cell].ID // one text for all of its runs
		runs = append(runs, run)
		return true, nil
	})
	return runs, end, err
}

// readTables reads the committed rows and their samples.
func readTables(folder string, campaign *Campaign, each func(bench.Sample)) (tables, error) {
	var content tables
	var err error
	if content.runs, content.runsEnd, err = readRuns(folder, campaign); err != nil {
		return content, err
	}
	known := texts{}
	at, left := -1, 0
	content.samplesEnd, err = records(filepath.Join(folder, samplesFile), sampleColumns, func(record []string) (bool, error) {
		for left == 0 {
			if at++; at == len(content.runs) {
				return false, nil // a run without its row begins
			}
			left = content.runs[at].Samples
		}
		sample, err := parseSample(record)
		if err == nil {
			err = campaign.undated(record, 0)
		}
		if err != nil {
			return false, err
		}
		if run := content.runs[at].ID; sample.Run != run {
			return false, fmt.Errorf("run_id is %q, but run %s has %d more samples", sample.Run, run, left)
		}
		sample.Run = content.runs[at].ID
		known.share(&sample)
		left--
		if each != nil {
			each(sample)
		}
		return true, nil
	})
	if err != nil {
		return content, err
	}
	for at++; left == 0 && at < len(content.runs); at++ {
		left = content.runs[at].Samples
	}
	if left > 0 {
		return content, fmt.Errorf("%s has lost %d samples of run %s", samplesFile, left, content.runs[at-1].ID)
	}
	return content, nil
}

// texts has one copy of each text that samples repeat. Else each of 800,000 samples would keep its line of the file in memory, and
// comparing two of them would look at both.
type texts map[string]string

func (t texts) of(text string) string {
	one, known := t[text]
	if !known {
		one = strings.Clone(text)
		t[one] = one
	}
	return one
}

func (t texts) share(s *bench.Sample) {
	s.Component, s.Operation, s.Unit = bench.Component(t.of(string(s.Component))), bench.Operation(t.of(string(s.Operation))), bench.Unit(t.of(string(s.Unit)))
	s.Metric, s.Program, s.Service = t.of(s.Metric), t.of(s.Program), t.of(s.Service)
}

// records reads a table line by line until each says no, and gives the offset
// behind the last line taken. A last line without its line break was being
// written when the writer stopped, and is not read.
func records(file string, columns []string, each func([]string) (bool, error)) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close() // only read
	reader := bufio.NewReaderSize(f, 1<<16)
	var end int64
	for number := 1; ; number++ {
		line, err := reader.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && number == 1:
			return 0, fmt.Errorf("%s:1: the header is missing", file)
		case errors.Is(err, io.EOF):
			return end, nil
		case err != nil:
			return 0, err
		}
		record, err := parseLine(line, len(columns))
		if err != nil {
			return 0, fmt.Errorf("%s:%d: %w", file, number, err)
		}
		if number == 1 {
			if !slices.Equal(record, columns) {
				return 0, fmt.Errorf("%s:1: the columns are %s, want %s", file, strings.TrimSpace(line), strings.Join(columns, ","))
			}
			end = int64(len(line))
			continue
		}
		more, err := each(record)
		if err != nil {
			return 0, fmt.Errorf("%s:%d: %w", file, number, err)
		}
		if !more {
			return end, nil
		}
		end += int64(len(line))
	}
}

// parseLine splits one line. Most have no quotes, and 800,000 of them are read
// faster so.
func parseLine(line string, fields int) ([]string, error) {
	line = strings.TrimSuffix(line, "\n")
	if !strings.ContainsRune(line, '"') {
		record := strings.Split(line, ",")
		if len(record) != fields {
			return nil, fmt.Errorf("%d fields, want %d", len(record), fields)
		}
		return record, nil
	}
	reader := csv.NewReader(strings.NewReader(line))
	reader.FieldsPerRecord = fields
	record, err := reader.Read()
	if err != nil {
		return nil, err
	}
	return record, nil
}
