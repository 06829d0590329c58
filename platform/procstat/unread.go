package procstat

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoProcess is in the error when the command printed nothing of the process:
// it has ended.
var ErrNoProcess = errors.New("nothing was printed of the process: it has ended")

// Unread says what of a command's output could not be read. What could be is
// returned beside it.
type Unread struct {
	// Command whose output it is, such as "procstat -v".
	Command string
	// Parts that could not be read, each in words; at least one.
	Parts []string
}

// partsSaid is how many parts an error names; a text that is something else
// altogether has very many.
const partsSaid = 5

// Error names the first parts, and how many more there are.
func (e *Unread) Error() string {
	said := e.Parts[:min(len(e.Parts), partsSaid)]
	text := fmt.Sprintf("%s: could not read %s", e.Command, strings.Join(said, "; "))
	if more := len(e.Parts) - len(said); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// reading collects what could not be read.
type reading struct{ unread Unread }

func begin(command string) *reading { return &reading{Unread{Command: command}} }

func (r *reading) missed(format string, args ...any) {
	r.unread.Parts = append(r.unread.Parts, fmt.Sprintf(format, args...))
}

// err is nil when everything was read.
func (r *reading) err() error {
	if len(r.unread.Parts) == 0 {
		return nil
	}
	return &r.unread
}

// gone is the error of an output that has nothing of the process.
func (r *reading) gone() error { return fmt.Errorf("%s: %w", r.unread.Command, ErrNoProcess) }
