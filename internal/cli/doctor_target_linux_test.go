package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/hosts/ssh/sshtest"
)

// workFolderForAll is one that every user can reach, unlike those of t.TempDir.
func workFolderForAll(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/var/tmp", "eaibench-doctor-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A real host over SSH, this one: what `eaibench doctor` finds here it finds there too, besides what a target needs.
func TestDoctorOfTarget(t *testing.T) {
	server := startSSHServer(t)
	folder := workFolderForAll(t)
	file := server.inventory(t, folder)
	stdout, stderr, code := command(t, "doctor", "--json", "--target", "ssh:board", "--hosts", file)
	var there diagnosis
	if err := json.Unmarshal([]byte(stdout), &there); err != nil || code != exitFine {
		t.Fatalf("ended with %d, %v: %s%s", code, err, stdout, stderr)
	}
	here, err := diagnose(t.Context(), hostChecks())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"connection", "platform", "clock", "work folder", "free space", "eaibench"}
	var got []string
	for _, one := range here.Findings {
		want = append(want, one.Name)
	}
	for _, one := range there.Findings {
		got = append(got, one.Name)
		if one.Required && !one.OK {
			t.Errorf("%s: %s", one.Name, one.Found)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if there.Target != "board" || !there.OK || there.Disturbances == nil {
		t.Errorf("got %+v", there)
	}
	left, err := filepath.Glob(folder + "/*/*")
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0], folder+"/bin/eaibench-") {
		t.Errorf("left there are %q, %v; want eaibench alone", left, err)
	}
}

// What keeps a target from being used is named, with what to do.
func TestDoctorOfTargetThatCannotBeUsed(t *testing.T) {
	server := startSSHServer(t)
	folder := workFolderForAll(t)
	port := strconv.Itoa(sshtest.HoldPort(t))
	for _, test := range []struct {
		name   string
		change string
		code   int
		want   []string
	}{
		{"host key not known", "known_hosts: none", exitFailed, []string{
			"MISSING  connection", "is not known; the host shows ssh-ed25519", "\n  [127.0.0.1]:", "ssh-keyscan -p",
		}},
		{"not let in", "key: stranger", exitFailed, []string{
			"MISSING  connection", "not let in as user root", "~root/.ssh/authorized_keys", "ssh-copy-id -i", "PermitRootLogin prohibit-password",
		}},
		{"nobody listens", "port: " + port, exitFailed, []string{"MISSING  connection", "connection refused", "sysrc sshd_enable=YES", "`ssh -v -p " + port}},
		{"no such address", "address: no-such-host.invalid", exitFailed, []string{"MISSING  connection", "no-such-host.invalid", "address: in the inventory"}},
		{"another system", "platform: cheribsd-morello", exitFailed, []string{"MISSING  platform", "is for freebsd, and this host has linux"}},
		{"a work folder that is closed", "work_folder: " + t.TempDir(), exitFailed, []string{"MISSING  work folder", "not every user can enter", "such as /var/tmp/eaibench"}},
		{"no key", "key: absent", exitFailed, []string{"MISSING  connection", "absent: no such file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := server.inventory(t, folder, test.change)
			stdout, stderr, code := command(t, "doctor", "--target", "board", "--hosts", file)
			said := stdout + stderr
			unbroken := strings.Join(strings.Fields(said), " ")
			for _, part := range test.want {
				if !strings.Contains(said, part) && !strings.Contains(unbroken, strings.Join(strings.Fields(part), " ")) {
					t.Errorf("%q is not in:\n%s", part, said)
				}
			}
			if code != test.code || !strings.Contains(stderr, "something required is missing on host board") {
				t.Errorf("ended with %d: %s", code, stderr)
			}
		})
	}
}

func TestDoctorOfWrongTarget(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "hosts.yaml", `version: 1
hosts:
  vm:
    kind: qemu
    machine: {preset: morello, binary: /nowhere/qemu-system-morello, firmware: /nowhere/code.fd, disk: cheribsd.img}
    platform: cheribsd-morello
    work_folder: /var/tmp/eaibench
`)
	for _, test := range []struct {
		args string
		code int
		want []string
	}{
		{"--target bord", exitBadInput, []string{`no host is called "bord"`}},
		{"--target board --hosts none.yaml", exitBadInput, []string{"none.yaml: no such file", "docs/formats/hosts.md"}},
		{"--target ssh:vm", exitBadInput, []string{"hosts.yaml has vm of kind qemu"}},
		{"--target local", exitBadInput, []string{"`eaibench doctor` looks at it"}},
		{"--target board --restore", exitBadInput, []string{"called on the host itself"}},
		{"--target qemu:vm", exitFailed, []string{
			"MISSING  QEMU", "cheribuild.py qemu", "MISSING  disk image", "cheribuild.py disk-image-morello-purecap", "MISSING  firmware",
		}},
	} {
		stdout, stderr, code := command(t, append([]string{"doctor"}, strings.Fields(test.args)...)...)
		for _, part := range test.want {
			if !strings.Contains(stdout+stderr, part) {
				t.Errorf("%s: %q is not in:\n%s%s", test.args, part, stdout, stderr)
			}
		}
		if code != test.code {
			t.Errorf("%s: ended with %d, want %d", test.args, code, test.code)
		}
	}
}
