package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"eaibench/scenarios"
)

// A program is compiled once a cell: cells of one mode cost a compilation each.
func TestEstimateCompilesEachCell(t *testing.T) {
	estimate := func(matrix string) time.Duration {
		file := filepath.Join(t.TempDir(), "mine.yaml")
		text := "version: 1\nname: mine\nsolution: retail\nplatform: linux\nmodes: [hybrid]\nruns: 1\nwarm_up: 0\n" + matrix
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		return s.Plan(nil).Estimate()
	}
	if one, three := estimate(""), estimate("matrix: {threshold: [1, 2, 3]}"); three-one < 4*time.Second {
		t.Errorf("one cell %s, three cells %s", one, three)
	}
}
