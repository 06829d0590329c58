package results

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Seal ends a campaign all of whose runs are committed, or whose last event says that
// the rule when to stop was met: it writes the manifest,
// which `sha256sum -c` reads, over every file but those in report/. Nothing can be
// appended afterwards.
func (w *Writer) Seal() error {
	if w.broken != nil {
		return fmt.Errorf("sealing %s: an earlier write failed: %w", w.folder, w.broken)
	}
	if pending := len(w.Pending()); pending > 0 && !w.Stopped() {
		return fmt.Errorf("sealing %s: %d of %d runs are not in it", w.folder, pending, len(w.campaign.Runs))
	}
	manifest, err := manifestOf(w.folder)
	if err != nil {
		return fmt.Errorf("sealing %s: %w", w.folder, err)
	}
	if err := replace(w.folder, manifestFile, manifest); err != nil {
		return fmt.Errorf("sealing %s: %w", w.folder, err)
	}
	w.broken = ErrComplete
	return nil
}

// Stopped tells whether the last event says that the campaign is over, and no run is left to carry out. Where a run is missing
// though all were there (a disk that lost what it had kept), it is not.
func (w *Writer) Stopped() bool {
	return stopped(w.noted) || over(w.noted) && len(w.Pending()) == 0
}

// over tells whether the last event says that no run is left to carry out.
func over(events []Event) bool {
	ended := EndOf(events)
	return ended != nil && ended.Reason.Final()
}

// stopped tells whether the last event says that a rule ended the campaign, and not that every planned run was carried out.
func stopped(events []Event) bool { return over(events) && EndOf(events).Reason != EndComplete }

// replace writes a file of the folder, all of it or nothing: first under its name with a dot before it.
func replace(folder, name string, content []byte) error {
	temporary := filepath.Join(folder, "."+name)
	if err := writeSynced(temporary, content); err != nil {
		return err
	}
	return errors.Join(os.Rename(temporary, filepath.Join(folder, name)), syncFolder(folder))
}

// sealed tells whether the campaign has its manifest.
func sealed(folder string) (bool, error) {
	_, err := os.Stat(filepath.Join(folder, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
