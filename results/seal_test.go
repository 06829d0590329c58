package results

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSeal(t *testing.T) {
	folder, w := newFolder(t)
	if err := w.Append(okRun("r02"), samplesOf("r02", 1), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(ReportFolder(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ReportFolder(folder), "a.svg"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Seal(); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(okRun("r02"), nil, nil); !errors.Is(err, ErrComplete) {
		t.Errorf("appended to a sealed campaign: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(folder); !errors.Is(err, ErrComplete) {
		t.Errorf("resumed a sealed campaign: %v", err)
	}
	data, err := Read(folder)
	if err != nil || !data.Complete {
		t.Errorf("complete is %v, %v", data.Complete, err)
	}
	manifest, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(manifest)) {
		named = append(named, strings.Fields(line)[1])
	}
	want := []string{"campaign.json", "events.jsonl", "logs/r00.log", "logs/r01.log", "logs/r02.log", "runs.csv", "samples.csv"}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Error(diff)
	}
	check := exec.Command("sha256sum", "--check", "--strict", manifestFile)
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}
