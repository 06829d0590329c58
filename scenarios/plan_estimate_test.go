package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"eaibench/scenarios"
)

// A program is compiled once a mode: a further mode costs a compilation, a further cell its runs alone. Over links there is more to
// wait for.
func TestEstimate(t *testing.T) {
	estimateOf := func(modes, matrix string) time.Duration {
		file := filepath.Join(t.TempDir(), "mine.yaml")
		text := "version: 1\nname: mine\nsolution: retail\nplatform: linux\nmodes: [" + modes + "]\nruns: 1\nwarm_up: 0\n" + matrix
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		return s.Plan(nil).Estimate()
	}
	estimate := func(matrix string) time.Duration { return estimateOf("hybrid", matrix) }
	links := "services: {store: {host: a}, taxi: {host: b}}\nlinks: [{between: [target, a], rtt: 4s}, {between: [b, target], rtt: 2s}]\n"
	if near, far := estimate("parameters: {requests: 3}\n"), estimate("parameters: {requests: 3}\n"+links); far-near != 4*6*time.Second {
		t.Errorf("near %s, far %s", near, far) // a round trip to each in the start, and in each request
	}
	one, three, both := estimate(""), estimate("matrix: {threshold: [1, 2, 3]}"), estimateOf("hybrid, purecap", "")
	if further, run := (three-one)/2, (both-one)-2*time.Second; further != run || run <= 0 {
		t.Errorf("one cell %s, three cells %s, two modes %s", one, three, both)
	}
}
