package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/results"
)

// guestHosts names the variable that has the inventory of a virtual machine, debian: `make test-qemu` sets it.
const guestHosts = "EAIBENCH_GUEST_HOSTS"

// The same scenario on this host, on one over SSH and, under make test-qemu, on a virtual machine: campaigns of the same cells, with
// the same threats but for those of the host itself, that one table compares.
func TestTargets(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "eaibench")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "eaibench")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building eaibench: %v: %s", err, said)
	}
	scenario := filepath.Join(folder, "short.yaml")
	write(t, scenario, "extends: smoke\nname: short\nruns: 2\nwarm_up: 0\n")
	loopback := startSSHServer(t).inventory(t, workFolderForAll(t))
	targets := []struct{ name, hosts string }{{"local", loopback}, {"ssh:loopback", loopback}}
	if guest := os.Getenv(guestHosts); guest != "" {
		scenario = "smoke"
		targets = append(targets, struct{ name, hosts string }{"qemu:debian", guest})
	}

	var folders []string
	var cells []bench.Cell
	var threats []string
	for i, target := range targets {
		run := exec.Command(program, "run", scenario, "--target", target.name, "--hosts", target.hosts, "--out", filepath.Join(folder, fmt.Sprint("out", i)), "--json")
		said, err := run.Output()
		var ran ranScenario
		if json.Unmarshal(said, &ran) != nil || err != nil || !ran.Complete {
			t.Fatalf("on %s: %v: %s%s", target.name, err, said, complaints(err))
		}
		data, err := results.Read(ran.Folder)
		if err != nil {
			t.Fatal(err)
		}
		if got := data.Campaign.Placement.Target; got != target.name || data.Campaign.Hosts[0].Name != data.Campaign.Placement.TargetHost() {
			t.Errorf("on %s the campaign says target %s, first host %s", target.name, got, data.Campaign.Hosts[0].Name)
		}
		found := threatsOf(t, ran.Folder)
		if i == 0 {
			cells, threats = data.Campaign.Cells, found
		}
		if diff := cmp.Diff(cells, data.Campaign.Cells); diff != "" {
			t.Errorf("cells on %s: %s", target.name, diff)
		}
		if diff := cmp.Diff(threats, found); diff != "" {
			t.Errorf("audit on %s: %s", target.name, diff)
		}
		folders = append(folders, ran.Folder)
	}
	table, people, code := command(t, append([]string{"compare"}, folders...)...)
	if code != exitFine {
		t.Fatalf("comparing ended with %d: %s", code, people)
	}
	for _, target := range targets[1:] {
		if !strings.Contains(table, "target "+target.name) {
			t.Errorf("the comparison does not say which is on %s:\n%s", target.name, table)
		}
	}
	t.Log("\n" + table)
}

// threatsOf lists an audit's threats but for those that are of the host and of the moment, not of the campaign.
func threatsOf(t *testing.T, folder string) []string {
	t.Helper()
	out, people, _ := command(t, "audit", folder, "--json")
	var said struct {
		Threats []struct{ Check, Severity string } `json:"threats"`
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("%v: %s%s", err, out, people)
	}
	ofTheHost := []string{"emulator", "virtualised", "machine", "environment", "clock", "busy", "trend", "bimodal", "unsteady", "outliers", "first-run"}
	var threats []string
	for _, threat := range said.Threats {
		if !slices.Contains(ofTheHost, threat.Check) {
			threats = append(threats, threat.Check+" "+threat.Severity)
		}
	}
	return threats
}

// complaints are what a program that failed wrote for people.
func complaints(err error) string {
	if exit, failed := err.(*exec.ExitError); failed {
		return string(exit.Stderr)
	}
	return ""
}
