package hosts_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"eaibench/hosts"
	"eaibench/hosts/hoststest"
)

// asParent makes the test program start a command and wait: a harness that a test
// can kill.
const asParent = "HOSTS_TEST_AS_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		parent()
	}
	goleak.VerifyTestMain(m)
}

func parent() {
	process, err := hosts.Local().Start(context.Background(), hosts.Command{Args: []string{"/bin/sleep", "1000"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(process.PID())
	_, _ = process.Wait()
	os.Exit(0)
}

func TestLocal(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// The first pipe opens the runtime's own descriptors for waiting.
	if _, err := hosts.Local().Run(t.Context(), hosts.Command{Args: []string{"/bin/true"}, Stdout: io.Discard}); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	hoststest.Run(t, hosts.Local(), folder)
	// What ends with a context is closed a moment after it.
	for deadline := time.Now().Add(time.Minute); descriptors(t) > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d file descriptors were open before the tests, %d after", before, descriptors(t))
		}
	}
	if left := childrenOfThis(t); left != "" {
		t.Errorf("processes are left: %s", left)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func childrenOfThis(t *testing.T) string {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(threads) == 0 {
		t.Fatalf("this process's threads: %v, %v", threads, err)
	}
	var all strings.Builder
	for _, thread := range threads {
		if text, err := os.ReadFile(thread); err == nil { // A thread may end.
			all.Write(text)
		}
	}
	return all.String()
}

// TestNothingOutlivesAKilledHarness kills a harness that nobody watches: the
// kernel ends its command.
func TestNothingOutlivesAKilledHarness(t *testing.T) {
	harness := exec.Command("/proc/self/exe")
	harness.Env = append(os.Environ(), asParent+"=1")
	out, err := harness.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := harness.Start(); err != nil {
		t.Fatal(err)
	}
	pid := readPID(t, out)
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the command is not there: %v", err)
	}
	if err := harness.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := harness.Wait(); err == nil {
		t.Fatal("the harness ended well though it was killed")
	}
	for deadline := time.Now().Add(time.Minute); !ended(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d outlives the harness that started it", pid)
		}
	}
	// It is ours to reap if a host of this process has made us the reaper.
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil && !errors.Is(err, syscall.ECHILD) {
		t.Fatal(err)
	}
}

// TestHarnessBelowHarness kills a harness that a host runs: what it had started
// is known to be the host's, and is reaped.
func TestHarnessBelowHarness(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	harness, err := hosts.Local().Start(t.Context(), hosts.Command{Args: []string{self}, Env: []string{asParent + "=1"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer harness.Stdout().Close()
	pid := readPID(t, harness.Stdout())
	if err := syscall.Kill(harness.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	exit, err := harness.Wait()
	if err != nil || exit.Cause != hosts.Signalled || exit.Signal != "SIGKILL" {
		t.Errorf("got %v, %v", exit, err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is left: %v", pid, err)
	}
}

func readPID(t *testing.T, from io.Reader) int {
	t.Helper()
	line, err := bufio.NewReader(from).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// ended tells whether a process is gone, or is a zombie that nobody has reaped.
func ended(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.HasPrefix(string(text[strings.LastIndexByte(string(text), ')')+1:]), " Z")
}

// TestOtherUser ends what a command started as another user: this process has no
// right to its limits, even as root without CAP_SYS_RESOURCE.
func TestOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		return // Only root can become another user.
	}
	process, err := hosts.Local().Start(t.Context(), hosts.Command{Pipes: true, Args: []string{
		"/usr/bin/setpriv", "--reuid=60698", "--regid=60698", "--clear-groups", "--bounding-set=-all",
		"/bin/sh", "-c", "(/usr/bin/setsid /bin/sh -c 'echo $$; exec sleep 1000' &); read line",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	pid := readPID(t, process.Stdout())
	if err := process.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is left: %v", pid, err)
	}
}

// orphan leaves a process behind that has a session of its own, bears no mark,
// and holds standard error open. It says its PID.
const orphan = `(/usr/bin/prlimit --rttime=unlimited:unlimited /usr/bin/setsid /bin/sh -c 'echo $$; exec /bin/sleep 1000 >&-' &)
	read line; exit 5`

// TestUnmarkedOrphan ends what a command left behind that took the mark off.
func TestUnmarkedOrphan(t *testing.T) {
	other := exec.Command("/bin/sleep", "1000") // Not a host's.
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	host := hosts.Local()
	process, err := host.Start(t.Context(), hosts.Command{Args: []string{"/bin/sh", "-c", orphan}, Pipes: true, Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	neighbour, err := host.Start(t.Context(), hosts.Command{Args: []string{"/usr/bin/prlimit", "--rttime=unlimited:unlimited", "/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer neighbour.Stdout().Close()
	defer process.Stdout().Close()
	pid := readPID(t, process.Stdout())
	if err := process.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if exit, err := process.Wait(); err != nil || exit.Code != 5 {
		t.Errorf("got %v, %v", exit, err)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("the end took %s", took)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is left: %v", pid, err)
	}
	if err := neighbour.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	if exit, err := neighbour.Wait(); err != nil || !exit.OK() {
		t.Errorf("another command, without a mark: %v, %v", exit, err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Errorf("what this process started by other means: %v", err)
	}
	if err := other.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("what this process started by other means: %v", err)
	}
}

// TestHeldOutput does not wait for who holds the output open and is no part of
// the command; and what the command wrote is there, however slow its writer is.
func TestHeldOutput(t *testing.T) {
	slow := &slowWriter{pause: 700 * time.Millisecond}
	process, err := hosts.Local().Start(t.Context(), hosts.Command{
		Args: []string{"/bin/sh", "-c", "echo $$; read line; echo one >&2; read line; echo two >&2"}, Pipes: true, Stderr: slow,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	pid := readPID(t, process.Stdout())
	held, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", pid), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := io.WriteString(process.Stdin(), "\n\n"); err != nil {
		t.Fatal(err)
	}
	if exit, err := process.Wait(); err != nil || !exit.OK() {
		t.Errorf("got %v, %v", exit, err)
	}
	if got := slow.text.String(); got != "one\ntwo\n" {
		t.Errorf("its writer got %q", got)
	}
}

// TestInheritedDescriptors keeps what this process was started with to itself.
func TestInheritedDescriptors(t *testing.T) {
	file, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inherited, err := syscall.Dup(int(file.Fd())) // Without FD_CLOEXEC.
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Close(inherited); err != nil {
			t.Error(err)
		}
	}()
	var seen strings.Builder
	exit, err := hosts.Local().Run(t.Context(), hosts.Command{
		Args: []string{"/bin/sh", "-c", `[ -e "/proc/self/fd/$1" ] && readlink "/proc/self/fd/$1"`, "sh", strconv.Itoa(inherited)}, Stdout: &seen,
	})
	if err != nil || exit.Code != 1 || seen.String() != "" {
		t.Errorf("a command sees %q: %v, %v", seen.String(), exit, err)
	}
}

// slowWriter takes its time over every write.
type slowWriter struct {
	pause time.Duration
	text  strings.Builder
}

func (s *slowWriter) Write(data []byte) (int, error) {
	time.Sleep(s.pause)
	return s.text.Write(data)
}

func TestExitText(t *testing.T) {
	for want, exit := range map[string]hosts.Exit{
		"exited with status 3":              {Cause: hosts.Exited, Code: 3},
		"ended by SIGSEGV":                  {Cause: hosts.Signalled, Code: -1, Signal: "SIGSEGV"},
		"timed out after 1.5s":              {Cause: hosts.TimedOut, Code: -1, Signal: "SIGKILL", Duration: 1500 * time.Millisecond},
		"output limit exceeded after 200ms": {Cause: hosts.OutputExceeded, Duration: 200 * time.Millisecond},
	} {
		if got := exit.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
