package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// readFiles hashes the executable and every other file mapped executable, and
// counts executable mappings whose content is no file's.
func (f *ProcessFacts) readFiles(ctx context.Context) error {
	mappings, err := parseMaps(f.MemoryMap)
	if err != nil {
		return err
	}
	if len(mappings) > maximumMappings {
		return fmt.Errorf("it has %d mappings; at most %d are measured", len(mappings), maximumMappings)
	}
	executable, err := f.readExecutable(ctx)
	if err != nil {
		return err
	}
	sizes := map[[3]uint64]uint64{} // of the files seen, in bytes
	for _, m := range mappings {
		if !m.executable() {
			continue
		}
		if m.inode != 0 {
			file := m.file()
			if _, seen := sizes[file]; !seen {
				if sizes[file], err = f.readMapped(ctx, m, executable); err != nil {
					return fmt.Errorf("mapped file %s: %w", m.path, err)
				}
			}
			if err := m.checkLength(sizes[file], uint64(os.Getpagesize())); err != nil {
				return err
			}
		}
		changed, err := f.changedPages(ctx, m)
		if err != nil {
			return err
		}
		if changed || m.writable() || (m.inode == 0 && !m.kernels()) {
			f.AnonymousExecutable++
		}
	}
	slices.SortFunc(f.Libraries, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(f.Alterable)
	return nil
}

// readExecutable reads /proc/PID/exe, which leads to the file itself even where
// its path leads elsewhere.
func (f *ProcessFacts) readExecutable(ctx context.Context) (Identity, error) {
	link := procPath(f.PID, "exe")
	var err error
	if f.Executable.Path, err = os.Readlink(link); err != nil {
		return Identity{}, err
	}
	file, err := os.Open(link)
	if err != nil {
		return Identity{}, err
	}
	defer file.Close()
	stat, err := statOf(file)
	if err != nil {
		return Identity{}, err
	}
	if f.Executable.SHA256, err = hashMapped(ctx, file, stat, io.Discard); err != nil {
		return Identity{}, fmt.Errorf("executable %s: %w", f.Executable.Path, err)
	}
	f.ELF, err = ParseELF(file)
	return stat.Identity, err
}

// readMapped hashes the file of a mapping, unless it is the executable's, and
// gives its size.
func (f *ProcessFacts) readMapped(ctx context.Context, m mapping, executable Identity) (uint64, error) {
	file, err := f.openMapped(m)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	stat, err := statOf(file)
	if err != nil || stat.Identity == executable {
		return stat.size, err
	}
	var version versionFinder
	var beside io.Writer = io.Discard
	libcrypto := strings.HasPrefix(filepath.Base(m.path), "libcrypto.")
	if libcrypto {
		beside = &version
	}
	library := File{Path: m.path}
	if library.SHA256, err = hashMapped(ctx, file, stat, beside); err != nil {
		return 0, err
	}
	f.Libraries = append(f.Libraries, library)
	if libcrypto {
		f.OpenSSL = version.found
	}
	if stat.alterable {
		f.Alterable = append(f.Alterable, m.path)
	}
	return stat.size, nil
}

// openMapped opens the very file of a mapping. With root's rights the kernel
// hands it out (map_files), even if its path leads elsewhere by now. Without, the
// path is opened in the process's own root and must lead to the mapped device and
// inode.
func (f *ProcessFacts) openMapped(m mapping) (*os.File, error) {
	file, err := os.Open(procPath(f.PID, fmt.Sprintf("map_files/%x-%x", m.start, m.end)))
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return file, err
	}
	// A name may lead to a pipe by now: opening it must not wait.
	file, err = os.OpenFile(procPath(f.PID, "root")+m.path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	stat, err := statOf(file)
	if err == nil && stat.Identity != (Identity{unix.Mkdev(uint32(m.major), uint32(m.minor)), m.inode}) {
		err = errors.New("the path leads to another file than the mapped one")
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// pagesAtOnce is how many entries of pagemap are read at a time, 8 bytes each.
const pagesAtOnce = 1024

// changedPages tells whether a mapping holds pages of its own, which are then no
// longer the file's: code was written to, by the process or by one that may.
func (f *ProcessFacts) changedPages(ctx context.Context, m mapping) (bool, error) {
	if !m.hasPages() {
		return false, nil
	}
	file, err := os.Open(procPath(f.PID, "pagemap"))
	if err != nil {
		return false, err
	}
	defer file.Close()
	size := uint64(os.Getpagesize())
	next, pages := m.start/size, (m.end-m.start)/size
	entries := make([]byte, min(pages, pagesAtOnce)*8)
	for ; pages > 0; next, pages = next+uint64(len(entries)/8), pages-uint64(len(entries)/8) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		entries = entries[:min(pages, pagesAtOnce)*8]
		if _, err := file.ReadAt(entries, int64(next*8)); err != nil {
			return false, fmt.Errorf("read the pages of %s: %w", m.path, err)
		}
		if holdsOwnPages(entries, hostOrder) {
			return true, nil
		}
	}
	return false, nil
}

// fileStat is what is asked about an open file.
type fileStat struct {
	Identity
	regular   bool
	size      uint64 // bytes
	alterable bool   // by somebody other than root
}

func statOf(file *os.File) (fileStat, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return fileStat{}, &os.PathError{Op: "stat", Path: file.Name(), Err: err}
	}
	return fileStat{
		Identity: Identity{uint64(stat.Dev), stat.Ino},
		regular:  stat.Mode&unix.S_IFMT == unix.S_IFREG,
		size:     uint64(stat.Size),
		// An access control list that lets others write shows as the group's right.
		alterable: stat.Uid != 0 || stat.Mode&(unix.S_IWGRP|unix.S_IWOTH) != 0,
	}, nil
}

// hashMapped hashes a file piece by piece, and writes it beside.
func hashMapped(ctx context.Context, file io.Reader, stat fileStat, beside io.Writer) (sum [sha256.Size]byte, err error) {
	if !stat.regular || stat.size > maximumMapped {
		return sum, fmt.Errorf("it is not a regular file of at most %d bytes", maximumMapped)
	}
	hash := sha256.New()
	pieces := make([]byte, 256<<10)
	content := io.LimitReader(&untilDone{ctx, file}, int64(stat.size))
	n, err := io.CopyBuffer(io.MultiWriter(hash, beside), content, pieces)
	if err == nil && uint64(n) != stat.size {
		err = io.ErrUnexpectedEOF
	}
	return [sha256.Size]byte(hash.Sum(nil)), err
}

// versionFinder finds the version text in the content of a libcrypto that is
// written to it in pieces.
type versionFinder struct {
	found string
	rest  []byte // end of what came before, as long as the longest version text
}

func (v *versionFinder) Write(piece []byte) (int, error) {
	if v.found == "" {
		const longest = 128
		joined := append(v.rest, piece...)
		v.found = OpenSSLVersion(joined)
		v.rest = bytes.Clone(joined[max(0, len(joined)-longest):])
	}
	return len(piece), nil
}
