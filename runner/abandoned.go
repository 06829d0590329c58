package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// operatorPrefix begins the name of every operator's folder.
	operatorPrefix = "eaibench-campaign-"
	// lockName is a file in it which its runner holds locked as long as it lives, however it ends. A
	// folder that is to be kept has none.
	lockName = "lock"
)

// holdFolder marks the operator's folder as this runner's. The file gets its name when it is locked
// already: nobody ever sees it free while the runner lives.
func holdFolder(folder string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(folder, lockName+".new"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the operator's folder: %w", err)
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		err = os.Rename(lock.Name(), filepath.Join(folder, lockName))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the operator's folder: %w", err), lock.Close())
	}
	return lock, nil
}

// makeFolder makes an operator's folder below parent, "" for the system's folder for temporary files, and holds it. Compiler and
// attester, users of their own, can pass through it.
func makeFolder(parent string) (folder string, lock *os.File, err error) {
	if folder, err = os.MkdirTemp(parent, operatorPrefix); err != nil {
		return "", nil, fmt.Errorf("making the operator's folder: %w", err)
	}
	if lock, err = holdFolder(folder); err == nil {
		if err = os.Chmod(folder, 0o711); err == nil {
			return folder, lock, nil
		}
		err = errors.Join(fmt.Errorf("opening the operator's folder: %w", err), lock.Close())
	}
	return "", nil, errors.Join(err, os.RemoveAll(folder))
}

// MakeFolder makes a folder for what must not outlive this program, and removes it with what is in it when the function returned is
// called. Where this program is killed before that, the next campaign of this user removes it.
func MakeFolder() (folder string, remove func() error, err error) {
	folder, lock, err := makeFolder("")
	if err != nil {
		return "", nil, err
	}
	return folder, func() error { return errors.Join(removeHeld(folder), lock.Close()) }, nil
}

// removeHeld removes a held folder, its lock last: who is killed meanwhile, or cannot remove all of it, leaves one that the next campaign
// knows to be abandoned, and not one that seems to be kept.
func removeHeld(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if entry.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

// releaseFolder has a folder outlive its runner.
func releaseFolder(folder string) error {
	if err := os.Remove(filepath.Join(folder, lockName)); err != nil {
		return fmt.Errorf("keeping the operator's folder: %w", err)
	}
	return nil
}

// RemoveAbandoned removes what runners of this user left, keys among it, that were killed before they could; what is in use or
// kept stays. Deploy does it too.
func RemoveAbandoned() error { return removeAbandoned("") }

// removeAbandoned removes the operator's folders, with the keys in them, whose runners were killed
// before they could. It leaves alone what is another user's, in use, or kept.
func removeAbandoned(parent string) error {
	if parent == "" {
		parent = os.TempDir()
	}
	folders, err := filepath.Glob(filepath.Join(parent, operatorPrefix+"*"))
	if err != nil {
		return fmt.Errorf("looking for folders that killed runners left: %w", err)
	}
	var all error
	for _, folder := range folders {
		if err := removeIfAbandoned(folder); err != nil {
			all = errors.Join(all, fmt.Errorf("removing %s, which a killed runner left: %w", folder, err))
		}
	}
	return all
}

func removeIfAbandoned(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() {
		return nil // gone meanwhile, or no folder of a runner's
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
		return nil
	}
	lock, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		err = removeHeld(folder)
	case errors.Is(err, unix.EWOULDBLOCK):
		err = nil // its runner lives
	}
	return errors.Join(err, lock.Close())
}

// deployedFolder is where, in a host's work folder, eaibench is put, as files that begin with deployedPrefix.
const (
	deployedFolder = "bin"
	deployedPrefix = "eaibench-"
)

// copyPause is longer than a copy that goes on leaves its file as it is.
const copyPause = 10 * time.Minute

// removeHalfCopies removes files that were to become eaibench, by names with a dot before it until they are whole, and whose copier was
// killed. Nobody holds them while they are copied, so that what was written to of late stays.
func removeHalfCopies(folder string, now time.Time) error {
	halves, err := filepath.Glob(filepath.Join(folder, "."+deployedPrefix+"*"))
	for _, half := range halves {
		info, looking := os.Lstat(half)
		if looking != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < copyPause {
			continue
		}
		if removing := os.Remove(half); removing != nil && !errors.Is(removing, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("removing half a copy of eaibench: %w", removing))
		}
	}
	return err
}
