package launcher

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/hosts/ssh"
	"eaibench/hosts/ssh/sshtest"
	"eaibench/integration_process"
	"eaibench/platform"
)

// overSSH is this host, reached by a real SSH server.
func overSSH(t *testing.T) hosts.Host {
	t.Helper()
	host := ok1(ssh.New(sshtest.Start(t).Config("board")))(t)
	t.Cleanup(func() { ok(t, host.Close()) })
	return host
}

// TestUsersOverSSH: a uid that a launcher on the host has is not given to one beside the runner, nor the reverse; one whose run was killed
// is emptied first.
func TestUsersOverSSH(t *testing.T) {
	host := overSSH(t)
	there := &usersThere{host: host}
	free := platform.Users{First: firstTestUser + 900, Count: 2}
	onHost := users{asRoot: true, folder: usersFolder, log: slog.New(slog.DiscardHandler)}

	first := ok1(onHost.tryTake(t.Context(), free))(t)
	second := ok1(there.try(t.Context(), free))(t)
	if first == nil || second == nil || first.id == second.id {
		t.Fatalf("%+v and %+v", first, second)
	}
	if third := ok1(there.try(t.Context(), free))(t); third != nil {
		t.Errorf("user %d was given twice", third.id)
	}
	if third := ok1(onHost.tryTake(t.Context(), free))(t); third != nil {
		t.Errorf("user %d was given twice", third.id)
	}
	ok(t, first.giveBack(t.Context()))
	ok(t, second.there.holder.Kill())
	_, err := second.there.holder.Wait()
	ok(t, err)
	left := filepath.Join("/tmp", "eaibench-test-left-"+strconv.Itoa(second.id))
	ok(t, os.WriteFile(left, nil, 0o600))
	ok(t, os.Chown(left, second.id, second.id))
	leaveRunning(t, second.id)
	for range 2 {
		again := ok1(there.try(t.Context(), free))(t)
		defer func() { ok(t, again.giveBack(t.Context())) }()
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s of a killed run is left: %v", left, err)
	}
}

// leaveRunning leaves a process of a uid in a session of its own, whose parent has ended, and System V shared memory.
func leaveRunning(t *testing.T, uid int) {
	t.Helper()
	const program = `perl -e 'use POSIX; shmget(0xea1b, 10, 01666) or die; fork and exit; POSIX::setsid(); $SIG{TERM} = "IGNORE"; $| = 1; print "$$\n"; close STDOUT; sleep 600'`
	id := strconv.Itoa(uid)
	command := exec.Command("setpriv", "--reuid", id, "--regid", id, "--clear-groups", "sh", "-c", program)
	out := ok1(command.StdoutPipe())(t)
	ok(t, command.Start())
	pid := ok1(strconv.Atoi(strings.TrimSpace(string(ok1(io.ReadAll(out))(t)))))(t)
	ok(t, command.Wait())
	t.Cleanup(func() {
		table := ok1(os.ReadFile("/proc/sysvipc/shm"))(t)
		if left := idsOf(string(table), "shmid", uid); len(left) > 0 {
			t.Errorf("shared memory %v of user %d is left", left, uid)
		}
		if left, there := statusOf(pid); there && left.isOf(uid) && !left.ended {
			t.Errorf("process %d of user %d is left", pid, uid)
		}
	})
}

// TestRunsOverSSH: programs are compiled, run and read on a host that is reached over its interface alone, on both paths, as users of
// their own; what is given up there leaves nothing.
func TestRunsOverSSH(t *testing.T) {
	work := t.TempDir()
	for folder := work; folder != "/tmp"; folder = filepath.Dir(folder) { // users of their own pass through
		ok(t, os.Chmod(folder, 0o755))
	}
	s := newSurroundings(t)
	s.options.Host, s.options.WorkFolder = overSSH(t), work
	l := s.launcher(t)
	id := upload(t, l, "retail.c", ok1(integration_process.Source("retail"))(t))
	ok1(l.Compile(t.Context(), id, "hybrid"))(t)
	for _, path := range []string{bench.Relayed, bench.Direct} {
		t.Run(path, func(t *testing.T) { checkAttestedRun(t, s, l, id, "hybrid", path) })
	}
	t.Run("given up", func(t *testing.T) { checkGivenUp(t, s, l, id, "hybrid") })
	nothingLeft(t, l)
	if filepath.Dir(filepath.Dir(l.runs.scratch)) != work || !l.runs.asRoot {
		t.Errorf("scratch %s, as root %v", l.runs.scratch, l.runs.asRoot)
	}
}
