package platform

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// FindProcess finds the integration process itself: the started process, or the
// descendant of it, that executes the given file. Wrappers execute and fork in
// between, so it may not be there yet: FindProcess waits until it is, until ctx
// ends, or until the started process ends, when the error wraps ErrGone. Of
// several, it is the one that is nearest to the started process.
func FindProcess(ctx context.Context, startedPID int, executable Identity) (int, error) {
	const shortest, longest = 100 * time.Microsecond, 5 * time.Millisecond
	timer := time.NewTimer(0)
	defer timer.Stop()
	for wait := shortest; ; wait = min(2*wait, longest) {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("find the integration process below process %d: %w", startedPID, ctx.Err())
		case <-timer.C:
		}
		alive := []int{startedPID}
		for len(alive) > 0 {
			pid := alive[0]
			alive = alive[1:]
			if identity, err := IdentityOf(procPath(pid, "exe")); err == nil && identity == executable {
				return pid, nil
			}
			alive = append(alive, children(pid)...)
		}
		if state, _, _, err := readStat(startedPID); err != nil || state == 'Z' || state == 'X' {
			return 0, fmt.Errorf("find the integration process below process %d: %w", startedPID, ErrGone)
		}
		timer.Reset(wait)
	}
}

// children gives the PIDs of a process's children, none if it has ended.
func children(pid int) []int {
	threads, err := os.ReadDir(procPath(pid, "task"))
	if err != nil {
		return nil
	}
	var found []int
	for _, thread := range threads {
		text, err := os.ReadFile(procPath(pid, "task/"+thread.Name()+"/children"))
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}
