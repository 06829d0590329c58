package results

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is a line of the manifest: a file by its slash-separated path and its SHA-256.
type entry struct {
	path string
	sum  [sha256.Size]byte
}

// contents is what a campaign's folder holds besides report/, the manifest and its signature.
type contents struct {
	files, folders []string
	// others are neither files nor folders: links, sockets. What a link leads to is not in the folder.
	others []string
}

// list walks the folder. Links are not followed.
func list(folder string) (contents, error) {
	var found contents
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".":
		case path == reportFolder && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir():
			found.folders = append(found.folders, path)
		case !entry.Type().IsRegular():
			found.others = append(found.others, path)
		case path != manifestFile && path != signatureFile:
			found.files = append(found.files, path)
		}
		return nil
	})
	slices.Sort(found.files)
	return found, err
}

// lacksFile tells that something else, such as a link, has the name of a file.
func (c contents) lacksFile(name string) bool {
	return slices.Contains(c.others, name) || slices.Contains(c.folders, name)
}

// manifestOf hashes the folder's files in the order of their names.
func manifestOf(folder string) ([]byte, error) {
	found, err := list(folder)
	if err != nil {
		return nil, err
	}
	if len(found.others) > 0 {
		return nil, fmt.Errorf("%s is no file: a campaign has no links", found.others[0])
	}
	var entries []entry
	for _, path := range found.files {
		if path == "."+manifestFile { // left by a seal that was interrupted, and about to be replaced
			continue
		}
		if err := checkPath(path); err != nil {
			return nil, err
		}
		sum, err := fileSHA256(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{path, sum})
	}
	return formatManifest(entries), nil
}

// formatManifest writes the lines of coreutils' sha256sum.
func formatManifest(entries []entry) []byte {
	var text bytes.Buffer
	for _, one := range entries {
		fmt.Fprintf(&text, "%x  %s\n", one.sum, one.path)
	}
	return text.Bytes()
}

// parseManifest reads exactly what formatManifest writes: anything that could be written in two ways, such as a digest
// in capitals, is refused, so that no byte of a manifest can change unnoticed.
func parseManifest(text []byte) ([]entry, error) {
	const sumDigits = 2 * sha256.Size
	var entries []entry
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		digits, path, found := strings.Cut(line, "  ")
		path, whole := strings.CutSuffix(path, "\n")
		if !found || !whole || len(digits) != sumDigits || strings.ToLower(digits) != digits {
			return nil, fmt.Errorf("line %d is not 64 digits of a SHA-256, two spaces and a path", number)
		}
		one := entry{path: path}
		if _, err := hex.Decode(one.sum[:], []byte(digits)); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if err := checkPath(path); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if len(entries) > 0 && entries[len(entries)-1].path >= path {
			return nil, fmt.Errorf("line %d: %q stands behind %q: the paths are not in order", number, path, entries[len(entries)-1].path)
		}
		entries = append(entries, one)
	}
	if len(entries) == 0 {
		return nil, errors.New("it names no file")
	}
	return entries, nil
}

// checkPath refuses what could name a file outside the folder or not in the manifest, and what sha256sum would write
// with a backslash before the line.
func checkPath(name string) error {
	first, _, _ := strings.Cut(name, "/")
	switch {
	case !fs.ValidPath(name) || name == "." || path.Clean(name) != name:
		return fmt.Errorf("%q is no path inside the campaign", name)
	case strings.ContainsAny(name, "\n\r\\\x00"):
		return fmt.Errorf("%q has a line break, a backslash or a zero byte", name)
	case name == manifestFile || name == signatureFile || first == reportFolder:
		return fmt.Errorf("%q is not for the manifest", name)
	}
	return nil
}

func fileSHA256(file string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close() // only read
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}
