package launcher

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"eaibench/internal/endpoint"
)

// Folders and files inside the data folder.
const (
	programsFolder     = "programs-data-base"
	sourcesFolder      = programsFolder + "/sources"
	executablesFolder  = programsFolder + "/cheri-caps-executables"
	certificatesFolder = programsFolder + "/certificates"
	databaseFile       = programsFolder + "/file_database.json"
	signaturesFolder   = "attestable-data/signatures"
	lockFile           = "lock"
)

// Store keeps sources, executables, the public parts of certificates, and evidence in folders.
// It may be used by several goroutines. One data folder has one Store at a time.
type Store struct {
	folder string
	lock   *os.File

	mu    sync.Mutex
	db    *database
	inUse map[int]int // program ID to the number of compilations and executions under way
}

// OpenStore opens the store in a data folder, making what is missing. A damaged database is a
// *DamagedError and left as it is.
func OpenStore(folder string) (*Store, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	for _, sub := range []string{sourcesFolder, executablesFolder, certificatesFolder, signaturesFolder} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o700); err != nil {
			return nil, fmt.Errorf("making the data folder: %w", err)
		}
	}
	lock, err := lockFolder(filepath.Join(folder, lockFile))
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", folder, err)
	}
	s := &Store{folder: folder, lock: lock, inUse: make(map[int]int)}
	if err := s.recover(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Close lets another launcher use the folder.
func (s *Store) Close() error { return s.lock.Close() }

// Upload stores a source under its file name. A name that is there already keeps its ID; with
// other content, what was compiled from the old one is dropped (replaced is true). Faults: 400
// for the name, an empty file or an archive that is not one of sources, 409 when the name's program is in use or belongs to another file,
// 413 when it is too long.
func (s *Store) Upload(fileName string, content []byte) (p Program, replaced bool, err error) {
	name, err := programName(fileName)
	switch {
	case err != nil:
		return Program{}, false, err
	case len(content) == 0:
		return Program{}, false, endpoint.NewFault(http.StatusBadRequest, "file %s is empty", fileName)
	case len(content) > UploadLimit:
		return Program{}, false, endpoint.NewFault(http.StatusRequestEntityTooLarge, "file %s is longer than %d bytes", fileName, UploadLimit)
	}
	if _, err := sourcesOf(name, fileName, content); err != nil {
		return Program{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.copyDatabase()
	hash := hexHash(content)
	i := slices.IndexFunc(next.Programs, func(p Program) bool { return p.Name == name })
	var dropped []Executable
	if i < 0 {
		next.Programs = append(next.Programs, Program{ID: next.NextID, Name: name, FileName: fileName})
		next.NextID++
		i = len(next.Programs) - 1
	} else {
		old := next.Programs[i]
		switch {
		case old.FileName != fileName:
			return Program{}, false, endpoint.NewFault(http.StatusConflict,
				"program %s is already held by file %s (ID %d): delete that one or choose another name", name, old.FileName, old.ID)
		case old.SourceSHA256 == hash && s.holdsSource(old):
			return old, false, nil
		case s.inUse[old.ID] > 0:
			return Program{}, false, inUseFault(old)
		}
		dropped, replaced = old.Executables, true
	}
	entry := &next.Programs[i]
	entry.SourceSHA256, entry.Uploaded, entry.Executables = hash, time.Now().UTC(), []Executable{}
	if err := writeDurably(filepath.Join(s.folder, sourcesFolder, fileName), content, 0o600); err != nil {
		return Program{}, false, fmt.Errorf("storing source: %w", err)
	}
	if err := s.commit(next); err != nil {
		return Program{}, false, err
	}
	return *entry, replaced, s.removeExecutables(dropped)
}

// List gives every program, by ID.
func (s *Store) List() []Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copyDatabase().Programs
}

// Delete removes a program with its source, executables and certificates. Evidence stays: it is
// stored by the executable's hash and is a record. Faults: 404, and 409 while it is in use.
func (s *Store) Delete(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.copyDatabase()
	i := indexOf(next, id)
	if i < 0 {
		return noProgram(id)
	}
	p := next.Programs[i]
	if s.inUse[id] > 0 {
		return inUseFault(p)
	}
	next.Programs = slices.Delete(next.Programs, i, i+1)
	if err := s.commit(next); err != nil {
		return err
	}
	// From here the program is gone; what a crash leaves of its files is only waste.
	certificates, err := s.certificateFolders(p.Name)
	for _, folder := range certificates {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	if removed := os.Remove(s.sourcePath(p)); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return errors.Join(err, s.removeExecutables(p.Executables))
}

// use gives a program for a compilation or an execution; until release is called it can be neither
// replaced nor deleted.
func (s *Store) use(id int) (p Program, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := indexOf(s.db, id)
	if i < 0 {
		return Program{}, nil, noProgram(id)
	}
	s.inUse[id]++
	return s.copyDatabase().Programs[i], sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.inUse[id]--; s.inUse[id] == 0 {
			delete(s.inUse, id)
		}
	}), nil
}

// addExecutable stores what a program was compiled to, in place of what the mode had before, and
// fills in the file, size and hash.
func (s *Store) addExecutable(id int, e Executable, content []byte) (Executable, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.copyDatabase()
	i := indexOf(next, id)
	if i < 0 {
		return Executable{}, noProgram(id)
	}
	p := &next.Programs[i]
	e.SHA256, e.Size, e.Compiled = hexHash(content), int64(len(content)), time.Now().UTC()
	e.File = executableFile(p.Name, e.Mode, e.SHA256)
	// The hash in its name keeps the one before whole until the database names the new one.
	if err := writeDurably(s.executablePath(e), content, 0o700); err != nil {
		return Executable{}, fmt.Errorf("storing executable: %w", err)
	}
	var dropped []Executable
	p.Executables = slices.DeleteFunc(p.Executables, func(old Executable) bool {
		if old.Mode == e.Mode && old.File != e.File {
			dropped = append(dropped, old)
		}
		return old.Mode == e.Mode
	})
	p.Executables = append(p.Executables, e)
	if err := s.commit(next); err != nil {
		return Executable{}, err
	}
	return e, s.removeExecutables(dropped)
}

func (s *Store) executablePath(e Executable) string {
	return filepath.Join(s.folder, executablesFolder, e.File)
}

func (s *Store) removeExecutables(executables []Executable) error {
	var all error
	for _, e := range executables {
		if err := os.Remove(s.executablePath(e)); !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	if all != nil {
		return fmt.Errorf("removing old executables: %w", all)
	}
	return nil
}

// commit makes next the content of the store.
func (s *Store) commit(next *database) error {
	if err := next.write(filepath.Join(s.folder, databaseFile)); err != nil {
		return err
	}
	s.db = next
	return nil
}

func (s *Store) copyDatabase() *database {
	next := *s.db
	next.Programs = slices.Clone(s.db.Programs)
	for i := range next.Programs {
		next.Programs[i].Executables = slices.Clone(next.Programs[i].Executables)
	}
	return &next
}

func indexOf(d *database, id int) int {
	return slices.IndexFunc(d.Programs, func(p Program) bool { return p.ID == id })
}

func noProgram(id int) error {
	return endpoint.NewFault(http.StatusNotFound, "no program has ID %d", id)
}

func inUseFault(p Program) error {
	return endpoint.NewFault(http.StatusConflict, "program %s (ID %d) is being compiled or executed: try again when that has ended", p.Name, p.ID)
}

// executableFile names the file of an executable. Programs and modes have no underscore.
func executableFile(program, mode, sha256 string) string {
	return program + "_" + mode + "_" + sha256[:min(16, len(sha256))]
}

// executable gives what the program was compiled to in a mode; the newest of all for mode "".
func (p *Program) executable(mode string) (Executable, error) {
	for _, e := range slices.Backward(p.Executables) {
		if mode == "" || e.Mode == mode {
			return e, nil
		}
	}
	in := ""
	if mode != "" {
		in = " in mode " + mode
	}
	return Executable{}, endpoint.NewFault(http.StatusNotFound, "program %s (ID %d) is not compiled%s: compile it first", p.Name, p.ID, in)
}

func hexHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// certificateFolders lists the folders with a program's certificates, one a run.
func (s *Store) certificateFolders(program string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.folder, certificatesFolder))
	if err != nil {
		return nil, fmt.Errorf("listing certificates: %w", err)
	}
	var folders []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), program+"_") {
			folders = append(folders, filepath.Join(s.folder, certificatesFolder, entry.Name()))
		}
	}
	return folders, nil
}
