//go:build qemu

package runner

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"eaibench/bench"
	"eaibench/hosts"
	"eaibench/hosts/inventory"
	"eaibench/hosts/qemu"
)

// guestHosts is the variable with the inventory that has the host `debian`: scripts/debian-guest.sh makes both.
const guestHosts = "EAIBENCH_GUEST_HOSTS"

// QEMU is killed at five moments: each time the run under way is marked and nothing remains here. The campaign goes on in another guest, and is
// whole in the end.
func TestDebianIsUnplugged(t *testing.T) {
	file := os.Getenv(guestHosts)
	if file == "" {
		t.Fatalf("%s is not set: `make test-qemu-long` sets it", guestHosts)
	}
	all, err := inventory.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := all.Entry("debian")
	if err != nil {
		t.Fatal(err)
	}
	p := &plug{t: t, parent: reachable(t), record: &record{}}
	p.options = retail(t, p.parent)
	p.options.Modes = []string{"hybrid"}
	p.options.Limits.Time = hour // An emulated processor may need more than a minute.
	p.options.References = nil   // Those of tests are of this host.
	p.options.Target = Place{Name: "debian", WorkFolder: entry.WorkFolder, System: elsewhere(t, "debian").System, Executable: executable(t)}
	p.options.Services = map[string]Place{"store": Here(), "taxi": Here(), "whatsapp": Here()}
	for _, moment := range []string{whileCopied, whileStarting, whileCompiled, betweenRuns, inRun, ""} {
		p.inGuest(all, moment)
	}
}

// The moments.
const (
	whileCopied   = "while eaibench is copied"
	whileStarting = "while components start"
	whileCompiled = "while a program is compiled"
	betweenRuns   = "between two runs"
	inRun         = "in a run"
)

// inGuest starts a guest and carries the campaign on in it until QEMU is killed at the moment; "" is never.
func (p *plug) inGuest(all *inventory.Inventory, moment string) {
	t := p.t
	t.Logf("--- %s", moment)
	config, err := all.VirtualMachine("debian")
	if err != nil {
		t.Fatal(err)
	}
	if config.Folder = t.TempDir(); os.Chmod(config.Folder, 0o700) != nil {
		t.Fatal("the folder for keys cannot be closed")
	}
	config.Console = io.Discard
	guest, err := qemu.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close() // Where the test does not come so far.
	pid, address := machineOf(t)
	kill := once(func() {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	options := p.options
	host := &unplugged{reachedHost: guest}
	options.Target.Host = host
	at := at{lost: true, silent: moment == inRun, after: moment == betweenRuns}
	switch moment {
	case whileCopied:
		host.copying = kill
	case whileStarting:
		host.started = func(command hosts.Command, _ hosts.Process) {
			if slices.Contains(command.Args, "attest") {
				kill()
			}
		}
	case whileCompiled:
		at.site = func(_ *plug, s *pulled) {
			s.compiling, s.compiles = kill, func() bool { return compilesIn(t, guest) }
		}
	case betweenRuns:
		at.site = func(*plug, *pulled) { kill() }
	case inRun:
		options.Outcome, options.SilenceLimit = "silent", hour
		at.site = func(_ *plug, s *pulled) { s.writing = kill }
	}
	p.lose(options, moment, at)
	if err := guest.Close(); err != nil {
		t.Errorf("%s: leaving the guest: %v", moment, err)
	}
	if alive(pid) {
		t.Errorf("%s: QEMU is still there", moment)
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		connection.Close()
		t.Errorf("%s: its port is open", moment)
	}
	if left := processesNaming(t, p.parent); len(left) > 0 {
		t.Errorf("%s: still running: %q", moment, left)
	}
	if left, err := os.ReadDir(p.parent); err != nil || len(left) > 0 {
		t.Errorf("%s: left here: %v, %v", moment, left, err)
	}
}

// lose carries the campaign on until the guest is lost, or to its end where that never happens.
func (p *plug) lose(options DeploymentOptions, moment string, at at) {
	t := p.t
	deployment, err := Deploy(t.Context(), options)
	early := moment == whileCopied || moment == whileStarting
	if (err != nil) != early {
		t.Fatalf("%s: starting: %v", moment, err)
	}
	var outcome Outcome
	var closing error
	if !early {
		outcome, err = p.run(at, deployment)
		closing = deployment.Close()
	}
	if moment == "" {
		if err != nil || closing != nil || outcome[bench.OK] != 2 || len(p.record.runs) != 2 {
			t.Errorf("got %v, %v, %v:\n%s", outcome, err, closing, strings.Join(p.record.endings(), "\n"))
		}
		return
	}
	target := new(hosts.TargetError)
	if !errors.As(err, &target) || target.Host != "debian" {
		t.Errorf("%s: no TargetError of debian: %v; %q", moment, err, p.record.endings())
	}
	if early {
		return // No run was under way.
	}
	// What was in the guest is gone with it, but nobody can know.
	if closing == nil || !strings.Contains(closing.Error(), "the next campaign on this host removes it") {
		t.Errorf("%s: ending what was started: %v", moment, closing)
	}
	if losses := p.record.losses(); len(losses) == 0 || losses[len(losses)-1].Host != "debian" {
		t.Errorf("%s: marked with %+v", moment, losses)
	}
}

var forwardedPort = regexp.MustCompile(`hostfwd=tcp:(127\.0\.0\.1:\d+)-:22`)

// machineOf gives the PID of the QEMU that this process has started, and its port.
func machineOf(t *testing.T) (pid int, address string) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		children, _ := os.ReadFile(file) // Of a thread that has ended: none.
		for _, child := range strings.Fields(string(children)) {
			line, _ := os.ReadFile(filepath.Join("/proc", child, "cmdline"))
			if found := forwardedPort.FindSubmatch(bytes.ReplaceAll(line, []byte{0}, []byte{' '})); found != nil && alive(number(child)) {
				return number(child), string(found[1])
			}
		}
	}
	t.Fatal("no QEMU was started")
	return 0, ""
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // As the kernel writes it.
	return n
}

// compilesIn tells whether a compiler runs in a guest.
func compilesIn(t *testing.T, guest hosts.Host) bool {
	exit, err := guest.Run(t.Context(), hosts.Command{Args: []string{
		"/bin/sh", "-c", `for one in /proc/[0-9]*/comm; do read -r name <"$one" && [ "$name" = cc1 ] && exit 0; done 2>/dev/null; exit 1`,
	}})
	return err == nil && exit.OK()
}
