package results

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	file := filepath.Join(w.folder, manifestFile)
	temporary := filepath.Join(w.folder, "."+manifestFile)
	if err := writeSynced(temporary, manifest); err != nil {
		return fmt.Errorf("sealing %s: %w", w.folder, err)
	}
	if err := errors.Join(os.Rename(temporary, file), syncFolder(w.folder)); err != nil {
		return fmt.Errorf("sealing %s: %w", w.folder, err)
	}
	w.broken = ErrComplete
	return nil
}

// Stopped tells whether the last event says that the campaign is over: no run is left to carry out.
func (w *Writer) Stopped() bool {
	if len(w.noted) == 0 {
		return false
	}
	ended := w.noted[len(w.noted)-1].Ended
	return ended != nil && ended.Reason.final()
}

// manifestOf hashes the folder's files in the order of their names.
func manifestOf(folder string) ([]byte, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == reportFolder:
			return fs.SkipDir
		case path == manifestFile || path == "."+manifestFile:
		case !entry.IsDir():
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var manifest bytes.Buffer
	for _, path := range files {
		sum, err := fileSHA256(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&manifest, "%x  %s\n", sum, path)
	}
	return manifest.Bytes(), nil
}

func fileSHA256(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}

// sealed tells whether the campaign has its manifest.
func sealed(folder string) (bool, error) {
	_, err := os.Stat(filepath.Join(folder, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
