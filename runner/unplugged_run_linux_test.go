package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/hosts/ssh/sshtest"
	"eaibench/results"
)

// A target's connection is cut in a run: eaibench ends with 1, says who failed and how to go on, and leaves nothing. It goes on, and
// is killed: what ran on the target ends with its connection, and the next one removes what was left and completes the campaign.
func TestRunIsUnplugged(t *testing.T) {
	server := sshtest.Start(t)
	k := &killed{t: t, folder: reachable(t)}
	work := filepath.Join(k.folder, "work")
	inventory := filepath.Join(k.folder, "hosts.yaml")
	k.given = []string{"--hosts", inventory}
	config := server.Config("board")
	for file, text := range map[string]string{
		inventory: fmt.Sprintf("version: 1\nhosts:\n  board: {kind: ssh, address: %q, port: %d, user: root, key: %q, known_hosts: %q, platform: linux, work_folder: %q}\n",
			config.Address, config.Port, config.KeyFile, config.KnownHosts, work),
		filepath.Join(k.folder, "tiny.yaml"): "version: 1\nname: tiny\nsolution: retail\nplatform: linux\ntarget: ssh:board\nmodes: [hybrid]\nruns: 2\nwarm_up: 0\nparameters: {requests: 2, interval: 2s}\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	k.startInRun() // It does not end by itself.
	server.Cut()
	said := k.ends(1)
	if !slices.ContainsFunc(said, func(line string) bool {
		return strings.HasPrefix(line, "eaibench: target failed: carrying the runs out: run r0-hybrid was not finished: ") && strings.Contains(line, "host board: ")
	}) || !strings.HasPrefix(said[len(said)-1], "eaibench run --resume "+k.campaign()) {
		t.Errorf("it said\n%s", strings.Join(said, "\n"))
	}
	k.checkLeft(work, 0)

	k.startInRun()
	if err := k.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = k.process.Wait() // It was killed.
	server.Until("nothing of the campaign runs", func() bool { return len(processesNaming(t, k.folder)) == 0 })
	k.checkLeft(work, 1)

	k.start()
	k.ends(0)
	k.checkLeft(work, 0)
	server.Until("nothing serves a connection", func() bool { return len(server.Children()) == 0 })
	data, err := results.Read(k.campaign())
	if err != nil {
		t.Fatal(err)
	}
	if !data.Complete || len(data.Runs) != 2 || slices.ContainsFunc(data.Runs, func(run bench.Run) bool { return run.Status != bench.OK }) {
		t.Errorf("complete: %t, %+v", data.Complete, data.Runs)
	}
	var losses []results.Loss
	for _, event := range data.Events {
		if event.Lost != nil {
			losses = append(losses, *event.Lost)
		}
	}
	if len(losses) != 1 || losses[0].Run != "r0-hybrid" || losses[0].Failed != results.TargetFailed || losses[0].Host != "board" {
		t.Errorf("marked: %+v", losses)
	}
}

// startInRun starts it, and stops the process of its first run.
func (k *killed) startInRun() {
	k.t.Helper()
	for range mostTries {
		restore := k.keep()
		k.start()
		if k.halt("/scratch/run-") && rows(k.read("runs.csv")) == 0 {
			return
		}
		k.t.Log("it was not in its first run")
		k.kill()
		restore()
	}
	k.t.Fatalf("each of %d times it was not in its first run", mostTries)
}

// ends waits for the process's end, and gives what it said.
func (k *killed) ends(code int) (said []string) {
	k.t.Helper()
	for line := range k.lines {
		said = append(said, line)
	}
	err := k.process.Wait()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) || k.process.ProcessState.ExitCode() != code {
		k.t.Fatalf("ended with %v, want %d:\n%s", err, code, strings.Join(said, "\n"))
	}
	return said
}

// checkLeft looks for processes, and for the folders of as many campaigns as were killed: on the target a steward may have removed
// its own before it was ended.
func (k *killed) checkLeft(work string, folders int) {
	k.t.Helper()
	if left := processesNaming(k.t, k.folder); len(left) > 0 {
		k.t.Errorf("still running: %q", left)
	}
	if here, there := operatorFolders(k.t, k.folder), operatorFolders(k.t, work); len(here) != folders || len(there) > folders {
		k.t.Errorf("left here %q, there %q, want %d, and no more there", here, there, folders)
	}
	if left := leftIn(k.t, work); folders == 0 && (len(left) != 1 || !strings.HasPrefix(left[0], "/bin/eaibench-")) {
		k.t.Errorf("left on the target: %q", left)
	}
}
