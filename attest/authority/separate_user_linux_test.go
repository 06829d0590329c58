package authority

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// testUID is the uid of the attester in tests: nobody else's here.
const testUID = 64321

func init() {
	children["separate-user"] = func(arguments []string) int {
		uid, err := strconv.Atoi(arguments[0])
		if err == nil && os.Geteuid() == 0 {
			err = BecomeSeparateUser(uid, false)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		holds, err := holdsKeptCapabilities()
		status, statusErr := os.ReadFile("/proc/self/status")
		if err != nil || statusErr != nil {
			fmt.Fprintln(os.Stderr, err, statusErr)
			return 1
		}
		fmt.Printf("%sHolds:\t%v\nPID:\t%d\n", status, holds, os.Getpid())
		return 0
	}
}

func statusOfSeparateUser(t *testing.T, uid string) (map[string]string, *exec.Cmd, error) {
	t.Helper()
	command := exec.Command("/proc/self/exe", uid)
	command.Env = append(os.Environ(), childVariable+"=separate-user")
	var diagnostics strings.Builder
	command.Stderr = &diagnostics
	output, err := command.Output()
	if err != nil {
		return nil, command, fmt.Errorf("%w: %s", err, diagnostics.String())
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(output)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.Join(strings.Fields(value), " ")
	}
	return fields, command, nil
}

func TestSeparateUserKeepsOnlyTwoCapabilities(t *testing.T) {
	requireRoot(t)
	status, command, err := statusOfSeparateUser(t, strconv.Itoa(testUID))
	if err != nil {
		t.Fatal(err)
	}
	const kept = "0000000000080004" // CAP_DAC_READ_SEARCH is bit 2, CAP_SYS_PTRACE bit 19 (capabilities(7))
	four := strings.TrimSpace(strings.Repeat(strconv.Itoa(testUID)+" ", 4))
	for name, want := range map[string]string{
		"Uid": four, "Gid": four, "Groups": "",
		"CapInh": kept, "CapPrm": kept, "CapEff": kept, "CapBnd": kept, "CapAmb": kept,
		"NoNewPrivs": "1", "Holds": "true",
		"PID": strconv.Itoa(command.Process.Pid), // the same process: signals and parent as before
	} {
		if got := status[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// parentOfAttester starts, as a runner does, an attester that becomes a separate user, says the attester's PID once it has, and
// then lives until it is killed.
func parentOfAttester([]string) int {
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), childVariable+"=ends-with-parent")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

func init() {
	children["parent-of-attester"] = parentOfAttester
	children["ends-with-parent"] = func([]string) int {
		if os.Geteuid() == 0 {
			fmt.Fprintln(os.Stderr, BecomeSeparateUser(testUID, true))
			return 1
		}
		fmt.Println(os.Getpid())
		select {}
	}
}

// TestSeparateUserEndsWithItsParent kills the parent as nothing can be done about.
func TestSeparateUserEndsWithItsParent(t *testing.T) {
	requireRoot(t)
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), childVariable+"=parent-of-attester")
	var diagnostics strings.Builder
	command.Stderr = &diagnostics
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanln(output, &pid); err != nil {
		t.Fatalf("no attester: %v, %v\n%s", err, command.Process.Kill(), diagnostics.String())
	}
	attester, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(attester)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// A process descriptor can be read from when its process has ended.
	ended, err := 0, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		ended, err = unix.Poll([]unix.PollFd{{Fd: int32(attester), Events: unix.POLLIN}}, 120_000)
	}
	if err != nil || ended != 1 {
		t.Errorf("the attester outlived its parent: %v", errors.Join(err, unix.Kill(pid, unix.SIGKILL)))
	}
	_ = command.Wait() // It was killed.
}

func TestSeparateUserRefusesRoot(t *testing.T) {
	for _, uid := range []int{0, -1} {
		if err := BecomeSeparateUser(uid, false); err == nil || !strings.Contains(err.Error(), "unprivileged") {
			t.Errorf("uid %d: got %v", uid, err)
		}
	}
}

func TestOrdinaryUserDoesNotHoldTheCapabilities(t *testing.T) {
	if holds, err := holdsKeptCapabilities(); err != nil || holds {
		t.Errorf("root itself or an ordinary user: got %v, %v", holds, err)
	}
}
