package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"eaibench/bench"
)

// Import says where the values of a campaign are from that eaibench did not carry out: of published files.
type Import struct {
	// Format that the files were read as, such as published-memory.
	Format string `json:"format"`
	// Files in the order in which they were given.
	Files []ImportedFile `json:"files"`
	// Series are what the files measure, in the order of their columns: what is compared unless something else is asked for.
	Series []bench.Series `json:"series"`
	// Dropped are the rows that could not be read and were left out because that was asked for.
	Dropped []DroppedRow `json:"dropped,omitempty"`
	// Known is what publications say of how such files came about and no file of values shows.
	Known []Known `json:"known,omitempty"`
}

// ImportedFile is a file that a campaign was made of.
type ImportedFile struct {
	// Name without its folder.
	Name string `json:"name"`
	// SHA256 of its bytes, lower-case hexadecimal.
	SHA256 string `json:"sha256"`
	// Bytes is its size.
	Bytes int64 `json:"bytes"`
	// Rows that are in the campaign, at least 0; Dropped is how many are not.
	Rows    int `json:"rows"`
	Dropped int `json:"dropped"`
	// Mode of all its rows; "" where each row names its own.
	Mode string `json:"mode,omitempty"`
	// Published names the repository, and the path in it, of the published file with these bytes; "" where none is known.
	Published string `json:"published,omitempty"`
	// Remarks are lines of the file that are no rows, as they are.
	Remarks []string `json:"remarks,omitempty"`
}

// DroppedRow is a row that could not be read.
type DroppedRow struct {
	File string `json:"file"`
	// Line from 1.
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Known is something that threatens a comparison and that files of values do not show: the check of an audit that
// would have found it, had eaibench carried the campaign out.
type Known struct {
	// Check is the audit's name for it.
	Check string `json:"check"`
	// Severity is critical, serious or note.
	Severity string `json:"severity"`
	// Text says what it is, and what shows it.
	Text string `json:"text"`
	// Source is where that is told: repository and file, or a publication.
	Source string `json:"source"`
}

// check refuses what no importer writes.
func (i *Import) check() error {
	if i == nil {
		return nil
	}
	if i.Format == "" || len(i.Files) == 0 || len(i.Series) == 0 {
		return errors.New("an imported campaign names a format, files and series")
	}
	for _, known := range i.Known {
		switch known.Severity {
		case "critical", "serious", "note":
		default:
			return fmt.Errorf("severity %q of %s is none of critical, serious, note", known.Severity, known.Check)
		}
	}
	return nil
}

// Alerts are what is known of published files and makes their comparison invalid, or says that something else was measured, a
// sentence each with the evidence: whoever shows the values shows it too. The rest an audit lists.
func (i *Import) Alerts() []string {
	if i == nil {
		return nil
	}
	var sentences []string
	for _, known := range i.Known {
		begins := ""
		switch {
		case known.Severity == "critical":
			begins = "No valid comparison"
		case known.Severity == "serious" && (known.Check == "published" || known.Check == "built-for"):
			begins = "Not what it seems"
		default:
			continue
		}
		sentences = append(sentences, fmt.Sprintf("%s (audit, %s): %s. Evidence: %s.", begins, known.Check, strings.TrimSuffix(known.Text, "."), known.Source))
	}
	return sentences
}

// Dated tells whether every sample has a time: the files of most imported campaigns have none.
func (d *Data) Dated() bool {
	for _, sample := range d.Samples {
		if sample.Time.IsZero() {
			return false
		}
	}
	return true
}

// Series are what a campaign's values are compared by unless something else is asked for: execute_total, and of an
// imported one what its files measure.
func (c *Campaign) Series() []bench.Series {
	if c.Import != nil {
		return c.Import.Series
	}
	return []bench.Series{bench.ExecuteTotal()}
}

// Store writes a whole imported campaign, sealed: all of it or nothing. Its runs have no logs. The error is ErrExists
// where the folder is there already, even if it is empty, or says what is not as a campaign has it.
func Store(folder string, data *Data) error {
	fail := func(err error) error { return fmt.Errorf("making campaign %s: %w", folder, err) }
	if data.Campaign.Import == nil {
		return fail(errors.New("it is not imported"))
	}
	if err := data.Campaign.check(); err != nil {
		return fail(err)
	}
	files, err := encodeAll(data)
	if err != nil {
		return fail(err)
	}
	// Renaming would replace an empty folder.
	if _, err := os.Lstat(folder); err == nil {
		return fail(ErrExists)
	}
	if err := storeFiles(folder, files); err != nil {
		return fail(err)
	}
	return nil
}

// encodeAll gives the content of a campaign's files by name.
func encodeAll(data *Data) (map[string][]byte, error) {
	text, err := data.Campaign.encode()
	if err != nil {
		return nil, err
	}
	samples, runs := [][]string{sampleColumns}, [][]string{runColumns}
	for _, sample := range data.Samples {
		if err := sample.Check(); err != nil {
			return nil, err
		}
		record := sampleRecord(sample)
		record[0] = dateText(sample.Time)
		samples = append(samples, record)
	}
	for _, run := range data.Runs {
		run.Reason = oneLine(run.Reason)
		record := runRecord(run)
		record[runStarted], record[runEnded] = dateText(run.Started), dateText(run.Ended)
		if _, err := parseRun(record); err != nil {
			return nil, err
		}
		runs = append(runs, record)
	}
	sampleTable, err := lines(samples)
	if err != nil {
		return nil, err
	}
	runTable, err := lines(runs)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{campaignFile: text, samplesFile: sampleTable, runsFile: runTable, eventsFile: nil}, nil
}

// dateText is empty for a time that is not known.
func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeText(t)
}

// storeFiles writes files and their manifest beside the folder, and gives them its name last. What is read back must
// be a campaign.
func storeFiles(folder string, files map[string][]byte) (err error) {
	parent := filepath.Dir(filepath.Clean(folder))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, "."+strings.TrimLeft(filepath.Base(folder), ".")+"-*")
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
	for name, content := range files {
		if err := writeSynced(filepath.Join(temporary, name), content); err != nil {
			return err
		}
	}
	if _, err := Read(temporary); err != nil {
		return err
	}
	manifest, err := manifestOf(temporary)
	if err != nil {
		return err
	}
	if err := errors.Join(writeSynced(filepath.Join(temporary, manifestFile), manifest), syncFolder(temporary)); err != nil {
		return err
	}
	if err := syscall.Rename(temporary, filepath.Clean(folder)); err != nil {
		if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) || errors.Is(err, syscall.ENOTDIR) {
			return ErrExists
		}
		return err
	}
	return syncFolder(parent)
}

// undated finds a record of a campaign that eaibench carried out that has no time.
func (c *Campaign) undated(record []string, columns ...int) error {
	for _, column := range columns {
		if c.Import == nil && record[column] == "" {
			return errors.New("a time is missing")
		}
	}
	return nil
}

// Lost is how many runs are not ok.
func Lost(data *Data) int {
	lost := 0
	for _, run := range data.Runs {
		if run.Status != bench.OK {
			lost++
		}
	}
	return lost
}
