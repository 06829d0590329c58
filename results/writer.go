package results

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"eaibench/bench"
)

// Writer appends runs to a campaign. It holds the folder's lock: one writer at a
// time. It is not for use by several goroutines at once.
type Writer struct {
	folder        string
	campaign      *Campaign
	lock          *os.File
	samples, runs *os.File
	events        *os.File
	done          []bench.Run
	noted         []Event
	planned       map[string]bench.PlannedRun
	cells         map[string]bench.Cell
	// broken is why nothing may be appended any more.
	broken error
}

var (
	// ErrExists: the folder of a new campaign is there already.
	ErrExists = errors.New("the folder exists and is not empty")
	// ErrInUse: another writer has the campaign.
	ErrInUse = errors.New("another eaibench is writing to the campaign")
	// ErrComplete: the campaign is sealed.
	ErrComplete = errors.New("the campaign is complete; nothing is added to it")
)

// Create makes a campaign folder, all of it or nothing, and opens it for
// appending. An existing folder must be empty (ErrExists).
func Create(folder string, campaign *Campaign) (*Writer, error) {
	if err := campaign.check(); err != nil {
		return nil, fmt.Errorf("making campaign %s: %w", folder, err)
	}
	if err := create(folder, campaign); err != nil {
		return nil, fmt.Errorf("making campaign %s: %w", folder, err)
	}
	return Resume(folder)
}

func create(folder string, campaign *Campaign) (err error) {
	text, err := campaign.encode()
	if err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(folder))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, "."+filepath.Base(folder)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temporary))
		}
	}()
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(temporary, logsFolder), 0o755); err != nil {
		return err
	}
	for name, header := range map[string][]string{samplesFile: sampleColumns, runsFile: runColumns} {
		line, err := lines([][]string{header})
		if err != nil {
			return err
		}
		if err := writeSynced(filepath.Join(temporary, name), line); err != nil {
			return err
		}
	}
	if err := writeSynced(filepath.Join(temporary, eventsFile), nil); err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(temporary, campaignFile), text); err != nil {
		return err
	}
	if err := syncFolder(temporary); err != nil {
		return err
	}
	// Replaces an empty folder and nothing else, in one step.
	if err := syscall.Rename(temporary, filepath.Clean(folder)); err != nil {
		if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) || errors.Is(err, syscall.ENOTDIR) {
			return ErrExists
		}
		return err
	}
	return syncFolder(parent)
}

// Resume opens a campaign for appending. What an interrupted writer left without
// its row is dropped. The error is ErrInUse, ErrComplete, or says what in the folder is
// not as a writer leaves it.
func Resume(folder string) (writer *Writer, err error) {
	w := &Writer{folder: folder, planned: map[string]bench.PlannedRun{}, cells: map[string]bench.Cell{}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("opening campaign %s: %w", folder, err), w.Close())
		}
	}()
	if w.campaign, err = readCampaign(folder); err != nil {
		return nil, err
	}
	if w.lock, err = os.Open(filepath.Join(folder, campaignFile)); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("locking %s: %w", campaignFile, err)
	}
	switch complete, err := sealed(folder); {
	case err != nil:
		return nil, err
	case complete:
		return nil, ErrComplete
	}
	content, err := readTables(folder, w.campaign, nil)
	if err != nil {
		return nil, err
	}
	w.done = content.runs
	if w.samples, err = openAt(filepath.Join(folder, samplesFile), content.samplesEnd); err != nil {
		return nil, err
	}
	if w.runs, err = openAt(filepath.Join(folder, runsFile), content.runsEnd); err != nil {
		return nil, err
	}
	noted, eventsEnd, err := readEvents(folder)
	if err != nil {
		return nil, err
	}
	w.noted = noted
	if w.events, err = openAt(filepath.Join(folder, eventsFile), eventsEnd); err != nil {
		return nil, err
	}
	for _, run := range w.campaign.Runs {
		w.planned[run.ID] = run
	}
	for _, cell := range w.campaign.Cells {
		w.cells[cell.ID] = cell
	}
	return w, nil
}

