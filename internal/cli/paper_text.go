package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/audit"
	"eaibench/plots/paper"
)

// writeStudy says what became of a study's numbers, and what does not survive the audit.
func writeStudy(page *strings.Builder, study paper.Study, report audit.Report) {
	what, where, _ := strings.Cut(study.About, "; ")
	fmt.Fprintf(page, "%s: %s\n", study.Folder, what)
	page.WriteString(hanging("published in", "github.com/"+where))
	if !study.Published() {
		page.WriteString(wrapped("Not all files are the published ones (SHA-256): what is known of those may be true of these.", 100) + "\n")
	}
	if len(study.Tables) > 0 {
		fmt.Fprintf(page, "\n%s\n", tablesTable(study.Tables))
	} else {
		page.WriteString("No table of it was published with its files: figures alone.\n")
	}
	for _, one := range study.Tables {
		for _, reason := range one.Reasons() {
			page.WriteString(indented(fmt.Sprintf("%s: not computed: %s", filepath.Base(one.File), reason)))
		}
		writeDisagreements(page, one)
	}
	fmt.Fprintf(page, "audit: %s\n", report.CountText())
	for _, conclusion := range study.Conclusions {
		writeConclusion(page, conclusion, report)
	}
	page.WriteString("\n")
}

// tablesTable counts the numbers of each published file.
func tablesTable(tables []paper.Table) string {
	t := newTable(table.Row{"published file", "numbers", "agree", "to the last digit", "not computed", "disagree", "apart"})
	for _, one := range tables {
		apart := absent
		if largest := one.Largest(); largest > 0 {
			apart = fmt.Sprintf("%.0e", largest)
		}
		t.AppendRow(table.Row{
			strings.TrimSuffix(filepath.Base(one.File), ".csv"), len(one.Numbers), one.Count(paper.Agrees), one.Exact(), one.Count(paper.Explained), one.Count(paper.Disagrees), apart,
		})
	}
	alignRight(t, 2, 7)
	return t.Render()
}

// disagreementsShown is how many are printed of a file; all are in the files of numbers.
const disagreementsShown = 10

func writeDisagreements(page *strings.Builder, one paper.Table) {
	shown := 0
	for _, number := range one.Numbers {
		if number.Verdict != paper.Disagrees {
			continue
		}
		if shown++; shown > disagreementsShown {
			continue
		}
		page.WriteString(indented("DISAGREES: " + disagreement(one, number)))
	}
	if shown > disagreementsShown {
		page.WriteString(indented(fmt.Sprintf("and %d more", shown-disagreementsShown)))
	}
}

// disagreement says what came out and what was published.
func disagreement(one paper.Table, number paper.Number) string {
	ours := number.Ours
	if ours == "" {
		ours = "nothing"
	}
	text := fmt.Sprintf("%s: %s: ours %s, theirs %s", one.File, number.Place, ours, number.Theirs)
	if !math.IsNaN(number.Difference) {
		text += fmt.Sprintf(", difference %.3g", number.Difference)
	}
	if number.Why != "" {
		text += " (" + number.Why + ")"
	}
	return text
}

// writeConclusion says why a conclusion does not follow, if an audit or the numbers show it.
func writeConclusion(page *strings.Builder, conclusion paper.Conclusion, report audit.Report) {
	var evidence []string
	for _, check := range conclusion.Checks {
		for _, threat := range report.Threats {
			if threat.Check == check && threat.Severity.AtLeast(audit.Serious) {
				for _, sentence := range threat.Evidence {
					evidence = append(evidence, fmt.Sprintf("%s (%s): %s", threat.Check, threat.Severity, sentence))
				}
			}
		}
	}
	evidence = append(evidence, conclusion.Evidence...)
	if len(evidence) == 0 {
		return
	}
	page.WriteString("\n" + hanging("DOES NOT SURVIVE", conclusion.Beside))
	page.WriteString(hanging("  published:", conclusion.Says))
	for _, sentence := range evidence {
		page.WriteString(hanging("  -", sentence))
	}
}

// writeTotal sums up, and lists what disagrees.
func writeTotal(page *strings.Builder, studies []paper.Study, out string) (disagreements []string) {
	numbers, agree, explained := 0, 0, 0
	for _, study := range studies {
		for _, one := range study.Tables {
			numbers += len(one.Numbers)
			agree += one.Count(paper.Agrees)
			explained += one.Count(paper.Explained)
			for _, number := range one.Numbers {
				if number.Verdict == paper.Disagrees {
					disagreements = append(disagreements, disagreement(one, number))
				}
			}
		}
	}
	fmt.Fprintf(page, "%s: %d agree, %d cannot be computed and are explained, %d disagree.\n", counted(numbers, "published number"), agree, explained, len(disagreements))
	page.WriteString(wrapped("Those that agree, but not to the last digit, were published with all digits of a float64 and are apart by at most the share that the tables name: sums in another order, and Shapiro and Wilk's p far down its tail.", 100) + "\n")
	fmt.Fprintf(page, "Each beside ours: %s. Figures: %s.\n", filepath.Join(out, "numbers"), filepath.Join(out, "figures"))
	return disagreements
}
