package tuning

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"eaibench/environment"
)

// Session is a time during which settings of a host are changed. Restore must be called.
type Session struct {
	host    *host
	lock    *os.File
	state   *environment.State
	refused []*Refusal

	restoring sync.Once
	outcome   Outcome
	err       error
}

// Begin changes the settings of the host whose file system is at root ("" is "/"). What
// cannot be changed is told by Refused and is no error. ErrInUse, or an error that is
// fs.ErrPermission: nothing was changed. What a killed process left is put back first.
func Begin(root string) (*Session, error) { return begin(newHost(root)) }

func begin(h *host) (*Session, error) {
	lock, err := h.hold()
	if err != nil {
		return nil, fmt.Errorf("changing settings of this host: %w", err)
	}
	s := &Session{host: h, lock: lock}
	if err := s.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("changing settings of this host: %w", err), lock.Close())
	}
	return s, nil
}

func (s *Session) begin() error {
	if _, err := s.host.restoreLeft(); err != nil {
		return err
	}
	changes, refused := s.host.wanted()
	s.state = &environment.State{
		Version: environment.StateVersion, Began: time.Now(), PID: os.Getpid(), Boot: s.host.boot(), Changes: changes,
	}
	s.refused = refused
	if err := s.host.save(s.state); err != nil {
		return err
	}
	var made []environment.Change
	for _, change := range changes {
		if err := s.host.set(change.Setting, change.Set); err != nil {
			s.refused = append(s.refused, &Refusal{change.Setting, change.Set, err})
			continue
		}
		made = append(made, change)
	}
	s.state.Changes = made
	if err := s.host.save(s.state); err != nil {
		_, undone := s.host.restore(s.state)
		return errors.Join(err, undone)
	}
	return nil
}

// Changes are those that were made.
func (s *Session) Changes() []environment.Change { return slices.Clone(s.state.Changes) }

// Refused are the changes that could not be made.
func (s *Session) Refused() []*Refusal { return slices.Clone(s.refused) }

// Restore puts everything back. It may be called again, by anyone, and waits until it is done.
// After an error the state stays on the disk, for RestoreAbandoned.
func (s *Session) Restore() (Outcome, error) {
	s.restoring.Do(func() {
		s.outcome, s.err = s.host.restore(s.state)
		if err := errors.Join(s.err, s.lock.Close()); err != nil {
			s.err = fmt.Errorf("putting settings of this host back: %w", err)
		}
	})
	return s.outcome, s.err
}

// Outcome is what became of changed settings.
type Outcome struct {
	// Restored are back to what they were.
	Restored []environment.Change
	// Left were changed by somebody else meanwhile, and stay as they are.
	Left []environment.Change
	// Restarted: the system was started anew since, so that there is nothing to put back.
	Restarted bool
}

// RestoreAbandoned puts back what a process left that was killed. Where there is nothing, or
// its process lives, it does nothing.
func RestoreAbandoned(root string) (Outcome, error) {
	h := newHost(root)
	state, err := Abandoned(root)
	if err != nil || state == nil {
		return Outcome{}, err
	}
	lock, err := h.hold()
	if errors.Is(err, ErrInUse) {
		return Outcome{}, nil
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("putting settings of this host back: %w", err)
	}
	outcome, err := h.restoreLeft()
	if err = errors.Join(err, lock.Close()); err != nil {
		err = fmt.Errorf("putting settings of this host back: %w", err)
	}
	return outcome, err
}

// Abandoned tells what a killed process left changed, nil if there is nothing or its process
// lives. Nothing is changed.
func Abandoned(root string) (*environment.State, error) {
	h := newHost(root)
	state, err := h.load()
	if err != nil || state == nil {
		if err != nil {
			err = fmt.Errorf("reading which settings of this host were changed: %w", err)
		}
		return nil, err
	}
	lock, err := h.hold()
	switch {
	case errors.Is(err, ErrInUse):
		return nil, nil
	case errors.Is(err, fs.ErrPermission):
		return state, nil // whoever may not lock cannot know; nobody lives, most likely
	case err != nil:
		return nil, fmt.Errorf("reading which settings of this host were changed: %w", err)
	}
	return state, lock.Close()
}

// restoreLeft puts back what the state on the disk says, if there is one. The lock is held.
func (h *host) restoreLeft() (Outcome, error) {
	state, err := h.load()
	if err != nil || state == nil {
		return Outcome{}, err
	}
	return h.restore(state)
}

// restore puts the changes back, the last first, and removes them from the state.
func (h *host) restore(state *environment.State) (Outcome, error) {
	outcome := Outcome{Restarted: state.Boot != h.boot()}
	var failed []environment.Change
	var all error
	for _, change := range slices.Backward(state.Changes) {
		if outcome.Restarted {
			break
		}
		is, err := h.value(change.Setting)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && is == change.Was: // its processor is off, or it was not made yet
		case err == nil && is != change.Set:
			outcome.Left = append(outcome.Left, change)
		default:
			if err == nil {
				err = h.set(change.Setting, change.Was)
			}
			if err != nil {
				failed, all = append(failed, change), errors.Join(all, &Refusal{change.Setting, change.Was, err})
				continue
			}
			outcome.Restored = append(outcome.Restored, change)
		}
	}
	slices.Reverse(failed)
	return outcome, errors.Join(all, h.save(&environment.State{
		Version: state.Version, Began: state.Began, PID: state.PID, Boot: state.Boot, Changes: failed,
	}))
}
