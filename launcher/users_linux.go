package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// endProcessesOf ends every process of a uid and waits until none is left, wherever it went: no
// program can change its uid, as no mode gives it the right. It must be called when nobody else
// waits for a process of that uid.
func endProcessesOf(ctx context.Context, uid int) error {
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		left, err := signalProcessesOf(uid)
		if err != nil {
			return fmt.Errorf("ending the processes of user %d: %w", uid, err)
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d processes of user %d do not end: %w", left, uid, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// signalProcessesOf sends SIGKILL to every process of a uid, and counts them. What has ended and is
// this process's to reap, since its parent has ended too, is reaped.
func signalProcessesOf(uid int) (left int, err error) {
	processes, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer processes.Close()
	names, err := processes.Readdirnames(-1)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		found, ok := statusOf(pid)
		if !ok || !found.isOf(uid) {
			continue
		}
		if !found.ended {
			left++
			killProcessOf(uid, pid)
		} else if found.parent == os.Getpid() {
			left++
			// Whoever is not gone then is met again.
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
	return left, nil
}

// killProcessOf holds the process by a descriptor and looks again before it signals, so that none is
// hit that has only taken over the PID.
func killProcessOf(uid, pid int) {
	descriptor, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // Ended.
	}
	defer unix.Close(descriptor)
	if again, ok := statusOf(pid); ok && again.isOf(uid) {
		// Whoever is not gone then is met again.
		_ = unix.PidfdSendSignal(descriptor, unix.SIGKILL, nil, 0)
	}
}

// processStatus is what /proc/PID/status says.
type processStatus struct {
	parent int
	ended  bool // a zombie
	uids   []string
}

func (s processStatus) isOf(uid int) bool {
	wanted := strconv.Itoa(uid)
	for _, id := range s.uids {
		if id == wanted {
			return true
		}
	}
	return false
}

// statusOf reads the file, not who owns the folder: that is root where a process forbids to be
// dumped.
func statusOf(pid int) (processStatus, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return processStatus{}, false // gone
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	parent, err := strconv.Atoi(fields["PPid"])
	return processStatus{
		parent: parent,
		// The first thread may end before the others.
		ended: strings.HasPrefix(fields["State"], "Z") && fields["Threads"] == "1",
		uids:  strings.Fields(fields["Uid"]),
	}, err == nil
}

// errFolder is what unlink(2) says of a folder.
const errFolder = unix.EISDIR

// temporaryFolders are where a program without a compartment can leave files: any user may write
// there.
func temporaryFolders() []string { return []string{"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"} }

// removeIPCOf removes a uid's System V shared memory, semaphores and message queues
// (proc_sysvipc(5)).
func removeIPCOf(uid int) error {
	var all error
	for _, kind := range []struct {
		file, id string
		call     uintptr
		command  func(id int) (uintptr, uintptr, uintptr)
	}{
		{"shm", "shmid", unix.SYS_SHMCTL, func(id int) (uintptr, uintptr, uintptr) { return uintptr(id), unix.IPC_RMID, 0 }},
		{"sem", "semid", unix.SYS_SEMCTL, func(id int) (uintptr, uintptr, uintptr) { return uintptr(id), 0, unix.IPC_RMID }},
		{"msg", "msqid", unix.SYS_MSGCTL, func(id int) (uintptr, uintptr, uintptr) { return uintptr(id), unix.IPC_RMID, 0 }},
	} {
		text, err := os.ReadFile(filepath.Join("/proc/sysvipc", kind.file))
		if errors.Is(err, os.ErrNotExist) {
			continue // a kernel without them
		}
		if err != nil {
			return fmt.Errorf("looking for shared memory: %w", err)
		}
		for _, id := range idsOf(string(text), kind.id, uid) {
			a, b, c := kind.command(id)
			if _, _, fault := unix.Syscall(kind.call, a, b, c); fault != 0 && fault != unix.EINVAL && fault != unix.EIDRM {
				all = errors.Join(all, fmt.Errorf("removing %s %d of user %d: %w", kind.id, id, uid, fault))
			}
		}
	}
	return all
}

// idsOf finds what a uid owns or made in a table whose first line names its columns.
func idsOf(table, column string, uid int) []int {
	var names []string
	var ids []int
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if names == nil {
			names = fields
			continue
		}
		row := map[string]string{}
		for i, name := range names[:min(len(names), len(fields))] {
			row[name] = fields[i]
		}
		id, err := strconv.Atoi(row[column])
		if wanted := strconv.Itoa(uid); err == nil && (row["uid"] == wanted || row["cuid"] == wanted) {
			ids = append(ids, id)
		}
	}
	return ids
}
