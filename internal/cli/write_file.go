package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"eaibench/results"
)

var (
	// errInsideCampaign refuses to write where every byte is sealed, or will be.
	errInsideCampaign = errors.New("the file would be inside a campaign: only its report folder is for what is made of it")
	// errNoPlainFile refuses to put a file in the place of a device or a folder.
	errNoPlainFile = errors.New("it is no plain file; - is standard output")
)

// writeFile writes a file, all of it or nothing: under another name first, in the same folder. Where the name is a link's, what
// it leads to is written. A campaign's own files are not. A place where no file can be is bad input.
func writeFile(file string, write func(io.Writer) error) (err error) {
	place, err := placeOf(file)
	if err != nil {
		return badInput("writing %s: %w", file, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(place), "."+filepath.Base(place)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing %s: %w", file, err), os.Remove(temporary.Name()))
		}
	}()
	if err := errors.Join(write(temporary), temporary.Chmod(0o644), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), place)
}

// placeOf is where a file is, or would be, named absolutely and without links.
func placeOf(file string) (string, error) {
	place, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		var folder string
		if folder, err = filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
			place = filepath.Join(folder, filepath.Base(file))
		}
	}
	if err != nil {
		return "", err
	}
	if place, err = filepath.Abs(place); err != nil {
		return "", err
	}
	if info, err := os.Stat(place); err == nil && !info.Mode().IsRegular() {
		return "", errNoPlainFile
	}
	if results.Owns(filepath.Dir(place)) {
		return "", errInsideCampaign
	}
	return place, nil
}
