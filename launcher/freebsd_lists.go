package launcher

import (
	"fmt"
	"strconv"
	"strings"
)

// What FreeBSD's commands list, read apart from running them: these are compiled and tested everywhere.

// listedProcess is one line of ps.
type listedProcess struct{ pid, parent int }

// processesOf reads what `ps -ax -o pid=,ppid=,state=,uid=,ruid=,svuid=` printed: the processes that have the uid as their effective, real or saved
// one, those that have ended (zombies) apart.
func processesOf(listed string, uid int) (alive, ended []listedProcess, err error) {
	wanted := strconv.Itoa(uid)
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 6 {
			return nil, nil, fmt.Errorf("ps printed %q", strings.TrimSpace(line))
		}
		if fields[3] != wanted && fields[4] != wanted && fields[5] != wanted {
			continue
		}
		pid, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		if err1 != nil || err2 != nil {
			return nil, nil, fmt.Errorf("ps printed %q", strings.TrimSpace(line))
		}
		if strings.HasPrefix(fields[2], "Z") {
			ended = append(ended, listedProcess{pid, parent})
		} else {
			alive = append(alive, listedProcess{pid, parent})
		}
	}
	return alive, ended, nil
}

// listedIPC is a message queue (q), shared memory (m) or a semaphore (s), as ipcrm(1) names the kinds.
type listedIPC struct{ kind, id string }

// ipcOf reads what `ipcs -c` printed: T, ID, KEY, MODE, OWNER, GROUP, CREATOR, CGROUP of what a uid owns or made. A user whom no
// account names is a number there, and the users of runs have none.
func ipcOf(listed string, uid int) []listedIPC {
	wanted := strconv.Itoa(uid)
	var found []listedIPC
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		if len(fields) != 8 || len(fields[0]) != 1 || !strings.Contains("qms", fields[0]) {
			continue // a head, or the name of a section
		}
		if fields[4] == wanted || fields[6] == wanted {
			found = append(found, listedIPC{fields[0], fields[1]})
		}
	}
	return found
}

// sharedMemoryOf reads what `posixshmcontrol ls -n` printed: MODE, OWNER, GROUP, SIZE, PATH. It gives the paths of a uid's.
func sharedMemoryOf(listed string, uid int) []string {
	wanted := strconv.Itoa(uid)
	var paths []string
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[1] != wanted {
			continue
		}
		// A path may have spaces: it is what follows the fourth field.
		rest := line
		for _, field := range fields[:4] {
			_, rest, _ = strings.Cut(rest, field)
		}
		paths = append(paths, strings.TrimSpace(rest))
	}
	return paths
}
