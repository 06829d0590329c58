//go:build linux || freebsd

package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// leftoversDepth is how deep folders of others are searched that any user may write to.
	leftoversDepth = 4
	// mostSearched bounds how many entries of others are looked at.
	mostSearched = 100_000
)

// removeFilesOf removes a uid's files and folders from folders that any user may write to. No
// process of the uid must be alive. No link is followed.
func removeFilesOf(ctx context.Context, uid int, folders []string) error {
	s := search{uid: uid, left: mostSearched}
	var all error
	for _, folder := range folders {
		descriptor, err := unix.Open(folder, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return fmt.Errorf("looking for what user %d left in %s: %w", uid, folder, err)
		}
		if err := s.within(ctx, os.NewFile(uintptr(descriptor), folder), leftoversDepth); err != nil {
			all = errors.Join(all, fmt.Errorf("removing what user %d left in %s: %w", uid, folder, err))
		}
	}
	return all
}

// search goes through folders that are not the uid's.
type search struct {
	uid  int
	left int // entries that may still be looked at
}

// within removes what the uid has in a folder, which it closes.
func (s *search) within(ctx context.Context, folder *os.File, depth int) error {
	defer folder.Close()
	var all error
	for s.left > 0 {
		names, err := folder.Readdirnames(256)
		if len(names) == 0 {
			// A folder that goes while it is read has nothing in it.
			return all
		}
		if err != nil {
			return errors.Join(all, err)
		}
		for _, name := range names {
			s.left--
			if err := s.entry(ctx, folder, name, depth); err != nil {
				all = errors.Join(all, err)
			}
		}
		if ctx.Err() != nil {
			return errors.Join(all, ctx.Err())
		}
	}
	return all
}

func (s *search) entry(ctx context.Context, folder *os.File, name string, depth int) error {
	var info unix.Stat_t
	err := unix.Fstatat(int(folder.Fd()), name, &info, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", filepath.Join(folder.Name(), name), err)
	case int(info.Uid) == s.uid:
		return removeTree(ctx, folder, name)
	case info.Mode&unix.S_IFMT != unix.S_IFDIR || info.Mode&unix.S_IWOTH == 0 || depth == 0:
		return nil
	}
	inner, err := openFolder(folder, name)
	if err != nil {
		return nil // Its owner changed it meanwhile.
	}
	return s.within(ctx, inner, depth-1)
}

func openFolder(parent *os.File, name string) (*os.File, error) {
	descriptor, err := unix.Openat(int(parent.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(descriptor), filepath.Join(parent.Name(), name)), nil
}

// removeTree removes a file or a tree. Folders inside it are first moved up beside it, so that one
// that is deeper than a path may be long, or than there are descriptors, is removed as well.
func removeTree(ctx context.Context, parent *os.File, name string) error {
	for names := []string{name}; len(names) > 0; names = names[1:] {
		if err := unlinked(unix.Unlinkat(int(parent.Fd()), names[0], 0)); err == nil {
			continue
		} else if !errors.Is(err, errFolder) {
			return fmt.Errorf("%s: %w", filepath.Join(parent.Name(), names[0]), err)
		}
		folder, err := openFolder(parent, names[0])
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(parent.Name(), names[0]), err)
		}
		moved, err := emptyFolder(ctx, parent, folder)
		if err != nil {
			return err
		}
		if err := unlinked(unix.Unlinkat(int(parent.Fd()), names[0], unix.AT_REMOVEDIR)); err != nil {
			return fmt.Errorf("%s: %w", folder.Name(), err)
		}
		names = append(names, moved...)
	}
	return nil
}

// emptyFolder removes the files of a folder, which it closes, and moves its folders to parent: their
// names there are returned.
func emptyFolder(ctx context.Context, parent, folder *os.File) (moved []string, err error) {
	defer folder.Close()
	for {
		if ctx.Err() != nil {
			return moved, ctx.Err()
		}
		names, _ := folder.Readdirnames(1024)
		if len(names) == 0 {
			return moved, nil
		}
		for _, name := range names {
			err := unlinked(unix.Unlinkat(int(folder.Fd()), name, 0))
			if errors.Is(err, errFolder) {
				to := ".eaibench-removed-" + strconv.Itoa(os.Getpid()) + "-" + randomHex()
				if err = unix.Renameat(int(folder.Fd()), name, int(parent.Fd()), to); err == nil {
					moved = append(moved, to)
				}
			}
			if err != nil {
				return moved, fmt.Errorf("%s: %w", filepath.Join(folder.Name(), name), err)
			}
		}
		// What was removed may have moved the place where reading goes on.
		if _, err := folder.Seek(0, 0); err != nil {
			return moved, err
		}
	}
}

// unlinked takes it for removed when it was not there.
func unlinked(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
