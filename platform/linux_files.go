package platform

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// takeFiles notes the files of executable mappings, but for the executable.
func (f *ProcessFacts) takeFiles(files map[[3]uint64]hashedFile, executables []mapping, own Identity) {
	taken := map[[3]uint64]bool{}
	for _, m := range executables {
		file := files[m.file()]
		if m.inode == 0 || taken[m.file()] || file.Identity == own {
			continue
		}
		taken[m.file()] = true
		f.Libraries = append(f.Libraries, File{m.path, file.sha256})
		if strings.HasPrefix(path.Base(m.path), "libcrypto.") {
			f.OpenSSL = file.openSSL
		}
		if file.alterable {
			f.Alterable = append(f.Alterable, m.path)
		}
	}
	slices.SortFunc(f.Libraries, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(f.Alterable)
}

// hashedFile is what the host told of an open file.
type hashedFile struct {
	Identity
	sha256    [sha256.Size]byte
	size      uint64 // bytes
	alterable bool   // by somebody other than root
	openSSL   string // version, of a libcrypto
}

// hashFiles opens the very file of each mapping, as openMapped does, and prints of it, open, how it was found, device, inode, mode, owner
// and size, then its hash, then the version text of a libcrypto, then a dot.
const hashFiles = `p=$1; version=$2; shift 2
while [ $# -gt 0 ]; do
	f=/proc/$p/map_files/$1; how=held
	(: <"$f") 2>/dev/null || { f=/proc/$p/root$2; how=named; }
	[ -f "$f" ] || { echo "$2 is no regular file" >&2; exit 1; }
	exec 3<"$f"
	echo "$how $(stat -L -c '%d %i %f %u %s' /proc/self/fd/3)"
	sha256sum <&3 || exit
	case $2 in */libcrypto.*) grep -a -o -m 1 -E "$version" /proc/self/fd/3 | head -n 1 ;; esac
	echo .
	shift 2
done`

// files hashes the files of mappings, each once.
func (l Linux) files(ctx context.Context, pid int, mappings []mapping) (map[[3]uint64]hashedFile, error) {
	var first []mapping // of each file
	for _, m := range mappings {
		if m.inode != 0 && !slices.ContainsFunc(first, func(other mapping) bool { return other.file() == m.file() }) {
			first = append(first, m)
		}
	}
	args := []string{strconv.Itoa(pid), opensslVersion.String()}
	for _, m := range first {
		args = append(args, fmt.Sprintf("%x-%x", m.start, m.end), m.path)
	}
	said, err := l.script(ctx, hashFiles, args...)
	if err != nil {
		return nil, fmt.Errorf("mapped files: %w", err)
	}
	parts := strings.Split(strings.TrimSuffix(string(said), ".\n"), "\n.\n")
	if len(first) == 0 || len(parts) != len(first) {
		return nil, fmt.Errorf("%d of %d mapped files were read", len(parts), len(first))
	}
	files := map[[3]uint64]hashedFile{}
	for i, m := range first {
		if files[m.file()], err = parseHashed(parts[i], m); err != nil {
			return nil, fmt.Errorf("mapped file %s: %w", m.path, err)
		}
	}
	return files, nil
}

// parseHashed reads what hashFiles printed of one file.
func parseHashed(text string, m mapping) (file hashedFile, err error) {
	told, rest, _ := strings.Cut(text, "\n")
	sum, version, _ := strings.Cut(rest, "\n")
	fields := strings.Fields(told)
	if len(fields) != 6 {
		return file, fmt.Errorf("the host says %q of it", told)
	}
	identity, err1 := parseIdentity(fields[1] + " " + fields[2])
	mode, err2 := strconv.ParseUint(fields[3], 16, 32)
	size, err3 := strconv.ParseUint(fields[5], 10, 63)
	if err := errors.Join(err1, err2, err3); err != nil {
		return file, err
	}
	const kinds, regular, othersWrite = 0o170000, 0o100000, 0o022 // inode(7)
	switch {
	case mode&kinds != regular || size > maximumMapped:
		return file, fmt.Errorf("it is not a regular file of at most %d bytes", maximumMapped)
	case fields[0] != "held" && identity != Identity{linuxDevice(m.major, m.minor), m.inode}:
		return file, errors.New("the path leads to another file than the mapped one")
	}
	sum, _, _ = strings.Cut(sum, " ")
	hash, err := hex.DecodeString(sum)
	if err != nil || len(hash) != sha256.Size {
		return file, fmt.Errorf("the host says %q for its hash", sum)
	}
	return hashedFile{
		Identity: identity, sha256: [sha256.Size]byte(hash), size: size, openSSL: OpenSSLVersion([]byte(version)),
		// An access control list that lets others write shows as the group's right.
		alterable: fields[4] != "0" || mode&othersWrite != 0,
	}, nil
}

// linuxDevice is a device's number as Linux's C libraries make it of its two halves (makedev(3)).
func linuxDevice(major, minor uint64) uint64 {
	return minor&0xff | major&0xfff<<8 | minor&^0xff<<12 | major&^0xfff<<32
}

// readPages prints entries of pagemap, from a page on so many, then a dot.
const readPages = `f=/proc/$1/pagemap; shift
: <"$f" || exit
while [ $# -gt 0 ]; do
	dd if="$f" bs=8 skip="$1" count="$2" 2>/dev/null | od -An -v -t x1
	echo .
	shift 2
done`

// changed tells of each mapping whether it holds pages of its own.
func (l Linux) changed(ctx context.Context, pid int, mappings []mapping, page uint64) ([]bool, error) {
	changed := make([]bool, len(mappings))
	args, asked := []string{strconv.Itoa(pid)}, []int{}
	for i, m := range mappings {
		if m.hasPages() {
			args, asked = append(args, strconv.FormatUint(m.start/page, 10), strconv.FormatUint((m.end-m.start)/page, 10)), append(asked, i)
		}
	}
	said, err := l.script(ctx, readPages, args...)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(string(said), ".\n")
	if len(parts) != len(asked)+1 {
		return nil, fmt.Errorf("the pages of %d mappings were read, of %d", len(parts)-1, len(asked))
	}
	for i, at := range asked {
		entries, err := hex.DecodeString(strings.Join(strings.Fields(parts[i]), ""))
		m := mappings[at]
		if err != nil || uint64(len(entries)) != (m.end-m.start)/page*8 {
			return nil, fmt.Errorf("read the pages of %s: %d bytes were read of %d", m.path, len(entries), (m.end-m.start)/page*8)
		}
		changed[at] = holdsOwnPages(entries, binary.LittleEndian)
	}
	return changed, nil
}
