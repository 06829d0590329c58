package launcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"eaibench/internal/endpoint"
	"eaibench/platform"
)

// usersFolder has a file for each uid that ever ran a program. Its lock says that a run has the
// uid, over all launchers of this host and until its launcher's end, however that ends. Only root
// can write there.
const usersFolder = "/var/run/eaibench/users"

// usersInterval is how often a run that waits for a uid looks again: another launcher tells nobody.
const usersInterval = 50 * time.Millisecond

// user is the uid, and gid, of one run under way. Programs of one uid can trace, change and end each
// other, so no two runs have the same.
type user struct {
	id   int      // 0: the launcher's own, which is not root's and cannot change it
	lock *os.File // nil for the launcher's own, and on another host
	// there is the lock where programs run on another host.
	there *heldThere
}

// users hands uids out.
type users struct {
	asRoot bool        // else every run has the launcher's own
	there  *usersThere // nil where programs run on this host
	folder string
	log    *slog.Logger
}

// take gives a uid of the range to a run. While all are in use it waits.
func (u *users) take(ctx context.Context, free platform.Users) (*user, error) {
	if !u.asRoot {
		return &user{}, nil
	}
	ticker := time.NewTicker(usersInterval)
	defer ticker.Stop()
	for waits := false; ; waits = true {
		taken, err := u.tryTake(ctx, free)
		if err != nil || taken != nil {
			return taken, err
		}
		if !waits {
			u.log.Warn("a run waits: every user of its mode is in use", "users", free)
		}
		select {
		case <-ctx.Done():
			return nil, endpoint.NewFault(http.StatusServiceUnavailable, "given up: %v, while each of the users %s had a run under way", context.Cause(ctx), free)
		case <-ticker.C:
		}
	}
}

// tryTake takes the last that is free: whoever starts a program by hand takes the first.
func (u *users) tryTake(ctx context.Context, free platform.Users) (*user, error) {
	if u.there != nil {
		return u.there.try(ctx, free)
	}
	if err := os.MkdirAll(u.folder, 0o700); err != nil {
		return nil, fmt.Errorf("taking a user for a run: %w", err)
	}
	for slot := free.Count - 1; slot >= 0; slot-- {
		id, err := free.At(slot)
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(filepath.Join(u.folder, strconv.Itoa(id)))
		if errors.Is(err, errLocked) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("taking a user for a run: %w", err)
		}
		taken := &user{id: id, lock: lock}
		if err := u.prepare(ctx, taken); err != nil {
			u.log.Error("a user cannot be given to a run", "uid", id, "error", err)
			if err := lock.Close(); err != nil {
				return nil, fmt.Errorf("taking a user for a run: %w", err)
			}
			continue
		}
		return taken, nil
	}
	return nil, nil
}

// prepare marks the uid as used, and ends what a launcher that was killed left under it.
func (u *users) prepare(ctx context.Context, taken *user) error {
	info, err := taken.lock.Stat()
	if err != nil {
		return err
	}
	if info.Size() > 0 {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaningTime)
		defer cancel()
		return removeAllOf(bounded, taken.id)
	}
	_, err = taken.lock.WriteString("in use\n")
	return err
}

// giveBack ends everything of the uid. Only when nothing is left another run may have it; else it is
// kept as long as this launcher lives.
func (u *user) giveBack(ctx context.Context) error {
	if u.there != nil {
		if err := u.there.giveBack(ctx, u.id); err != nil {
			return fmt.Errorf("removing what user %d left, which the next run looks for: %w", u.id, err)
		}
		return nil
	}
	if u.lock == nil {
		return nil
	}
	if err := removeAllOf(ctx, u.id); err != nil {
		return fmt.Errorf("removing what user %d left, which stays taken: %w", u.id, err)
	}
	return errors.Join(u.lock.Truncate(0), u.lock.Close())
}

// removeAllOf ends a uid's processes, then removes its files and its shared memory.
func removeAllOf(ctx context.Context, uid int) error {
	if err := endProcessesOf(ctx, uid); err != nil {
		return err
	}
	return errors.Join(removeFilesOf(ctx, uid, temporaryFolders()), removeIPCOf(uid))
}
