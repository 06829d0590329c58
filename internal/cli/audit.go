package cli

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"eaibench/audit"
	"eaibench/results"
)

func auditCommand() *cli.Command {
	return &cli.Command{
		Name:      "audit",
		Usage:     "look for threats to the validity of a campaign, or name the ABI of executables",
		UsageText: "eaibench audit DIR [--fail-on SEVERITY] [--json]\neaibench audit FILE... [--json]",
		Description: `DIR is a campaign's folder, complete or not. Prints what makes its comparison less than it says,
the worst first, each with the evidence and what to do; then what was in order, what could not
be examined and why, and what is about something that the campaign does not have. A threat is
critical when the comparison is not valid, serious when a difference as large as the one shown
may come from it alone, and a note when readers must be told.

FILEs are ELF files, executables or libraries: prints their ABI (hybrid, purecap,
purecap-benchmark), whether their interpreter makes compartments (c18n), the CheriBSD release
they were built for, and how they are linked, by their headers alone: names of files and folders
say nothing.

Ends with 3 when --fail-on names a severity and a threat is as bad or worse; with 2 when DIR is
no campaign or a FILE is no ELF file.

EXAMPLES:
   eaibench audit out/smoke-20260131T120000Z
   eaibench audit out/smoke-20260131T120000Z --fail-on serious
   eaibench audit bin/hybrid bin/purecap
   eaibench audit --json /usr/lib/libcrypto.so`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "fail-on", Usage: "end with 3 when a threat is as bad as `critical|serious|note` or worse"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON, with all of the evidence"},
		},
		Action: func(c *cli.Context) error {
			if err := noMoreArguments(c, "DIR or FILE..."); err != nil {
				return err
			}
			if c.IsSet("fail-on") && !isSeverity(c.String("fail-on")) {
				return misuse("--fail-on is %q; it is one of critical, serious, note", c.String("fail-on"))
			}
			arguments := c.Args().Slice()
			for _, argument := range arguments {
				info, err := os.Stat(argument)
				switch {
				case err != nil:
					return badInput("auditing: %w", err)
				case info.IsDir() && len(arguments) > 1:
					return misuse("%s is a folder: a campaign is audited alone", argument)
				case info.IsDir():
					return auditCampaign(c, argument)
				case c.IsSet("fail-on"):
					return misuse("--fail-on is of a campaign; %s is none", argument)
				}
			}
			return auditFiles(c, arguments)
		},
	}
}

func isSeverity(word string) bool {
	for _, severity := range audit.Severities() {
		if word == string(severity) {
			return true
		}
	}
	return false
}

// audited is what `eaibench audit DIR --json` prints.
type audited struct {
	Campaign string                 `json:"campaign"`
	Counts   map[audit.Severity]int `json:"counts"`
	audit.Report
}

func auditCampaign(c *cli.Context, folder string) error {
	data, err := results.Read(folder)
	if err != nil {
		return badInput("%w", err)
	}
	report, err := audit.Examine(data)
	if err != nil {
		return failed("%w", err)
	}
	if c.Bool("json") {
		err = writeJSON(c.App.Writer, audited{data.Campaign.Name, counts(report), report})
	} else {
		err = writeAudit(c.App.Writer, data.Campaign, report)
	}
	if err != nil {
		return failed("printing the audit: %w", err)
	}
	if limit := audit.Severity(c.String("fail-on")); c.IsSet("fail-on") && report.Reaches(limit) {
		return gateTripped("%s: %s; --fail-on is %s", folder, report.CountText(), limit)
	}
	return nil
}

// counts has every severity, also those of which there is no threat.
func counts(report audit.Report) map[audit.Severity]int {
	all := report.Count()
	for _, severity := range audit.Severities() {
		all[severity] += 0
	}
	return all
}

// audited adds how many threats the campaign in the folder has.
func (s *summary) audited(data *results.Data, folder string) error {
	report, err := audit.Examine(data)
	if err != nil {
		return err
	}
	s.Threats = counts(report)
	s.threatsText = "audit: " + report.CountText() + ": eaibench audit " + shellWord(strings.TrimSuffix(folder, "/"))
	return nil
}
