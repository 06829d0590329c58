package audit

import (
	"fmt"
	"strings"

	"eaibench/results"
)

// checkPublished looks at what an imported campaign was made of.
func checkPublished(c *campaign, f *finding) {
	imported := c.Campaign.Import
	if imported == nil {
		f.idle("eaibench carried the campaign out")
		return
	}
	var names []string
	unknown := 0
	for _, file := range imported.Files {
		names = append(names, fmt.Sprintf("%s (%s)", file.Name, several(file.Rows, "row")))
		if file.Published == "" {
			unknown++
		}
	}
	f.saw("%s: %s", imported.Format, strings.Join(names, ", "))
	if unknown > 0 {
		f.lacks("%s of %d with other bytes than any published file that is known: nobody says how it came about", several(unknown, "file"), len(imported.Files))
	}
	dropped := 0
	for _, file := range imported.Files {
		dropped += file.Dropped
		if file.Dropped == 0 {
			continue
		}
		severity := Note
		if float64(file.Dropped) > droppedShare*float64(file.Rows+file.Dropped) {
			severity = Serious
		}
		f.found(severity, "%s: %s could not be read and were left out, %d are there", file.Name, several(file.Dropped, "row"), file.Rows)
	}
	if dropped > 0 {
		first := imported.Dropped[0]
		f.found(Note, "the first row that was left out: %s:%d: %s", first.File, first.Line, first.Reason)
	}
}

// droppedShare of a file's rows is where what is left may not be like what is not.
const droppedShare = 0.01

// examine makes a check, as far as the campaign allows it: published files do not hold what some look at. What is known
// of them, the check for it reports.
func (c *campaign) examine(check Check, f *finding) {
	imported := c.Campaign.Import
	if imported == nil {
		check.examine(c, f)
		return
	}
	if why, unanswered := unpublished(check.Name, c); unanswered {
		f.lacks("%s", why)
	} else {
		check.examine(c, f)
	}
	for _, known := range imported.Known {
		if known.Check == check.Name {
			f.found(Severity(known.Severity), "%s (%s)", known.Text, known.Source)
		}
	}
}

// unpublished says why a check cannot look at an imported campaign, if it cannot: published files are values of cells, and
// hold nothing of what most checks look at. One that is not named here would take an empty record for a good one.
func unpublished(check string, c *campaign) (why string, is bool) {
	switch check {
	case "published", "chain-link", "unlike-cells", "no-work", "few-runs", "unbalanced", "order",
		"trend", "bimodal", "unsteady", "outliers", "first-run":
		return "", false
	case "lost-runs":
		return "the files name no run that was lost", results.Lost(c.Data) == 0
	case "incomplete", "looks", "precision":
		return "what was planned, and when it was to stop, is not published", true
	case "crypto-none", "verify-cached":
		return "what was sealed and verified is not published", true
	case "mode-abi", "baseline-compartment", "compartment-proof", "source", "executable", "built-for", "flags", "optimisation", "compiler",
		"lazy-binding", "binding", "stand-in", "two-changes", "benchmark-abi":
		return "neither executables, nor how they were compiled, nor evidence of a compartment is in published files", true
	case "openssl-version", "openssl-cpu", "openssl-assembly":
		return "what OpenSSL says of itself is not published", true
	}
	return "the host, what was on it and when are not in published files", true
}
