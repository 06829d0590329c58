package launcher

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// ownUser runs the launcher of TestOwnUser, and nothing else that a test starts.
const ownUser = firstTestUser + 290

// TestOwnUser has a launcher without root carry out a run while its user has more tasks than a run
// may: the kernel counts a user's tasks, and the limit is the run's.
func TestOwnUser(t *testing.T) {
	if os.Geteuid() == 0 {
		asOwnUser(t)
		return
	}
	s := newSurroundings(t)
	s.options.Scratch = t.TempDir()
	for range s.options.Profile.Limits.Processes {
		idle := exec.Command("/bin/cat")
		input := ok1(idle.StdinPipe())(t)
		ok(t, idle.Start())
		t.Cleanup(func() {
			ok(t, input.Close())
			ok(t, idle.Wait())
		})
	}
	l := s.launcher(t)
	id := retail(t, l)
	for _, mode := range s.options.Profile.Chain() {
		if result := ok1(l.Execute(t.Context(), id, mode, ExecuteRequest{}))(t); result.Status != OK {
			t.Errorf("%s: %s %s", mode, result.Message, result.ErrorOutput)
		}
	}
	s.options.Profile.Limits.Processes = 1 // no room for a compartment
	result := ok1(l.Execute(t.Context(), id, "compartment", ExecuteRequest{}))(t)
	if result.Status != Failed || !strings.Contains(result.Message, "may be the limit of 1 processes and threads") {
		t.Errorf("%s: %s", result.Status, result.Message)
	}
	nothingLeft(t, l)
}

// asOwnUser carries this test out again as a user that is not root.
func asOwnUser(t *testing.T) {
	t.Helper()
	folder := ok1(os.MkdirTemp("", "eaibench-launcher-test-"))(t)
	t.Cleanup(func() { ok(t, os.RemoveAll(folder)) })
	content := ok1(os.ReadFile("/proc/self/exe"))(t)
	program := filepath.Join(folder, "test")
	ok(t, os.WriteFile(program, content, 0o755))
	ok(t, os.Chmod(program, 0o755))
	ok(t, os.Chown(folder, ownUser, ownUser))
	command := exec.Command(program, "-test.run=^TestOwnUser$")
	command.Env = append(os.Environ(), "TMPDIR="+folder, "HOME="+folder)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ownUser, Gid: ownUser}}
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("as user %d: %v\n%s", ownUser, err, out)
	}
}
