package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// recover brings the folders and the database together after a launcher that was killed.
func (s *Store) recover() error {
	for _, sub := range []string{programsFolder, sourcesFolder, executablesFolder, signaturesFolder} {
		left, err := filepath.Glob(filepath.Join(s.folder, sub, temporaryPrefix+"*"))
		if err != nil {
			return fmt.Errorf("looking for half-written files: %w", err)
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("removing a half-written file: %w", err)
			}
		}
	}
	db, err := readDatabase(filepath.Join(s.folder, databaseFile))
	if err != nil {
		return err
	}
	s.db = db
	return s.adoptReplacedSources()
}

// adoptReplacedSources finishes an upload that was killed between replacing a source and saying
// so in the database: the source is there whole, so it counts, and what was compiled from the one
// before does not.
func (s *Store) adoptReplacedSources() error {
	changed := false
	for i := range s.db.Programs {
		p := &s.db.Programs[i]
		content, err := os.ReadFile(filepath.Join(s.folder, sourcesFolder, p.FileName))
		if errors.Is(err, fs.ErrNotExist) {
			continue // said when somebody asks for it
		}
		if err != nil {
			return fmt.Errorf("reading a source: %w", err)
		}
		if hash := hexHash(content); hash != p.SourceSHA256 {
			p.SourceSHA256, p.Executables, changed = hash, []Executable{}, true
		}
	}
	if !changed {
		return nil
	}
	return s.db.write(filepath.Join(s.folder, databaseFile))
}
