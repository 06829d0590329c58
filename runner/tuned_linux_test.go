package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"eaibench/environment"
	"eaibench/results"
)

// tunedHost is a file system of a host with settings that are not as they should be, for eaibench to find mounted.
type tunedHost struct {
	t      *testing.T
	folder string // everything is in it
}

const (
	governorFile = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor"
	boostFile    = "/sys/devices/system/cpu/cpufreq/boost"
)

func newTunedHost(t *testing.T) *tunedHost {
	t.Helper()
	h := &tunedHost{t, reachable(t)}
	for name, text := range map[string]string{
		"/proc/cpuinfo": "processor : 0\n", "/proc/meminfo": "MemTotal: 1000 kB\n", environment.BootFile: "b1\n",
		governorFile: "powersave\n", boostFile: "1\n",
	} {
		file := filepath.Join(h.folder, "host", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// settings are what they are now.
func (h *tunedHost) settings() map[string]string {
	h.t.Helper()
	found := map[string]string{}
	for _, setting := range []string{governorFile, boostFile} {
		text, err := os.ReadFile(filepath.Join(h.folder, "host", setting))
		if err != nil {
			h.t.Fatal(err)
		}
		found[setting] = strings.TrimSpace(string(text))
	}
	return found
}

func (h *tunedHost) are(when string, want map[string]string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.settings()); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func before() map[string]string { return map[string]string{governorFile: "powersave", boostFile: "1"} }

func meanwhile() map[string]string {
	return map[string]string{governorFile: "performance", boostFile: "0"}
}

// command is eaibench on this host.
func (h *tunedHost) command(args ...string) *exec.Cmd {
	command := exec.Command(executable(h.t), args...)
	command.Env = append(os.Environ(), "TMPDIR="+h.folder, "EAIBENCH_HOST_ROOT="+filepath.Join(h.folder, "host"))
	return command
}

const tunedScenario = `version: 1
name: tuned
solution: retail
platform: linux
modes: [hybrid]
runs: 12
warm_up: 0
parameters:
  requests: 2
`

// run begins a campaign with changed settings and waits for the line of its first, until the rest is read there is no end of it.
func (h *tunedHost) run() (*exec.Cmd, *bufio.Scanner) {
	h.t.Helper()
	scenario := filepath.Join(h.folder, "tuned.yaml")
	if err := os.WriteFile(scenario, []byte(tunedScenario), 0o644); err != nil {
		h.t.Fatal(err)
	}
	args := append([]string{"run", scenario, "--tune", "--out", filepath.Join(h.folder, "out")}, withReferences(h.t)...)
	command := h.command(args...)
	lines := startHeld(h.t, command)
	for lines.Scan() {
		h.t.Log(lines.Text())
		if strings.HasPrefix(lines.Text(), "[ 1/12]") {
			return command, lines
		}
	}
	h.t.Fatal("it carried out no run")
	return nil, nil
}

// startHeld starts a command that cannot get far ahead of who listens to its standard error, however late that is: it waits when some
// six lines are unread, of which the kernel keeps no more in the smallest buffer of a socket.
func startHeld(t *testing.T, command *exec.Cmd) *bufio.Scanner {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	heard, says := os.NewFile(uintptr(pair[0]), "heard"), os.NewFile(uintptr(pair[1]), "says")
	t.Cleanup(func() { heard.Close() })
	command.Stderr = says
	err = errors.Join(unix.SetsockoptInt(pair[1], unix.SOL_SOCKET, unix.SO_SNDBUF, 1), command.Start(), says.Close())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // if the test ends before it does
	return bufio.NewScanner(iotest.OneByteReader(heard))
}

// rest is what it says until it ends.
func rest(lines *bufio.Scanner) string {
	var text strings.Builder
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
	}
	return text.String()
}

// recorded are the changes that the campaign knows of.
func (h *tunedHost) recorded() []environment.Change {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.folder, "out", "*", "campaign.json"))
	if err != nil || len(files) != 1 {
		h.t.Fatalf("campaigns %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		h.t.Fatal(err)
	}
	var campaign results.Campaign
	if err := json.Unmarshal(text, &campaign); err != nil {
		h.t.Fatal(err)
	}
	return campaign.Hosts[0].Environment.Tuned
}

// However a campaign with changed settings ends, they are put back: at its end, at signals by itself, after a kill by the next
// eaibench.
func TestTuned(t *testing.T) {
	for _, test := range []struct {
		name    string
		signals []syscall.Signal
		killed  bool
		code    int
	}{
		{"to its end", nil, false, 0},
		{"Ctrl-C", []syscall.Signal{syscall.SIGINT}, false, 4},
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, false, 4},
		{"SIGTERM twice", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, false, 4},
		{"killed", []syscall.Signal{syscall.SIGKILL}, true, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newTunedHost(t)
			command, lines := h.run()
			h.are("while it runs", meanwhile())
			for _, signal := range test.signals {
				if err := command.Process.Signal(signal); err != nil {
					t.Log(err) // it may have ended at the first
				}
			}
			said := rest(lines)
			_ = command.Wait()
			if code := command.ProcessState.ExitCode(); code != test.code {
				t.Errorf("it ended with %d: %s", code, said)
			}
			changes := h.recorded()
			slices.SortFunc(changes, func(a, b environment.Change) int { return strings.Compare(a.Setting, b.Setting) })
			want := []environment.Change{{Setting: boostFile, Was: "1", Set: "0"}, {Setting: governorFile, Was: "powersave", Set: "performance"}}
			if diff := cmp.Diff(want, changes); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			if test.killed {
				h.are("killed", meanwhile())
				out, err := h.command("doctor", "--restore").CombinedOutput()
				if err != nil || strings.Count(string(out), "put back: ") != len(before()) {
					t.Errorf("%v: %s", err, out)
				}
			}
			h.are("afterwards", before())
			if _, err := os.Stat(filepath.Join(h.folder, "host", environment.StateFile)); err == nil {
				t.Error("the state is still there")
			}
		})
	}
}

// The next run, which was not asked to change anything, puts back what a killed one left, and says so.
func TestTunedKilledThenRun(t *testing.T) {
	h := newTunedHost(t)
	command, lines := h.run()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest(lines)
	_ = command.Wait()
	next := h.command("run", "smoke", "--only", "mode=nothing-like-it", "--out", filepath.Join(h.folder, "next"))
	if out, err := next.CombinedOutput(); err == nil || maps.Equal(h.settings(), before()) {
		t.Errorf("bad input did something: %v, %s", err, out)
	}
	campaign, err := filepath.Glob(filepath.Join(h.folder, "out", "*"))
	if err != nil || len(campaign) != 1 {
		t.Fatalf("campaigns %v, %v", campaign, err)
	}
	out, err := h.command("run", "--resume", campaign[0]).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "put back: "+boostFile+" is 1 again") ||
		!strings.Contains(string(out), "settings that eaibench changed was [{") || !strings.Contains(string(out), "with --tune it goes on as it began") {
		t.Errorf("%v: %s", err, out)
	}
	h.are("afterwards", before())
	if out, err := h.command(append([]string{"run", "--tune", "--resume", campaign[0]}, withReferences(t)...)...).CombinedOutput(); err != nil {
		t.Errorf("resumed as it began: %v: %s", err, out)
	}
	h.are("at the end", before())
}
