package importing

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/results"
)

// File is a published file as it was read.
type File struct {
	// Name without its folder, for provenance; Path as it is given, for faults, "" where that is the name.
	Name, Path string
	// Mode of its rows: "" where the rows name their own, or where the name is that of a published file.
	Mode string
	Data []byte
}

// Options of an import.
type Options struct {
	Format Format
	// Lenient keeps the rows that can be read where others cannot.
	Lenient bool
	// Now is when the campaign is made, Version that of the program that makes it.
	Now     time.Time
	Version string
}

// Refusals of an import, besides Faults.
var (
	// ErrFormat: there is no such format.
	ErrFormat = errors.New("the format is not known")
	// ErrMode: it is not known of which mode a file is, or it is of none of the format, or two files are of one.
	ErrMode = errors.New("the mode of a file")
	// ErrEmpty: no row could be read.
	ErrEmpty = errors.New("there is no row to import")
)

// Import reads files and makes a campaign of them, in memory: every row is a run or samples of one. The error is Faults,
// with all of them, where rows cannot be read and Lenient is not set; where it is, only of a file none of which is in the
// format. Else it is ErrFormat, ErrMode or ErrEmpty.
func Import(files []File, options Options) (*results.Data, error) {
	l, ok := layoutOf(options.Format)
	if !ok {
		return nil, fmt.Errorf("importing: %w: %q", ErrFormat, options.Format)
	}
	if err := settleModes(l, options.Format, files); err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	var runs []run
	imported := &results.Import{Format: string(options.Format), Series: l.series}
	var faults Faults
	said := map[string]place{}
	for _, file := range files {
		seen := map[string]place{}
		if l.namesModes() {
			seen = said // rows of any file may be of one mode
		}
		t := newTable(l, file, seen)
		l.read(t)
		slices.SortStableFunc(t.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		if !options.Lenient || len(t.rows) == 0 {
			faults = append(faults, t.faults...)
		}
		runs = append(runs, t.runs...)
		imported.Files = append(imported.Files, provenance(t))
		for _, fault := range t.faults {
			imported.Dropped = append(imported.Dropped, results.DroppedRow{File: file.Name, Line: fault.Line, Reason: fault.Reason})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("importing: %w", ErrEmpty)
	}
	imported.Known = knownOf(l, imported.Files)
	return campaign(l, imported, runs, options), nil
}

// settleModes finds the mode of each file that no row says.
func settleModes(l layout, format Format, files []File) error {
	of := map[string]string{}
	for i := range files {
		file := &files[i]
		if l.namesModes() {
			if file.Mode != "" {
				return fmt.Errorf("%w: each row of %s names its own, and none can be given", ErrMode, file.Name)
			}
			continue
		}
		file.Mode = cmp.Or(file.Mode, l.files[file.Name])
		switch {
		case file.Mode == "":
			return fmt.Errorf("%w: the name %s is none of the published ones: give it as MODE=FILE, with one of %s", ErrMode, file.Name, strings.Join(Modes(format), ", "))
		case !l.hasMode(file.Mode):
			return fmt.Errorf("%w: %s is said to be of %q, want one of %s", ErrMode, file.Name, file.Mode, strings.Join(Modes(format), ", "))
		case of[file.Mode] != "":
			return fmt.Errorf("%w: %s and %s are both of %s", ErrMode, of[file.Mode], file.Name, file.Mode)
		}
		of[file.Mode] = file.Name
	}
	return nil
}

func provenance(t *table) results.ImportedFile {
	sum := sha256.Sum256(t.file.Data)
	hash := hex.EncodeToString(sum[:])
	return results.ImportedFile{
		Name: t.file.Name, SHA256: hash, Bytes: int64(len(t.file.Data)), Rows: t.taken, Dropped: len(t.faults),
		Mode: t.file.Mode, Published: publishedAs(hash), Remarks: t.remarks,
	}
}

// campaign lays the runs out as a campaign's.
func campaign(l layout, imported *results.Import, runs []run, options Options) *results.Data {
	c := &results.Campaign{
		Version: results.Version, Name: imported.Format, Title: l.title, Description: l.about, Solution: l.solution, Platform: Platform,
		Modes: l.modes, Order: bench.OrderSequential, Started: options.Now.UTC(), Versions: map[string]string{"eaibench": options.Version},
		Import: imported,
	}
	// Where rows have times, these are the order of the runs; else that of the files is.
	slices.SortStableFunc(runs, func(a, b run) int { return a.first().Compare(b.first()) })
	c.Cells = cellsOf(l, runs)
	places := map[string]int{}
	for i, cell := range c.Cells {
		places[cell.ID] = i
	}
	data := &results.Data{Campaign: c, Complete: true}
	iterations := map[string]int{}
	for position, one := range runs {
		id := one.id()
		planned := bench.PlannedRun{
			ID: fmt.Sprintf("r%0*d-%s", len(fmt.Sprint(len(runs)-1)), position, one.mode), Cell: id,
			Block: places[id], Position: position, Iteration: iterations[id],
		}
		iterations[id]++
		c.Runs = append(c.Runs, planned)
		data.Runs = append(data.Runs, one.ended(planned, c.Cells[places[id]]))
		data.Samples = append(data.Samples, one.samples(planned.ID)...)
	}
	return data
}

// first is when the first of the run's rows was written, zero where that is not told.
func (r run) first() time.Time {
	var first time.Time
	for _, one := range r.values {
		if first.IsZero() || one.at.Before(first) {
			first = one.at
		}
	}
	return first
}

// id of the run's cell.
func (r run) id() string {
	if r.cell == "" {
		return r.mode
	}
	return r.mode + "-" + r.cell
}

// cellsOf lists the cells of the runs: mode by mode of the chain, and in each as they come.
func cellsOf(l layout, runs []run) []bench.Cell {
	var cells []bench.Cell
	known := map[string]bool{}
	for _, mode := range l.modes {
		for _, one := range runs {
			if one.mode != mode.Name || known[one.id()] {
				continue
			}
			known[one.id()] = true
			cells = append(cells, bench.Cell{
				ID: one.id(), Mode: one.mode, Path: one.path, Processes: one.processes,
				Parameters: bench.Parameters{Requests: one.requests, Arguments: one.arguments},
			})
		}
	}
	return cells
}

func (r run) ended(planned bench.PlannedRun, cell bench.Cell) bench.Run {
	ended := bench.Run{
		PlannedRun: planned, Mode: cell.Mode, Path: cell.Path, Processes: cell.Processes, Status: bench.OK, Samples: len(r.values),
	}
	if r.failed != "" {
		ended.Status, ended.Reason = bench.Failed, r.failed
	}
	return ended
}

func (r run) samples(id string) []bench.Sample {
	var samples []bench.Sample
	for _, one := range r.values {
		samples = append(samples, bench.Sample{
			Time: one.at, Run: id, Request: one.request, Component: one.series.Component, Operation: one.series.Operation,
			Metric: one.series.Metric, Value: one.number, Unit: one.unit, Program: one.program, Service: one.series.Service,
		})
	}
	return samples
}
