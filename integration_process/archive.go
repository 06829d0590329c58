package integration_process

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a program of several files.
const (
	MostFiles   = 64       // .c and .h together
	MostBytes   = 16 << 20 // of all of them, unpacked
	longestName = 200      // bytes of a file's path

	mostEntries  = 4 * MostFiles     // of an archive: folders and global headers are entries too
	mostUnzipped = MostBytes + 2<<20 // bytes of an archive as it is behind gzip: headers, padding
	firstFolder  = `[A-Za-z0-9_][A-Za-z0-9_-]{0,62}/`
	sourceName   = `[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\.[ch]`
)

// ErrTooLarge is among the causes when a program's files are too many or too long.
var ErrTooLarge = errors.New("too large")

// sourcePaths have no folder with a dot, so that none leads out, hides, or has a file's name.
var sourcePaths = regexp.MustCompile(`^(?:` + firstFolder + `){0,7}` + sourceName + `$`)

// definesMain finds a main function, or what looks like one: the linker has the last word.
var definesMain = regexp.MustCompile(`\bmain\s*\(`)

// ArchiveEndings are the endings of files that hold several sources.
func ArchiveEndings() []string { return []string{".tar", ".tar.gz"} }

// IsArchive says whether a file of that name is taken for an archive of sources instead of one source.
func IsArchive(fileName string) bool {
	return slices.ContainsFunc(ArchiveEndings(), func(ending string) bool { return strings.HasSuffix(fileName, ending) })
}

// readArchive reads the .c and .h files of an archive, without ever writing a file: whatever else than files and folders is in it,
// or a name that could lead out of its folder, is an error.
func readArchive(fileName string, content []byte) (map[string][]byte, error) {
	own, err := unpack(fileName, content)
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", fileName, err)
	}
	if own, err = checked(own); err != nil {
		return nil, fmt.Errorf("archive %s: %w", fileName, err)
	}
	return own, nil
}

func unpack(fileName string, content []byte) (map[string][]byte, error) {
	var stream io.Reader = bytes.NewReader(content)
	if strings.HasSuffix(fileName, ".gz") {
		unzipped, err := gzip.NewReader(stream)
		if err != nil {
			return nil, fmt.Errorf("it is not compressed with gzip: %w", err)
		}
		stream = unzipped
	}
	stream = &bounded{stream, mostUnzipped}
	archive := tar.NewReader(stream)
	c := collection{files: map[string][]byte{}}
	for entries := 0; ; entries++ {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is not a tar archive that can be read: %w", err)
		}
		if entries == mostEntries {
			return nil, fmt.Errorf("%w: it has more than %d entries", ErrTooLarge, mostEntries)
		}
		if err := c.entry(header, archive); err != nil {
			return nil, err
		}
	}
	// gzip's checksum comes last.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return nil, fmt.Errorf("behind its last entry: %w", err)
	}
	return c.files, nil
}

// bounded is a reader that gives at most left bytes: gzip makes a thousand of one.
type bounded struct {
	from io.Reader
	left int64
}

// Read fails when there is more.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, mostUnzipped)
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// collection is what has been read.
type collection struct {
	files map[string][]byte
	bytes int64
}

// kinds names what an archive may have besides files and folders.
var kinds = map[byte]string{
	tar.TypeLink: "a hard link", tar.TypeSymlink: "a symbolic link", tar.TypeChar: "a device", tar.TypeBlock: "a device", tar.TypeFifo: "a named pipe",
}

func (c *collection) entry(header *tar.Header, content io.Reader) error {
	switch header.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir, tar.TypeXGlobalHeader: // git writes one of the latter
		return nil // folders are made as the files in them need
	default:
		kind := kinds[header.Typeflag]
		if kind == "" {
			kind = "neither a file nor a folder"
		}
		return fmt.Errorf("%q is %s: only .c and .h files, and folders of them, may be in it", shortened(header.Name), kind)
	}
	return c.add(strings.TrimPrefix(header.Name, "./"), header.Size, content)
}

// add reads one file.
func (c *collection) add(name string, size int64, content io.Reader) error {
	switch _, twice := c.files[name]; {
	case len(name) > longestName || !sourcePaths.MatchString(name):
		return fmt.Errorf("%q is not the name of a .c or .h file below this folder: letters, digits, _ and - (and . in a file's name), at most %d bytes", shortened(name), longestName)
	case twice:
		return fmt.Errorf("%s is there twice", name)
	case len(c.files) == MostFiles:
		return fmt.Errorf("%w: more than %d files", ErrTooLarge, MostFiles)
	case size > MostBytes-c.bytes:
		return fmt.Errorf("%w: its files have more than %d bytes", ErrTooLarge, MostBytes)
	}
	text, err := io.ReadAll(io.LimitReader(content, size+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(text)) != size {
		return fmt.Errorf("%s has other bytes than the %d that it is said to have", name, size)
	}
	c.files[name] = text
	c.bytes += size
	return nil
}

// readFolder reads the .c and .h files below a folder. Hidden folders are left alone.
func readFolder(folder fs.FS) (map[string][]byte, error) {
	c := collection{files: map[string][]byte{}}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || (path.Ext(name) != ".c" && path.Ext(name) != ".h"):
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is not a file: links and devices are not followed", name)
		}
		file, err := folder.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return c.add(name, info.Size(), file)
	})
	if err != nil {
		return nil, err
	}
	return checked(c.files)
}

// checked drops the folder that all files share, so that it is one program whether its files were packed or their folder, and
// wants a main function.
func checked(files map[string][]byte) (map[string][]byte, error) {
	names := slices.Sorted(maps.Keys(files))
	if !slices.ContainsFunc(names, func(name string) bool { return path.Ext(name) == ".c" }) {
		return nil, errors.New("there is no .c file")
	}
	if !slices.ContainsFunc(names, func(name string) bool { return path.Ext(name) == ".c" && definesMain.Match(files[name]) }) {
		return nil, errors.New("none of its .c files has a main function")
	}
	shared := sharedFolder(names)
	own := make(map[string][]byte, len(files))
	for name, content := range files {
		own[strings.TrimPrefix(name, shared)] = content
	}
	return own, nil
}

// sharedFolder is the longest folder, with its slash, that all names begin with.
func sharedFolder(names []string) string {
	folder := ""
	for {
		next, _, more := strings.Cut(strings.TrimPrefix(names[0], folder), "/")
		if !more {
			return folder
		}
		longer := folder + next + "/"
		if slices.ContainsFunc(names, func(name string) bool { return !strings.HasPrefix(name, longer) }) {
			return folder
		}
		folder = longer
	}
}

// shortened keeps a stranger's text from filling a message.
func shortened(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
