package audit_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"eaibench/audit"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// examine audits a described campaign.
func examine(t *testing.T, d described) audit.Report {
	t.Helper()
	report, err := audit.Examine(d.build())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func checksOf(threats []audit.Threat) []string {
	found := []string{}
	for _, threat := range threats {
		found = append(found, threat.Check)
	}
	slices.Sort(found)
	return found
}

// TestNothingToSay: the campaign that the others change is in order, and everything in it could be looked at.
func TestNothingToSay(t *testing.T) {
	report := examine(t, describe(t, filepath.Join("testdata", "base.yaml")))
	if len(report.Threats) > 0 {
		t.Errorf("threats: %+v", report.Threats)
	}
	if len(report.NotExamined) > 0 {
		t.Errorf("not examined: %+v", report.NotExamined)
	}
	if looked := len(report.Examined) + len(report.NotApplicable); looked != len(audit.Checks()) {
		t.Errorf("%d of %d checks looked, or have nothing to look at", looked, len(audit.Checks()))
	}
	// What the campaign does not have was not found to be in order.
	var idle []string
	for _, look := range report.NotApplicable {
		idle = append(idle, look.Check)
	}
	want := []string{"openssl-assembly", "published", "emulated-links", "forwarded", "link-changed", "not-reset", "looks", "precision"}
	if diff := cmp.Diff(want, idle); diff != "" {
		t.Error(diff)
	}
	if got := report.CountText(); got != "no threat found" {
		t.Error(got)
	}
}

// TestDescribedAsWritten: what is audited here is what a campaign's folder would hold.
func TestDescribedAsWritten(t *testing.T) {
	for _, name := range []string{"base", "lost-runs/trips", "sessions/trips", "looks/trips", "unbalanced/trips", "others/linux", "others/controls", "confounds/debug-kernel", "link-changed/trips", "not-reset/trips"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := describe(t, filepath.Join("testdata", filepath.FromSlash(name)+".yaml"))
			if diff := cmp.Diff(d.written(t), d.build(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("read (-), built (+):\n%s", diff)
			}
		})
	}
}

// TestEveryCheck: each check finds what its campaign trips.yaml has, and nothing in passes.yaml; other checks find what
// the files say and nothing else.
func TestEveryCheck(t *testing.T) {
	for _, check := range audit.Checks() {
		for _, kind := range []string{"trips", "passes"} {
			t.Run(check.Name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				checkDescribed(t, check.Name, filepath.Join("testdata", check.Name, kind+".yaml"), kind == "trips")
			})
		}
	}
}

// TestPublishedConfounds: what has spoiled published comparisons on Morello, and files can show, is found in a campaign
// made to have it, by the check that is for it.
func TestPublishedConfounds(t *testing.T) {
	for confound, check := range map[string]string{
		"optimisation-level":    "flags",
		"openssl-assembly":      "openssl-cpu",
		"two-variables":         "two-changes",
		"two-variables-by-name": "chain-link",
		"baseline":              "mode-abi",
		"debug-kernel":          "debug-kernel",
		"revocation":            "revocation",
		"pcc-prediction":        "benchmark-abi",
		"lazy-binding":          "lazy-binding",
		"address-layout":        "address-layout",
		"placement":             "placement",
		"revocation-asked":      "revocation",
		"binding":               "binding",
		"openssl-folders":       "flags",
		"stubbed-work":          "no-work",
		"fixed-order":           "order",
		"few-runs":              "few-runs",
		"host-lost":             "lost-runs",
	} {
		t.Run(confound, func(t *testing.T) {
			t.Parallel()
			checkDescribed(t, check, filepath.Join("testdata", "confounds", confound+".yaml"), true)
		})
	}
}

// TestOtherCampaigns: campaigns of platforms that are known by a profile, or not at all, and ablations beside the whole.
func TestOtherCampaigns(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "others", "*.yaml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			checkDescribed(t, "", file, false)
		})
	}
}

// checkDescribed audits the campaign that a file describes: the check finds what the file says, if it is to find
// anything, other checks what the file names, and nothing else is found.
func checkDescribed(t *testing.T, name, file string, trips bool) {
	t.Helper()
	d := describe(t, file)
	report := examine(t, d)
	want := slices.Clone(d.Also)
	if trips {
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, checksOf(report.Threats)); diff != "" {
		t.Errorf("threats (-want +got):\n%s\n%+v", diff, report.Threats)
	}
	var lacking []string
	for _, look := range report.NotExamined {
		lacking = append(lacking, look.Check)
	}
	if diff := cmp.Diff(strings.Join(d.notExamined(), "\n"), strings.Join(lacking, "\n")); diff != "" {
		t.Errorf("not examined (-want +got):\n%s\n%+v", diff, report.NotExamined)
	}
	if trips {
		checkThreat(t, name, d, report)
	}
}

// notExamined lists the checks that a campaign leaves without an answer: those that its file names, and of an imported one all
// that look at more than values.
func (d described) notExamined() []string {
	if d.Import.Format == "" {
		return d.NotExamined
	}
	var names []string
	for _, check := range audit.Checks() {
		switch check.Name {
		case "published", "chain-link", "no-work", "few-runs", "unbalanced", "order", "trend", "bimodal", "unsteady", "outliers", "first-run":
			if !slices.Contains(d.NotExamined, check.Name) {
				continue
			}
		}
		names = append(names, check.Name)
	}
	return names
}

func checkThreat(t *testing.T, name string, d described, report audit.Report) {
	t.Helper()
	check := audit.Checks()[slices.IndexFunc(audit.Checks(), func(check audit.Check) bool { return check.Name == name })]
	at := slices.IndexFunc(report.Threats, func(threat audit.Threat) bool { return threat.Check == name })
	if at < 0 {
		return // said before
	}
	threat := report.Threats[at]
	if d.Finds.Severity != string(threat.Severity) {
		t.Errorf("severity %s, want %s: %q", threat.Severity, d.Finds.Severity, threat.Evidence)
	}
	if d.Finds.Evidence == "" || !strings.Contains(strings.Join(threat.Evidence, "\n"), d.Finds.Evidence) {
		t.Errorf("evidence %q does not say %q", threat.Evidence, d.Finds.Evidence)
	}
	if !check.Severity.AtLeast(threat.Severity) {
		t.Errorf("severity %s is worse than the table's %s", threat.Severity, check.Severity)
	}
	if threat.Title == "" || threat.Advice == "" {
		t.Errorf("%+v says not what it is, or what to do", threat)
	}
}

// TestLoadSaysItsLimit: a number that is too large is said with what would not be.
func TestLoadSaysItsLimit(t *testing.T) {
	d := describe(t, filepath.Join("testdata", "base.yaml"))
	d.Environment.Load1 = 3
	report := examine(t, d)
	if got := checksOf(report.Threats); !slices.Equal(got, []string{"busy"}) {
		t.Fatalf("%q", got)
	}
	if got, want := report.Threats[0].Evidence[0], "3.00 tasks ran or waited in the last minute, on 4 CPUs; at most 1.00 is wanted"; !strings.HasSuffix(got, want) {
		t.Errorf("%q, want …%q", got, want)
	}
}
