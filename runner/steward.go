package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// stewardQuestion is one line that a steward reads, and stewardAnswer one that it writes: the first has the folder alone.
type (
	stewardQuestion struct {
		// Clock asks for the time, anything else for what the processes use.
		Clock bool  `json:"clock,omitempty"`
		PIDs  []int `json:"pids,omitempty"`
	}
	stewardAnswer struct {
		Folder   string        `json:"folder,omitempty"`
		Observed *Observed     `json:"observed,omitempty"`
		Clock    *stewardClock `json:"clock,omitempty"`
		Error    string        `json:"error,omitempty"`
	}
)

// stewardClock is when the host had the question and when it answered, by its wall clock.
type stewardClock struct {
	Received time.Time `json:"received"`
	Answered time.Time `json:"answered"`
}

// Steward keeps a campaign's folder on a host that is not the runner's own, as a process of its own: it removes what killed
// runners left below parent, half a copy of eaibench among it, makes the folder, says what it is called, answers with what processes
// use and what time it is until its input ends, and removes the folder.
func Steward(parent string, in io.Reader, out io.Writer) error {
	return steward(parent, in, out, time.Now)
}

func steward(parent string, in io.Reader, out io.Writer, now func() time.Time) (err error) {
	if err := errors.Join(removeAbandoned(parent), removeHalfCopies(filepath.Join(parent, deployedFolder), time.Now())); err != nil {
		return err
	}
	folder, lock, err := makeFolder(parent)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, removeHeld(folder), lock.Close())
	}()
	answers := json.NewEncoder(out)
	if err := answers.Encode(stewardAnswer{Folder: folder}); err != nil {
		return fmt.Errorf("saying which folder it is: %w", err)
	}
	questions := json.NewDecoder(in)
	for {
		var question stewardQuestion
		if err := questions.Decode(&question); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading what to observe: %w", err)
		}
		if err := answers.Encode(question.answered(now)); err != nil {
			return fmt.Errorf("saying what was observed: %w", err)
		}
	}
}

// answered is what a steward says to a question that it has just read.
func (q stewardQuestion) answered(now func() time.Time) stewardAnswer {
	if q.Clock {
		received := now()
		return stewardAnswer{Clock: &stewardClock{Received: received, Answered: now()}}
	}
	seen, err := Observe(q.PIDs)
	if err != nil {
		return stewardAnswer{Error: err.Error()}
	}
	return stewardAnswer{Observed: &seen}
}
