package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// errFolder is what unlink(2) says of a folder.
const errFolder = unix.EPERM

// temporaryFolders are where any user may write. Shared memory and message queues have no folder: removeIPCOf.
func temporaryFolders() []string { return []string{"/tmp", "/var/tmp"} }

// processColumns are what processesOf reads of ps(1).
const processColumns = "pid=,ppid=,state=,uid=,ruid=,svuid="

// endProcessesOf ends every process of a uid and waits until none is left. A process that has the uid itself sends the signal to
// all others that have it (kill(2), pid -1), so that none is hit that has only taken over a PID.
func endProcessesOf(ctx context.Context, uid int) error {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		listed, err := output(ctx, "/bin/ps", "-ax", "-o", processColumns)
		if err != nil {
			return fmt.Errorf("ending the processes of user %d: %w", uid, err)
		}
		alive, ended, err := processesOf(listed, uid)
		if err != nil {
			return fmt.Errorf("ending the processes of user %d: %w", uid, err)
		}
		for _, one := range ended {
			if one.parent == os.Getpid() {
				// Whoever is not gone then is met again.
				_, _ = unix.Wait4(one.pid, nil, unix.WNOHANG, nil)
			}
		}
		if len(alive) == 0 {
			return nil
		}
		id := strconv.Itoa(uid)
		// It fails where all have ended meanwhile, which the next list shows.
		_, _ = output(ctx, "/usr/sbin/chroot", "-u", id, "-g", id, "-G", id, "/", "/bin/kill", "-KILL", "--", "-1")
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d processes of user %d do not end: %w", len(alive), uid, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// removeIPCOf removes a uid's System V shared memory, semaphores and message queues, and its POSIX shared memory.
func removeIPCOf(uid int) error {
	ctx, cancel := context.WithTimeout(context.Background(), cleaningTime)
	defer cancel()
	listed, err := output(ctx, "/usr/bin/ipcs", "-c")
	if err != nil {
		return fmt.Errorf("looking for shared memory: %w", err)
	}
	var all error
	for _, one := range ipcOf(listed, uid) {
		if _, err := output(ctx, "/usr/bin/ipcrm", "-"+one.kind, one.id); err != nil {
			all = errors.Join(all, fmt.Errorf("removing what user %d left: %w", uid, err))
		}
	}
	if listed, err = output(ctx, "/usr/bin/posixshmcontrol", "ls", "-n"); err != nil {
		return errors.Join(all, fmt.Errorf("looking for shared memory: %w", err))
	}
	for _, path := range sharedMemoryOf(listed, uid) {
		if _, err := output(ctx, "/usr/bin/posixshmcontrol", "rm", path); err != nil {
			all = errors.Join(all, fmt.Errorf("removing what user %d left: %w", uid, err))
		}
	}
	return all
}

// output runs a command of this host, in the C locale, and gives what it wrote to standard output.
func output(ctx context.Context, command ...string) (string, error) {
	run := exec.CommandContext(ctx, command[0], command[1:]...)
	run.Env = []string{"LC_ALL=C"}
	printed, err := run.Output()
	if err != nil {
		complaint := ""
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			complaint, _, _ = strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		}
		return "", fmt.Errorf("%s: %w %s", strings.Join(command, " "), err, complaint)
	}
	return string(printed), nil
}
