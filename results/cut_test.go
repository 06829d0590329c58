package results

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file of a campaign that had ended lost its end, at any byte, which no writer leaves behind: what is left is a beginning of what
// there was, or refused. No run is there that lost its samples, none twice, and what is missing is carried out and not sealed away.
func TestCutAtEveryByte(t *testing.T) {
	whole, w := newFolder(t)
	note(t, w, ended(EndInterrupted))
	err := errors.Join(w.Append(okRun("r02"), samplesOf("r02", 2), nil), w.Note(ended(EndComplete)), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	before, err := Read(whole)
	if err != nil || len(before.Runs) != 3 {
		t.Fatalf("%+v, %v", before, err)
	}
	for _, name := range []string{runsFile, samplesFile, eventsFile} {
		text, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "cut")
		if err := os.CopyFS(folder, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		for end := range text {
			if err := os.WriteFile(filepath.Join(folder, name), text[:end], 0o600); err != nil {
				t.Fatal(err)
			}
			data, err := Read(folder)
			if err != nil {
				if name == eventsFile || !strings.Contains(err.Error(), "lost") && !strings.Contains(err.Error(), "header is missing") {
					t.Fatalf("%s cut at %d: %v", name, end, err)
				}
				continue
			}
			for i, run := range data.Runs {
				if run != before.Runs[i] {
					t.Fatalf("%s cut at %d: run %d is %+v", name, end, i, run)
				}
			}
			for i, sample := range data.Samples {
				if sample != before.Samples[i] {
					t.Fatalf("%s cut at %d: sample %d is %+v", name, end, i, sample)
				}
			}
			if (name != runsFile) != (len(data.Runs) == 3) {
				t.Fatalf("%s cut at %d: %d runs", name, end, len(data.Runs))
			}
			if end%31 != 0 { // syncing takes long
				continue
			}
			w, err := Resume(folder)
			if err != nil {
				t.Fatalf("%s cut at %d: %v", name, end, err)
			}
			if pending := len(w.Pending()); pending != 3-len(data.Runs) || w.Stopped() != (pending == 0 && name != eventsFile) {
				t.Fatalf("%s cut at %d: %d pending, stopped %t", name, end, pending, w.Stopped())
			}
			if len(w.Pending()) > 0 && w.Seal() == nil {
				t.Fatalf("%s cut at %d: sealed without %d runs", name, end, len(w.Pending()))
			}
			for _, run := range w.Pending() {
				if err := w.Append(okRun(run.ID), samplesOf(run.ID, 2), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(w.Seal(), w.Close()); err != nil {
				t.Fatalf("%s cut at %d: %v", name, end, err)
			}
			if got := found(t, folder); got != nil {
				t.Fatalf("%s cut at %d: %q", name, end, got)
			}
			// As it was, for the next cut.
			if err := errors.Join(os.RemoveAll(folder), os.CopyFS(folder, os.DirFS(whole))); err != nil {
				t.Fatal(err)
			}
		}
	}
}
