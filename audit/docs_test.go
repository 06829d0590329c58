package audit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eaibench/audit"
)

var update = flag.Bool("update", false, "write the table of checks into docs/audit.md")

// TestDocumentedChecks: docs/audit.md shows the table of checks as it is.
func TestDocumentedChecks(t *testing.T) {
	const begin, end = "<!-- checks -->\n", "<!-- end -->"
	page := filepath.Join("..", "docs", "audit.md")
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	from := strings.Index(text, begin) + len(begin)
	to := strings.Index(text, end)
	if from < len(begin) || to < from {
		t.Fatal("the page has no place for the table")
	}
	var table strings.Builder
	table.WriteString("| check | severity | looks for | why | what to do |\n|---|---|---|---|---|\n")
	for _, check := range audit.Checks() {
		why := check.Why
		if check.Reference != "" {
			why += " (" + check.Reference + ")"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", check.Name, check.Severity, check.Looks, why, check.Advice)
	}
	if text[from:to] == table.String() {
		return
	}
	if !*update {
		t.Fatal("the table is not that of the code; -update writes it")
	}
	if err := os.WriteFile(page, []byte(text[:from]+table.String()+text[to:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTable: names are unique and of one form, and every row says everything that a reader needs.
func TestTable(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z-]{1,20}$`)
	seen := map[string]bool{}
	for _, check := range audit.Checks() {
		if !name.MatchString(check.Name) || seen[check.Name] {
			t.Errorf("%q is no name, or there twice", check.Name)
		}
		seen[check.Name] = true
		if !slices.Contains(audit.Severities(), check.Severity) {
			t.Errorf("%s has the severity %q", check.Name, check.Severity)
		}
		for _, text := range []string{check.Title, check.Looks, check.Why, check.Advice} {
			if text == "" || strings.ContainsAny(text, "|\n") {
				t.Errorf("%s says %q", check.Name, text)
			}
		}
	}
}

func TestSeverities(t *testing.T) {
	serious := audit.Report{Threats: []audit.Threat{{Severity: audit.Serious}, {Severity: audit.Note}, {Severity: audit.Note}}}
	if serious.Reaches(audit.Critical) || !serious.Reaches(audit.Serious) || !serious.Reaches(audit.Note) {
		t.Error("a serious threat and notes are serious, and not critical")
	}
	if got := serious.CountText(); got != "1 serious, 2 notes" {
		t.Error(got)
	}
	if (audit.Report{}).Reaches(audit.Note) {
		t.Error("no threat reaches no severity")
	}
}
