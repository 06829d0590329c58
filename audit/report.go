package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// Severity says what a threat means for whoever reads the comparison.
type Severity string

// The severities, the worst first.
const (
	// Critical: the comparison is not valid. Its numbers are not of what they are called, or two things changed at once.
	Critical Severity = "critical"
	// Serious: a difference as large as the one shown may come from this alone. It has to be put right, or ruled out,
	// before the numbers are published.
	Serious Severity = "serious"
	// Note: a limit of the comparison that its readers must be told.
	Note Severity = "note"
)

// Severities lists them, the worst first.
func Severities() []Severity { return []Severity{Critical, Serious, Note} }

// AtLeast tells whether it is as bad as the other one, or worse.
func (s Severity) AtLeast(other Severity) bool {
	order := Severities()
	return slices.Index(order, s) <= slices.Index(order, other)
}

// Threat is something that a check found.
type Threat struct {
	// Check is the check's name: it stays as it is from version to version.
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Title says what is the matter.
	Title string `json:"title"`
	// Evidence are the values, runs and cells that show it, a sentence each, the gravest first; at least one.
	Evidence []string `json:"evidence"`
	// Advice says what to do.
	Advice string `json:"advice"`
	// Reference is where it is told what this does to numbers, "" if nowhere.
	Reference string `json:"reference,omitempty"`
}

// Look is what became of a check.
type Look struct {
	Check string `json:"check"`
	// Text says what was looked at; of what was not examined, why.
	Text string `json:"text"`
	// Threat is true where something was found.
	Threat bool `json:"threat"`
}

// Report is everything that an audit has to say of a campaign.
type Report struct {
	// Threats, the worst first, then in the order of the table of checks.
	Threats []Threat `json:"threats"`
	// Examined are the checks that looked, NotExamined those that could not, or not at all of it, in the order of the
	// table: a check of which a part could not look is in both. NotApplicable are those about what the campaign does not have.
	Examined      []Look `json:"examined"`
	NotExamined   []Look `json:"not_examined"`
	NotApplicable []Look `json:"not_applicable"`
}

// Examine looks for threats to the validity of a campaign, by every check of the table. What is about values is looked for
// in the given series, without any in execute_total and start_total, and of an imported campaign in what its files measure. The error says which sample cannot be used.
func Examine(data *results.Data, series ...bench.Series) (Report, error) {
	report := Report{Threats: []Threat{}, Examined: []Look{}, NotExamined: []Look{}, NotApplicable: []Look{}}
	if len(series) == 0 {
		series = []bench.Series{bench.ExecuteTotal(), bench.StartTotal()}
		if imported := data.Campaign.Import; imported != nil {
			series = imported.Series
		}
	}
	c, err := newCampaign(data, series)
	if err != nil {
		return report, fmt.Errorf("auditing %s: %w", data.Campaign.Name, err)
	}
	for _, check := range checks() {
		var f finding
		c.examine(check, &f)
		if f.without != "" {
			report.NotApplicable = append(report.NotApplicable, Look{Check: check.Name, Text: f.without})
		}
		if f.seen != "" {
			report.Examined = append(report.Examined, Look{Check: check.Name, Text: f.seen, Threat: len(f.shown) > 0})
		}
		if len(f.lacking) > 0 {
			report.NotExamined = append(report.NotExamined, Look{Check: check.Name, Text: strings.Join(f.lacking, "; "), Threat: len(f.shown) > 0})
		}
		if len(f.shown) > 0 {
			report.Threats = append(report.Threats, f.threat(check))
		}
	}
	slices.SortStableFunc(report.Threats, func(a, b Threat) int { return bySeverity(a.Severity, b.Severity) })
	return report, nil
}

// Count says how many threats there are of each severity.
func (r Report) Count() map[Severity]int {
	counts := map[Severity]int{}
	for _, threat := range r.Threats {
		counts[threat.Severity]++
	}
	return counts
}

// CountText says it in words: "1 critical, 2 serious, 3 notes", or "no threat found".
func (r Report) CountText() string {
	counts := r.Count()
	var parts []string
	for _, severity := range Severities() {
		switch n := counts[severity]; {
		case n == 0:
		case severity == Note && n > 1:
			parts = append(parts, fmt.Sprintf("%d notes", n))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if len(parts) == 0 {
		return "no threat found"
	}
	return strings.Join(parts, ", ")
}

// Reaches tells whether there is a threat as bad as the severity, or worse.
func (r Report) Reaches(severity Severity) bool {
	return slices.ContainsFunc(r.Threats, func(t Threat) bool { return t.Severity.AtLeast(severity) })
}

func bySeverity(a, b Severity) int {
	order := Severities()
	return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
}

// finding collects what one check has to say.
type finding struct {
	seen    string
	without string
	lacking []string
	shown   []shown
}

// shown is a sentence of evidence, and how bad what it shows is.
type shown struct {
	severity Severity
	text     string
}

// saw says what the check looked at; without, it is not among those that examined.
func (f *finding) saw(format string, args ...any) { f.seen = fmt.Sprintf(format, args...) }

// idle says what the campaign does not have, without which there is nothing for the check to look at.
func (f *finding) idle(format string, args ...any) { f.without = fmt.Sprintf(format, args...) }

// lacks says what the check could not look at, and why.
func (f *finding) lacks(format string, args ...any) {
	f.lacking = append(f.lacking, fmt.Sprintf(format, args...))
}

// found adds evidence; the same sentence counts once.
func (f *finding) found(severity Severity, format string, args ...any) {
	one := shown{severity, fmt.Sprintf(format, args...)}
	if !slices.Contains(f.shown, one) {
		f.shown = append(f.shown, one)
	}
}

// threat is as bad as the worst of the evidence.
func (f *finding) threat(check Check) Threat {
	slices.SortStableFunc(f.shown, func(a, b shown) int { return bySeverity(a.severity, b.severity) })
	threat := Threat{Check: check.Name, Severity: f.shown[0].severity, Title: check.Title, Advice: check.Advice, Reference: check.Reference}
	for _, one := range f.shown {
		threat.Evidence = append(threat.Evidence, one.text)
	}
	return threat
}
