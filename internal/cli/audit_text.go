package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"eaibench/audit"
	"eaibench/results"
)

// evidenceShown is how many sentences of a threat's evidence are printed; JSON has them all.
const evidenceShown = 5

// writeAudit prints a report as text of at most 100 columns.
func writeAudit(w io.Writer, campaign *results.Campaign, report audit.Report) error {
	var page strings.Builder
	fmt.Fprintf(&page, "%s\nscenario %s, solution %s, platform %s%s\n",
		campaign.Title, campaign.Name, campaign.Solution, campaign.Platform, onTarget(campaign.Placement.TargetText()))
	page.WriteString(importedText(campaign.Import))
	fmt.Fprintf(&page, "audit: %s\n", report.CountText())
	for _, threat := range report.Threats {
		page.WriteString("\n" + hanging(fmt.Sprintf("%-9s", threat.Severity), threat.Check+": "+threat.Title))
		for i, sentence := range threat.Evidence {
			if i == evidenceShown {
				fmt.Fprintf(&page, "          and %d more; --json prints them all\n", len(threat.Evidence)-evidenceShown)
				break
			}
			page.WriteString(hanging("          -", sentence))
		}
		page.WriteString(hanging("          do:", threat.Advice))
		if threat.Reference != "" {
			page.WriteString(hanging("          see:", threat.Reference))
		}
	}
	writeLooks(&page, "In order", report.Examined, true)
	writeLooks(&page, "Not examined", report.NotExamined, false)
	writeLooks(&page, "Not applicable", report.NotApplicable, false)
	_, err := io.WriteString(w, page.String())
	return err
}

// writeLooks lists checks; of those that looked, the ones that found nothing.
func writeLooks(page *strings.Builder, title string, looks []audit.Look, nothingFound bool) {
	begun := false
	for _, look := range looks {
		if nothingFound && look.Threat {
			continue
		}
		if !begun {
			fmt.Fprintf(page, "\n%s\n", title)
			begun = true
		}
		page.WriteString(hanging(fmt.Sprintf("  %-21s", look.Check), look.Text))
	}
}

// hanging writes a paragraph behind a label, its lines at most 100 columns wide and all but the first below the paragraph.
func hanging(label, paragraph string) string {
	indent := strings.Repeat(" ", len([]rune(label))+1)
	wrapped := trailingSpaces.ReplaceAllString(text.WrapSoft(paragraph, 100-len(indent)), "")
	return label + " " + strings.ReplaceAll(wrapped, "\n", "\n"+indent) + "\n"
}
