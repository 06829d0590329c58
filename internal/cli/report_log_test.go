package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/results"
)

// A campaign of somebody else's whose log is a link does not get the file that it leads to into a report.
func TestReportRefusesALinkedLog(t *testing.T) {
	failed := ""
	folder := sampleCampaign(t, func(run *bench.Run) {
		if failed == "" {
			failed, run.Status, run.Reason = run.ID, bench.Failed, "refused"
		}
	})
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "a secret of the host")
	log := results.LogFile(folder, failed)
	if err := errors.Join(os.Remove(log), os.Symlink(secret, log)); err != nil {
		t.Fatal(err)
	}
	out, people, code := command(t, "report", folder, "--out", "-")
	if code != exitFailed || strings.Contains(out+people, "a secret") || !strings.Contains(people, "no file of the campaign") {
		t.Errorf("exit %d: %s", code, people)
	}
}