// openAt opens a table for appending and cuts off what is not committed.
func openAt(file string, end int64) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(end), f.Sync()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Campaign is the campaign that is written to; it is not to be changed.
func (w *Writer) Campaign() *Campaign { return w.campaign }

// Folder of the campaign.
func (w *Writer) Folder() string { return w.folder }

// Done lists the runs that are committed, in the order of their rows.
func (w *Writer) Done() []bench.Run { return slices.Clone(w.done) }

// Pending lists the planned runs that are not committed, in the order of the plan.
func (w *Writer) Pending() []bench.PlannedRun {
	done := map[string]bool{}
	for _, run := range w.done {
		done[run.ID] = true
	}
	var pending []bench.PlannedRun
	for _, run := range w.campaign.Runs {
		if !done[run.ID] {
			pending = append(pending, run)
		}
	}
	return pending
}

// Append commits one planned run with its samples and its log. The run's cell,
// mode, path, crypto, place in the plan and number of samples are filled in here. After an
// error the run is not in the campaign; if the folder itself failed (a full disk),
// nothing can be appended until the campaign is opened again.
func (w *Writer) Append(run bench.Run, samples []bench.Sample, log []byte) error {
	if w.broken != nil {
		return fmt.Errorf("appending run %s: an earlier write failed: %w", run.ID, w.broken)
	}
	row, table, err := w.encode(run, samples)
	if err != nil {
		return fmt.Errorf("appending run %s: %w", run.ID, err)
	}
	if err := w.append(row, table, log); err != nil {
		w.broken = err
		return fmt.Errorf("appending run %s: %w", run.ID, err)
	}
	w.done = append(w.done, row)
	return nil
}

// encode completes the row and encodes the samples.
func (w *Writer) encode(run bench.Run, samples []bench.Sample) (bench.Run, []byte, error) {
	planned, ok := w.planned[run.ID]
	if !ok {
		return run, nil, errors.New("it is not planned")
	}
	if slices.ContainsFunc(w.done, func(other bench.Run) bool { return other.ID == run.ID }) {
		return run, nil, errors.New("it is in the campaign already")
	}
	cell := w.cells[planned.Cell]
	run.PlannedRun = planned
	run.Mode, run.Path, run.Crypto, run.Verify, run.Processes = cell.Mode, cell.Path, cell.Crypto, cell.Verify, cell.Processes
	run.Reason = oneLine(run.Reason)
	run.Samples = len(samples)
	if (run.Status == bench.OK) != (run.Reason == "") {
		return run, nil, fmt.Errorf("status %s with the reason %q: a run that is not ok needs one, a run that is ok has none", run.Status, run.Reason)
	}
	if _, err := parseRun(runRecord(run)); err != nil {
		return run, nil, err
	}
	records := make([][]string, len(samples))
	for i, sample := range samples {
		if sample.Run != run.ID {
			return run, nil, fmt.Errorf("sample %s is of run %q", sample.Metric, sample.Run)
		}
		if err := sample.Check(); err != nil {
			return run, nil, err
		}
		records[i] = sampleRecord(sample)
	}
	table, err := lines(records)
	return run, table, err
}

// append writes in the order that makes the row the commit.
func (w *Writer) append(run bench.Run, table, log []byte) error {
	row, err := lines([][]string{runRecord(run)})
	if err != nil {
		return err
	}
	if _, err := w.samples.Write(table); err != nil {
		return err
	}
	if err := w.samples.Sync(); err != nil {
		return err
	}
	if err := writeSynced(LogFile(w.folder, run.ID), log); err != nil {
		return err
	}
	if err := syncFolder(filepath.Join(w.folder, logsFolder)); err != nil {
		return err
	}
	if _, err := w.runs.Write(row); err != nil {
		return err
	}
	return w.runs.Sync()
}

// Close lets the folder go. The campaign can be resumed.
func (w *Writer) Close() error {
	var errs []error
	for _, file := range []*os.File{w.samples, w.runs, w.events, w.lock} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	w.samples, w.runs, w.events, w.lock = nil, nil, nil, nil
	w.broken = fs.ErrClosed
	return errors.Join(errs...)
}

func writeSynced(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes the names in a folder survive a power loss.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
