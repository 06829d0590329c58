//go:build qemu

package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"eaibench/hosts"
	"eaibench/hosts/hoststest"
	"eaibench/hosts/inventory"
	"eaibench/hosts/qemu"
)

// guestHosts is the variable with the inventory that has the host `debian`:
// scripts/debian-guest.sh makes both.
const guestHosts = "EAIBENCH_GUEST_HOSTS"

// ownerOfDebian is the variable that has this test program start the guest, with a
// folder, and show its console.
const ownerOfDebian = "EAIBENCH_TEST_OWNS_DEBIAN_IN"

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}

func init() {
	folder := os.Getenv(ownerOfDebian)
	if folder == "" {
		return
	}
	all, err := inventory.Load(os.Getenv(guestHosts))
	must(err)
	config, err := all.VirtualMachine("debian")
	must(err)
	config.Folder, config.Console = folder, os.Stdout
	_, err = qemu.Start(context.Background(), config)
	must(err)
}

// ofDebian is how the guest is started, with a folder for QEMU's own files, to which
// it is confined by TMPDIR.
func ofDebian(t *testing.T) (config qemu.Config, temporary string) {
	t.Helper()
	file := os.Getenv(guestHosts)
	if file == "" {
		t.Fatalf("%s is not set: `make test-qemu-long` sets it", guestHosts)
	}
	all, err := inventory.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if config, err = all.VirtualMachine("debian"); err != nil {
		t.Fatal(err)
	}
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	config.Folder = t.TempDir()
	if err := os.Chmod(config.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return config, temporary
}

// start starts the guest, with its console in a file, and says how long it took.
func start(t *testing.T, config qemu.Config) (h *qemu.Host, console string) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "console"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	config.Console = file
	began := time.Now()
	if h, err = qemu.Start(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() }) // Where the test has not come so far.
	t.Logf("a shell after %s, SSH after %s", h.Booted().Duration.Round(time.Second), time.Since(began).Round(time.Second))
	return h, file.Name()
}

var forwarded = regexp.MustCompile(`hostfwd=tcp:(127\.0\.0\.1:\d+)-:22`)

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// machineOf gives the PID of the QEMU that a process has started, and its port here.
func machineOf(t *testing.T, owner int) (pid int, address string) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", owner))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, child := range strings.Fields(content(t, file)) {
			port := forwarded.FindStringSubmatch(content(t, "/proc/"+child+"/cmdline"))
			if port == nil {
				continue
			}
			if pid, err = strconv.Atoi(child); err != nil {
				t.Fatal(err)
			}
			return pid, port[1]
		}
	}
	t.Fatal("no QEMU runs")
	return 0, ""
}

// ownDisk gives the guest a disk of its own, which is kept.
func ownDisk(t *testing.T, config *qemu.Config) {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "disk.img")
	if out, err := exec.Command("cp", "--sparse=always", config.Machine.Disk, disk).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config.Machine.Disk = disk
}

// A Debian guest is a host like any other. Its disk is kept, so that Close has it shut
// down, and what was written is there.
func TestDebian(t *testing.T) {
	config, temporary := ofDebian(t)
	ownDisk(t, &config)
	config.Machine.Snapshot = false
	h, console := start(t, config)
	if h.Booted().Kernel != qemu.Linux {
		t.Errorf("its kernel is %q", h.Booted().Kernel)
	}
	if err := h.MkdirAll(t.Context(), "/root/files", 0o755); err != nil {
		t.Fatal(err)
	}
	hoststest.RunEmulated(t, h, "/root/files")
	pid, address := machineOf(t, os.Getpid())
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := left(pid, address, temporary); err != nil {
		t.Error(err)
	}
	if shown := content(t, console); !strings.Contains(shown, "Linux version ") || !strings.Contains(shown, "reboot: Power down") {
		t.Errorf("the console's file does not go from the kernel's start to its end; its last of %d bytes: %q", len(shown), shown[max(len(shown)-1000, 0):])
	}
	if out, err := exec.Command("e2fsck", "-n", config.Machine.Disk).CombinedOutput(); err != nil || !strings.Contains(string(out), "clean") {
		t.Errorf("its disk was left: %v: %s", err, out)
	}
}

// left says what is left of a machine, nil if nothing.
func left(pid int, address, temporary string) error {
	var all []error
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && len(text) > 0 {
		all = append(all, fmt.Errorf("QEMU still runs: PID %d", pid))
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		connection.Close()
		all = append(all, fmt.Errorf("its port is still open: %s", address))
	}
	if files, err := os.ReadDir(temporary); err != nil || len(files) > 0 {
		all = append(all, fmt.Errorf("its files are left: %v, %v", files, err))
	}
	return errors.Join(all...)
}

// QEMU that is killed is a failure of the target, for what is under way and for what
// comes later.
func TestDebianIsKilled(t *testing.T) {
	config, temporary := ofDebian(t)
	h, _ := start(t, config)
	process, err := h.Start(t.Context(), hosts.Command{Args: []string{"/bin/cat"}, Pipes: true})
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stdout().Close()
	file, err := h.ReadFile(t.Context(), "/usr/bin/x86_64-linux-gnu-ld.bfd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(file, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	pid, address := machineOf(t, os.Getpid())
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, waited := process.Wait()
	_, read := io.Copy(io.Discard, file)
	_, run := h.Run(t.Context(), hosts.Command{Args: []string{"/bin/true"}})
	for what, err := range map[string]error{"command": waited, "file": read, "what comes later": run} {
		var target *hosts.TargetError
		if !errors.As(err, &target) || target.Host != "debian" || !strings.Contains(err.Error(), "signal: killed; the console's last lines:\n") {
			t.Errorf("%s: got %v, want a TargetError with QEMU's end", what, err)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := left(pid, address, temporary); err != nil {
		t.Error(err)
	}
}

// Where who owns QEMU is killed, it ends too, and leaves nothing.
func TestDebiansOwnerIsKilled(t *testing.T) {
	config, temporary := ofDebian(t)
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerOfDebian+"="+config.Folder)
	owner.Stderr = os.Stderr
	shown, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	defer owner.Process.Kill()
	seen := make([]byte, 0, 1<<20)
	for !strings.Contains(string(seen), "Linux version ") {
		part := make([]byte, 4096)
		n, err := shown.Read(part)
		if err != nil {
			t.Fatalf("%v: %s", err, seen)
		}
		seen = append(seen, part[:n]...)
	}
	pid, address := machineOf(t, owner.Process.Pid)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // It was killed.
	// Nobody waits for its end but this test.
	for limit := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err := left(pid, address, temporary); err == nil {
			return
		} else if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}
