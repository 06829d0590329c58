package cli

import (
	"path/filepath"
	"testing"

	"eaibench/scenarios"
)

// A target is recorded with its kind, whether or not it was named with it: campaigns on it are on the same target.
func TestTargetIsNamedWithItsKind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.yaml")
	write(t, file, "version: 1\nhosts:\n  board: {kind: ssh, address: 127.0.0.1, user: root, agent: true, platform: linux, work_folder: /var/tmp/eaibench}\n")
	for asked, want := range map[string]string{"board": "ssh:board", "ssh:board": "ssh:board", "local": "local"} {
		scenario, err := scenarios.Load("smoke")
		if err != nil {
			t.Fatal(err)
		}
		p := &places{scenario: scenario}
		if err := p.retarget(asked); err != nil {
			t.Fatal(err)
		}
		if err := p.readInventory(file); err != nil {
			t.Fatal(err)
		}
		if got := placementOf(scenario).Target; got != want {
			t.Errorf("target %s is recorded as %s, want %s", asked, got, want)
		}
	}
}
