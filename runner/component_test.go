package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"eaibench/internal/endpoint"
)

// The test program is also the component it starts: actAs says as what.
const actAs = "EAIBENCH_RUNNER_TEST_ACT_AS"

// otherRoles are those that some systems alone have.
var otherRoles = map[string]func(){}

// programFolder is where the program lies that some tests build; "" until one did.
var programFolder string

func removeProgram() {
	if programFolder != "" {
		_ = os.RemoveAll(programFolder)
	}
}

func TestMain(m *testing.M) {
	if role := os.Getenv(actAs); role != "" {
		act(role)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		removeProgram()
		os.Exit(code)
	}))
}

func act(role string) {
	if other, there := otherRoles[role]; there {
		other()
		return
	}
	say := func(name string) {
		fmt.Fprintln(os.Stderr, "log line")
		if err := json.NewEncoder(os.Stdout).Encode(endpoint.Ready{Name: name, Address: "127.0.0.1:1", PID: os.Getpid()}); err != nil {
			os.Exit(3)
		}
	}
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	switch role {
	case "ready":
		say("service/store")
		<-terminate
	case "stubborn":
		say("service/store")
		for {
			<-terminate
			fmt.Fprintln(os.Stderr, "told to end")
		}
	case "another":
		say("service/taxi")
		<-terminate
	case "dumb":
		fmt.Println("hello")
		<-terminate
	case "mute":
		<-terminate
	case "failing":
		fmt.Fprintln(os.Stderr, "first line\npolicy.yaml:3:1: unknown key")
		os.Exit(2)
	case "parent":
		// Starts a component and dies without ending it.
		os.Setenv(actAs, "ready")
		c, err := startComponent(context.Background(), os.Args[0], "service/store", os.Args[1], nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		fmt.Println(c.pid)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// startRole starts this test program as a component.
func startRole(t *testing.T, ctx context.Context, role string) (*component, error) {
	t.Helper()
	t.Setenv(actAs, role)
	c, err := startComponent(ctx, os.Args[0], "service/store", filepath.Join(t.TempDir(), "log"), nil)
	if err == nil {
		t.Cleanup(c.end)
	}
	return c, err
}

func writtenBy(t *testing.T, c *component) string {
	t.Helper()
	text, err := os.ReadFile(c.logFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestComponentStartsAndEnds(t *testing.T) {
	c, err := startRole(t, t.Context(), "ready")
	if err != nil {
		t.Fatal(err)
	}
	if c.address != "https://127.0.0.1:1" {
		t.Errorf("address %q", c.address)
	}
	if group, err := syscall.Getpgid(c.pid); err != nil || group != c.pid {
		t.Errorf("process group %d, %v", group, err)
	}
	c.end()
	c.end()
	if c.err != nil || writtenBy(t, c) != "log line\n" {
		t.Errorf("ended with %v, log %q", c.err, writtenBy(t, c))
	}
}

func TestComponentThatIsNotReady(t *testing.T) {
	for _, test := range []struct{ role, want string }{
		{"failing", "service/store ended by itself (exit status 2)"},
		{"failing", ": policy.yaml:3:1: unknown key"},
		{"another", "service/store was started, but service/taxi is ready"},
	} {
		if _, err := startRole(t, t.Context(), test.role); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", test.role, err)
		}
	}
	for _, role := range []string{"mute", "dumb"} {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("no longer wanted"))
		if _, err := startRole(t, ctx, role); err == nil || err.Error() != "waiting for service/store: no longer wanted" {
			t.Errorf("%s: got %v", role, err)
		}
		cancel()
	}
	if _, err := startComponent(t.Context(), "/nowhere", "service/store", filepath.Join(t.TempDir(), "log"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestComponentThatDoesNotEnd(t *testing.T) {
	c, err := startRole(t, t.Context(), "stubborn")
	if err != nil {
		t.Fatal(err)
	}
	// It is killed as soon as it has heard.
	c.patience, c.process = time.Millisecond, heeded{c.process, func() {
		eventually(t, "it is told to end", func() bool { return strings.Contains(writtenBy(t, c), "told to end") })
	}}
	c.end()
	var exit *exec.ExitError
	if !errors.As(c.err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v", c.err)
	}
	if !strings.Contains(writtenBy(t, c), "told to end") {
		t.Error("was not asked first")
	}
}

// heeded is a process of which it is waited that it has heard when it is told to end.
type heeded struct {
	process
	heard func()
}

func (h heeded) terminate() {
	h.process.terminate()
	h.heard()
}

// A component dies with the process that started it, also when that was killed and could end
// nothing in order.
func TestComponentDiesWithItsParent(t *testing.T) {
	t.Setenv(actAs, "parent")
	out, err := exec.Command(os.Args[0], filepath.Join(t.TempDir(), "log")).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("parent ended with %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pid)
}

// patience is longer than anything takes on a busy machine, or one that pauses: it ends what hangs, and decides nothing.
const patience = 3 * time.Minute

// eventually waits for what must come about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so within %s: %s", patience, what)
		}
	}
}

// awaitGone waits for the end of a process. A zombie is gone: it only waits for whoever inherited it.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
