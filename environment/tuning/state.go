package tuning

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"eaibench/environment"
)

// lockFile is held by whoever has changed settings, as long as it lives. It stays: were it
// removed, two could hold one each.
const lockFile = "/var/lib/eaibench/lock"

// ErrInUse: another eaibench, which lives, has changed settings of this host.
var ErrInUse = errors.New("another eaibench has changed settings of this host and is still at work")

// hold takes the lock. The folder is made if need be.
func (h *host) hold() (*os.File, error) {
	file := h.path(lockFile)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// load reads the state, nil if there is none.
func (h *host) load() (*environment.State, error) {
	text, err := os.ReadFile(h.path(environment.StateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state := new(environment.State)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(state); err != nil {
		return nil, fmt.Errorf("%s: %w", environment.StateFile, err)
	}
	if state.Version != environment.StateVersion {
		return nil, fmt.Errorf("%s has version %d; this program reads %d", environment.StateFile, state.Version, environment.StateVersion)
	}
	for _, change := range state.Changes {
		// Whoever could write the file could have a root's eaibench write elsewhere.
		if !strings.HasPrefix(change.Setting, "/sys/") || filepath.Clean(change.Setting) != change.Setting {
			return nil, fmt.Errorf("%s: %q is no setting of the kernel", environment.StateFile, change.Setting)
		}
	}
	return state, nil
}

// save has the state on the disk when it returns. One without changes is removed.
func (h *host) save(state *environment.State) (err error) {
	file := h.path(environment.StateFile)
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	if len(state.Changes) == 0 {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return folder.Sync()
	}
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSynced(file+".new", append(text, '\n')); err != nil {
		return err
	}
	if err := os.Rename(file+".new", file); err != nil {
		return err
	}
	return folder.Sync()
}

func writeSynced(file string, text []byte) error {
	// Everybody may read it: who observes this host records what is changed.
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// boot names this start of the system, "" where it is not told.
func (h *host) boot() string {
	text, _ := os.ReadFile(h.path(environment.BootFile))
	return strings.TrimSpace(string(text))
}
