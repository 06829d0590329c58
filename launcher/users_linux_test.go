package launcher

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/bench"
	"eaibench/platform"
)

// TestNoRunReachesAnother has one run try to open the other's memory, and to signal it.
func TestNoRunReachesAnother(t *testing.T) {
	if os.Geteuid() != 0 {
		return // only root gives runs users of their own
	}
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	for _, mode := range []string{"hybrid", "purecap"} {
		compileSpeaking(t, l, id, mode)
		ctx, giveUp := context.WithCancel(t.Context())
		ended := make(chan *RunResult, 1)
		go func() {
			result, err := l.Execute(ctx, id, mode, ExecuteRequest{Parameters: Parameters{Arguments: bench.Arguments{"customer": "hang"}}})
			if err != nil {
				t.Error(err)
			}
			ended <- result
		}()
		var victims []int
		for len(victims) == 0 {
			victims = processesUnder(t, l.runs.scratch)
		}
		spied := behave(t, l, id, mode, fmt.Sprintf("spy on %d", victims[0]), long)
		if spied.Cause != Crashed || !strings.Contains(spied.Reason, "exited with status 22") {
			t.Errorf("%s: 20 is that it read the other's memory, 21 that it may signal it: %s", mode, spied.Reason)
		}
		giveUp()
		if victim := <-ended; victim == nil || victim.Status != Aborted {
			t.Errorf("%s: the other run: %+v", mode, victim)
		}
		nothingLeft(t, l)
	}
}

// TestHiddenProcess ends what left its parents, its session and its mark, and holds the log open.
func TestHiddenProcess(t *testing.T) {
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	for _, mode := range s.options.Profile.Chain() {
		compileSpeaking(t, l, id, mode)
		begin := time.Now()
		result := behave(t, l, id, mode, "hide", long)
		if result.Cause != Crashed || !strings.Contains(result.Reason, "exited with status 6") {
			t.Errorf("%s: %s", mode, result.Message)
		}
		if took := time.Since(begin); took > long/2 {
			t.Errorf("%s: it took %s", mode, took)
		}
		nothingLeft(t, l)
	}
}

// TestLitter removes what a program leaves behind outside its folder.
func TestLitter(t *testing.T) {
	if os.Geteuid() != 0 {
		return // what a run leaves under the launcher's own user cannot be told from others'
	}
	s := newSurroundings(t)
	l := s.launcher(t)
	id := upload(t, l, "misbehave.c", nil)
	compileSpeaking(t, l, id, "hybrid")
	result := behave(t, l, id, "hybrid", "litter", long)
	if result.Cause != Crashed || !strings.Contains(result.Reason, "exited with status 6") {
		t.Errorf("%s", result.Message)
	}
	for _, folder := range []string{"/tmp", "/var/tmp", "/dev/shm"} {
		for _, entry := range ok1(os.ReadDir(folder))(t) {
			if info, err := entry.Info(); err == nil && isTestUser(info.Sys().(*syscall.Stat_t).Uid) {
				t.Errorf("%s is left in %s", entry.Name(), folder)
			}
		}
	}
	for kind, column := range map[string]string{"shm": "shmid", "sem": "semid", "msg": "msqid"} {
		table := string(ok1(os.ReadFile("/proc/sysvipc/" + kind))(t))
		for uid := firstTestUser; isTestUser(uint32(uid)); uid++ {
			if left := idsOf(table, column, uid); len(left) > 0 {
				t.Errorf("user %d left %s %d", uid, column, left)
			}
		}
	}
	if _, err := os.Stat("/etc/passwd"); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
}

func isTestUser(uid uint32) bool { return uid >= firstTestUser && uid < firstTestUser+300 }

// TestUsersAreTakenOnce takes users as two launchers do, one of which is killed.
func TestUsersAreTakenOnce(t *testing.T) {
	if os.Geteuid() != 0 {
		return
	}
	folder := filepath.Join(t.TempDir(), "users")
	first, second := users{asRoot: true, folder: folder, log: slog.Default()}, users{asRoot: true, folder: folder, log: slog.Default()}
	free := platform.Users{First: firstTestUser + 400, Count: 2}
	a, b := ok1(first.take(t.Context(), free))(t), ok1(second.take(t.Context(), free))(t)
	if a.id == b.id || !free.Contains(a.id) || !free.Contains(b.id) {
		t.Errorf("got %d and %d", a.id, b.id)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := second.take(impatient, free)
	wantFault(t, err, http.StatusServiceUnavailable, "61900 to 61901 had a run under way")

	left := exec.Command("/bin/sleep", "1000")
	left.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.id), Gid: uint32(a.id)}}
	ok(t, left.Start())
	ok(t, a.lock.Close()) // as by the kernel
	again := ok1(second.take(t.Context(), free))(t)
	if again.id != a.id {
		t.Errorf("got %d, want %d", again.id, a.id)
	}
	// Reaped by what ended it, or here.
	if err := left.Wait(); err == nil {
		t.Error("what a killed launcher left under the user was not ended")
	}
	ok(t, again.giveBack(t.Context()))
	ok(t, b.giveBack(t.Context()))
}

func TestIDsOf(t *testing.T) {
	const table = "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid\n" +
		"         0          5  1600                524288     1     1      1  1000  1000  1000  1000\n" +
		"         0          7  1600                524288     1     1      1  1000  1000  2000  1000\n" +
		"         0 1\n"
	if got := idsOf(table, "shmid", 1000); !slices.Equal(got, []int{5, 7}) {
		t.Errorf("got %v", got)
	}
	if got := idsOf(table, "shmid", 2000); !slices.Equal(got, []int{7}) {
		t.Errorf("got %v", got)
	}
}
