package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNoFile: in the place of a campaign's file is something else, such as a link.
var ErrNoFile = errors.New("it is no file of the campaign")

// ReadLog reads a run's log. A campaign may be somebody else's: what lies outside its folder, and is led to by a link or by a run's
// name, is not read. Errors are fs.ErrNotExist where there is no log, ErrNoFile, and those of the file system.
func ReadLog(folder, run string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("reading a log: %w", err)
	}
	defer root.Close() // only read
	name, err := filepath.Rel(folder, LogFile(folder, run))
	if err != nil {
		return nil, fmt.Errorf("reading a log: %w", err)
	}
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", name, ErrNoFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a log: %w", err)
	}
	log, err := root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading a log: %w", err)
	}
	return log, nil
}
