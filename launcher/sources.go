package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"eaibench/integration_process"
	"eaibench/internal/endpoint"
)

func (s *Store) sourcePath(p Program) string {
	return filepath.Join(s.folder, sourcesFolder, p.FileName)
}

func (s *Store) holdsSource(p Program) bool {
	content, err := os.ReadFile(s.sourcePath(p))
	return err == nil && hexHash(content) == p.SourceSHA256
}

// source reads what was uploaded, as it is stored now.
func (s *Store) source(p Program) ([]byte, error) {
	content, err := os.ReadFile(s.sourcePath(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, endpoint.NewFault(http.StatusNotFound, "source %s of program %d is no longer there: upload it again", p.FileName, p.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("reading source: %w", err)
	}
	return content, nil
}

// sources are the files of a program. An archive is kept as it was uploaded, and unpacked here alone, in memory.
func (s *Store) sources(p Program) (*integration_process.Sources, error) {
	content, err := s.source(p)
	if err != nil {
		return nil, err
	}
	return sourcesOf(p.Name, p.FileName, content)
}

// sourcesOf refuses, with a 400 or 413, a file that no program can be compiled from.
func sourcesOf(program, fileName string, content []byte) (*integration_process.Sources, error) {
	sources, err := integration_process.NewSources(program, fileName, content)
	switch {
	case errors.Is(err, integration_process.ErrTooLarge):
		return nil, endpoint.NewFault(http.StatusRequestEntityTooLarge, "%v", err)
	case err != nil:
		return nil, endpoint.NewFault(http.StatusBadRequest, "%v", err)
	}
	return sources, nil
}
