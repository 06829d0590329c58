package authority

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// testUID is the uid of the attester in tests: nobody else's here.
const testUID = 64321

func init() {
	children["separate-user"] = func(arguments []string) int {
		uid, err := strconv.Atoi(arguments[0])
		if err == nil && os.Geteuid() == 0 {
			err = BecomeSeparateUser(uid)
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

func TestSeparateUserRefusesRoot(t *testing.T) {
	for _, uid := range []int{0, -1} {
		if err := BecomeSeparateUser(uid); err == nil || !strings.Contains(err.Error(), "unprivileged") {
			t.Errorf("uid %d: got %v", uid, err)
		}
	}
}

func TestOrdinaryUserDoesNotHoldTheCapabilities(t *testing.T) {
	if holds, err := holdsKeptCapabilities(); err != nil || holds {
		t.Errorf("root itself or an ordinary user: got %v, %v", holds, err)
	}
}
