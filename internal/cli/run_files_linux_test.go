package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/attest/authority"
)

// The files that a run is given are read before a virtual machine is started: what is wrong with them is said, and not what is wrong
// with the machine, which cannot be started.
func TestFilesAreReadBeforeHostsAreReached(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", workFolderForAll(t))
	write(t, "disk.img", "")
	write(t, "hosts.yaml", `version: 1
hosts:
  broken: {kind: qemu, machine: {preset: debian, binary: /bin/false, disk: disk.img}, platform: linux, work_folder: /var/tmp/eaibench}
`)
	write(t, "none.yaml", "references: []\n")
	write(t, "running.yaml", "extends: smoke\nname: running\nservices: {store: {url: https://127.0.0.1:1}}\n")
	if err := authority.CreateCA(filepath.Join("headless", "ca"), authority.CASettings{Name: "lab", Hosts: []string{"127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join("headless", "ca", authority.CertificateFile)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no fault", []string{"run", "smoke"}, exitFailed, "starting virtual machine broken"},
		{"no operator", []string{"run", "smoke", "--operator", "nowhere"}, exitBadInput, "--operator nowhere: the operator's folder cannot be used: "},
		{"root CA without a server's certificate", []string{"run", "smoke", "--operator", "headless"}, exitBadInput, "headless/ca/cert.pem: no such file or directory; `eaibench ca operator` makes one"},
		{"no file of references", []string{"run", "smoke", "--references", "absent.yaml"}, exitBadInput, "read references: open absent.yaml"},
		{"no references", []string{"run", "smoke", "--references", "none.yaml"}, exitBadInput, "none.yaml has no references"},
		{"no references for an operator", []string{"ca", "operator", "running.yaml", "--references", "none.yaml"}, exitBadInput, "none.yaml has no references"},
	} {
		t.Run(test.name, func(t *testing.T) {
			stdout, stderr, code := command(t, append(test.args, "--out", "made", "--target", "qemu:broken", "--hosts", "hosts.yaml")...)
			if code != test.code || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("ended with %d, want %d and %q; printed %q, said:\n%s", code, test.code, test.want, stdout, stderr)
			}
			if code == exitBadInput && strings.Contains(stderr, "starting") {
				t.Errorf("something was started:\n%s", stderr)
			}
			if _, err := os.Stat("made"); !os.IsNotExist(err) {
				t.Errorf("the folder of --out was left: %v", err)
			}
		})
	}
}
