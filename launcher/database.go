package launcher

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// databaseVersion is that of file_database.json (docs/formats/launcher.md).
const databaseVersion = 1

// Program is a stored source and what was compiled from it.
type Program struct {
	ID           int          `json:"id"`            // stable, never given twice
	Name         string       `json:"program"`       // as in certificates
	FileName     string       `json:"file_name"`     // as uploaded
	SourceSHA256 string       `json:"source_sha256"` // of the uploaded file
	Uploaded     time.Time    `json:"uploaded"`
	Executables  []Executable `json:"executables"` // at most one a mode, the newest last
}

// Executable is what a program was compiled to in one mode.
type Executable struct {
	Mode           string    `json:"mode"`
	File           string    `json:"file"` // inside the folder of executables
	SHA256         string    `json:"sha256"`
	SourceSHA256   string    `json:"source_sha256"` // of every file it was compiled from, as in evidence and policy
	Size           int64     `json:"size"`          // bytes
	Plain          bool      `json:"plain"`         // compiled without the integration process's runtime: it speaks no messages
	CompileCommand []string  `json:"compile_command"`
	Compiled       time.Time `json:"compiled"`
}

// database is the content of file_database.json.
type database struct {
	Version  int       `json:"version"`
	NextID   int       `json:"next_id"`
	Programs []Program `json:"programs"` // by ID
}

// DamagedError says that the file of the program store cannot be used. The file is left as it is.
type DamagedError struct {
	Path string
	Err  error
}

// Error names the file and what to do.
func (d *DamagedError) Error() string {
	return fmt.Sprintf("program database %s is damaged (%v): repair it, or move it away to start with an empty store", d.Path, d.Err)
}

// Unwrap gives the cause.
func (d *DamagedError) Unwrap() error { return d.Err }

// readDatabase reads the file; one that is not there yet is an empty store.
func readDatabase(path string) (*database, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &database{Version: databaseVersion, NextID: 1}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the program database: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var d database
	if err := decoder.Decode(&d); err != nil {
		return nil, &DamagedError{path, err}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &DamagedError{path, errors.New("something follows the JSON value")}
	}
	if err := d.check(); err != nil {
		return nil, &DamagedError{path, err}
	}
	return &d, nil
}

// check refuses a content that the launcher cannot have written. File names matter most: they
// become paths that are later read and deleted.
func (d *database) check() error {
	if d.Version != databaseVersion {
		return fmt.Errorf("version is %d, this launcher reads %d", d.Version, databaseVersion)
	}
	last := 0
	seen := make(map[string]bool)
	for _, p := range d.Programs {
		name, err := programName(p.FileName)
		switch {
		case err != nil:
			return fmt.Errorf("program %d: %w", p.ID, err)
		case name != p.Name:
			return fmt.Errorf("program %d: file %s cannot hold program %q", p.ID, p.FileName, shortened(p.Name))
		case p.ID <= last:
			return fmt.Errorf("program %d follows program %d", p.ID, last)
		case seen[name]:
			return fmt.Errorf("program %s is there twice", name)
		}
		for _, e := range p.Executables {
			if checkName("mode", e.Mode) != nil || e.File != executableFile(name, e.Mode, e.SHA256) {
				return fmt.Errorf("program %d: executable %q is not one of its own", p.ID, shortened(e.File))
			}
		}
		last, seen[name] = p.ID, true
	}
	if d.NextID <= last {
		return fmt.Errorf("next ID is %d, but program %d exists", d.NextID, last)
	}
	return nil
}

func (d *database) write(path string) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("marshalling the program database: %w", err)
	}
	if err := writeDurably(path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the program database: %w", err)
	}
	return nil
}

// temporaryPrefix marks files that were being written when the launcher ended; the next one
// removes them.
const temporaryPrefix = ".being-written-"

// writeDurably replaces the file in one step: whoever reads it, after whatever crash, finds the
// old content or the new. When it returns nil the new content survives a loss of power too.
func writeDurably(path string, content []byte, mode fs.FileMode) error {
	folder := filepath.Dir(path)
	temporary, err := writeBeside(path, content, mode, (*os.File).Sync)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// writeAtomically is writeDurably without waiting for the disk: for what can be had again.
func writeAtomically(path string, content []byte, mode fs.FileMode) error {
	temporary, err := writeBeside(path, content, mode, func(*os.File) error { return nil })
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

func writeBeside(path string, content []byte, mode fs.FileMode, sync func(*os.File) error) (name string, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix)
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = sync(file)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
