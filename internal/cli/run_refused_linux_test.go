package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh/knownhosts"

	"eaibench/hosts/ssh/sshtest"
)

// refusals are runs that nothing comes of: how they end, what is said, and what never is.
type refusal struct {
	name  string
	args  []string
	code  int
	want  []string
	never string
}

func (r refusal) check(t *testing.T) {
	out := filepath.Join(t.TempDir(), "made", "out")
	stdout, stderr, code := command(t, append([]string{"run", "smoke", "--out", out}, r.args...)...)
	said := stdout + stderr
	for _, part := range r.want {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not in:\n%s", part, said)
		}
	}
	if r.never != "" && strings.Contains(said, r.never) {
		t.Errorf("%q is in:\n%s", r.never, said)
	}
	if code != r.code {
		t.Errorf("ended with %d, want %d:\n%s", code, r.code, said)
	}
	if _, err := os.Stat(filepath.Dir(out)); !os.IsNotExist(err) {
		t.Errorf("the folder of --out was left: %v", err)
	}
}

// A host that cannot be used ends a run with 1 and what to do, as `eaibench doctor` says it; a work folder that cannot be is wrong
// input. Nothing is copied there, and no folder is left here.
func TestRunOnHostThatCannotBeUsed(t *testing.T) {
	server := startSSHServer(t)
	port := strconv.Itoa(sshtest.HoldPort(t))
	other := server.NewKey("other", "")
	write(t, server.Path("changed"), knownhosts.Line([]string{server.Address()}, other)+"\n")
	folder, closed := workFolderForAll(t), filepath.Join(t.TempDir(), "work")
	others := workFolderForAll(t)
	if err := os.Chown(others, 65_500, 65_500); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		refusal
		change string
	}{
		{refusal{name: "host key not known", code: exitFailed, want: []string{"is not known; the host shows ssh-ed25519", "add the line", "ssh-keyscan -p"}}, "known_hosts: none"},
		{refusal{name: "host key changed", code: exitFailed, want: []string{"target failed: ", "has CHANGED", "ssh-keygen -f"}}, "known_hosts: changed"},
		{refusal{name: "not let in", code: exitFailed, want: []string{
			"target failed: ", "not let in as user root", "~root/.ssh/authorized_keys", "ssh-copy-id -i", "PermitRootLogin prohibit-password",
		}}, "key: stranger"},
		{refusal{name: "nobody listens", code: exitFailed, want: []string{"target failed: ", "connection refused", "sysrc sshd_enable=YES", "`ssh -v -p " + port}}, "port: " + port},
		{refusal{name: "no such address", code: exitFailed, want: []string{"no-such-host.invalid", "address: in the inventory"}}, "address: no-such-host.invalid"},
		{refusal{
			name: "a work folder that is closed", code: exitBadInput, never: "failed",
			want: []string{"work folder " + closed + " of host board: not every user can enter ", "work_folder: in the inventory names another one, such as /var/tmp/eaibench"},
		}, "work_folder: " + closed},
		{refusal{
			name: "a work folder of another user", code: exitBadInput, never: "failed",
			want: []string{"work folder " + others + " of host board: other users than root", "can change " + others, "work_folder: in the inventory names another one, such as /var/tmp/eaibench"},
		}, "work_folder: " + others},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.args = []string{"--target", "board", "--hosts", server.inventory(t, folder, test.change)}
			test.check(t)
		})
	}
	for _, unused := range []string{folder, closed, others} {
		if left, err := os.ReadDir(unused); err == nil && len(left) > 0 {
			t.Errorf("%s has %v", unused, left)
		}
	}
}

// The folder for temporary files on this host is as good as a work folder elsewhere.
func TestRunWithClosedTemporaryFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", folder)
	refusal{code: exitBadInput, never: "starting root CA", want: []string{
		"folder for temporary files " + folder + ": not every user can enter " + folder, "TMPDIR names another one, such as /var/tmp",
	}}.check(t)
	if left, err := os.ReadDir(folder); err != nil || len(left) > 1 { // that of --out
		t.Errorf("left are %v, %v", left, err)
	}
}

// A virtual machine that cannot be started shows nothing: no console is kept, and none is named.
func TestRunOnVirtualMachineWithoutQEMU(t *testing.T) {
	folder := t.TempDir()
	disk := filepath.Join(folder, "disk.img")
	write(t, disk, "")
	entry := func(name, machine string) string {
		return "  " + name + ":\n    kind: qemu\n    machine: {preset: debian, " + machine + "}\n    platform: linux\n    work_folder: /var/tmp/eaibench\n"
	}
	hosts := filepath.Join(folder, "hosts.yaml")
	write(t, hosts, "version: 1\nhosts:\n"+
		entry("without", "binary: /nowhere/qemu-system-x86_64, disk: "+disk)+
		entry("diskless", "binary: /bin/false, disk: "+filepath.Join(folder, "none.img"))+
		entry("broken", "binary: /bin/false, disk: "+disk))
	for _, test := range []refusal{
		{name: "without", want: []string{"harness failed: ", "QEMU: ", "/nowhere/qemu-system-x86_64", "apt-get install qemu-system-x86"}},
		{name: "diskless", want: []string{"harness failed: ", "disk image: ", "none.img: no such file", "docs/formats/hosts.md says which image"}},
		{name: "broken", want: []string{"harness failed: ", "host broken: start QEMU"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			temporary := workFolderForAll(t)
			t.Setenv("TMPDIR", temporary)
			test.code, test.never = exitFailed, "/eaibench-console-"
			test.args = []string{"--target", "qemu:" + test.name, "--hosts", hosts}
			test.check(t)
			if left, err := filepath.Glob(filepath.Join(temporary, "*console*")); err != nil || len(left) > 0 {
				t.Errorf("left are %q, %v", left, err)
			}
		})
	}
}

// A target is reached the way that was asked for, or not at all: a campaign of "ssh:NAME" would be of another host.
func TestRunOnTargetOfAnotherKind(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts.yaml")
	write(t, hosts, `version: 1
hosts:
  vm: {kind: qemu, machine: {preset: debian, disk: none.img}, platform: linux, work_folder: /var/tmp/eaibench}
  board: {kind: ssh, address: 127.0.0.1, port: 1, user: root, key: none, platform: linux, work_folder: /var/tmp/eaibench}
`)
	for _, test := range []refusal{
		{args: []string{"--target", "ssh:vm"}, want: []string{"target ssh:vm: " + hosts + " has vm of kind qemu"}},
		{args: []string{"--target", "qemu:board"}, want: []string{"target qemu:board: " + hosts + " has board of kind ssh"}},
	} {
		test.code, test.never, test.args = exitBadInput, "starting", append(test.args, "--hosts", hosts)
		test.check(t)
	}
}
