package tables

import (
	"fmt"
	"strings"
)

// Audit is what an audit of the campaign found, in the order in which it is shown.
type Audit struct {
	Threats []Threat
	// InOrder are the checks that found nothing.
	InOrder []string
	// NotExamined are the checks that could not look, or not at all of it, and why.
	NotExamined []NotExamined
}

// Threat to the validity of the campaign's comparisons.
type Threat struct {
	Severity, Check, Title string
	// Evidence, a sentence each, the gravest first.
	Evidence []string
	// Advice says what to do; Reference where it is told what the threat does to numbers, "" if nowhere.
	Advice, Reference string
}

// NotExamined is a check that could not look.
type NotExamined struct{ Check, Why string }

// evidenceShown is how many sentences of a threat's evidence pages have; CSV has all.
const evidenceShown = 2

// threats has a row for each threat, also where there is none: then its notes say what was examined.
func (s *Source) threats() ([]*Table, error) {
	t := s.table("audit", "threats to the validity of the comparison")
	t.parts = nil
	t.columns = []column{
		{heading: "how severe", csv: []string{"threat_severity"}},
		{kind: prose, heading: "check", width: 0.11, csv: []string{"check"}},
		{kind: prose, heading: "threat", width: 0.16, csv: []string{"threat"}},
		{kind: prose, heading: "evidence", width: 0.33, csv: []string{"evidence"}},
		{kind: prose, heading: "what to do", width: 0.21, csv: []string{"advice"}},
		{csv: []string{"reference"}, csvOnly: true},
	}
	var part section
	for _, threat := range s.audit.Threats {
		evidence := strings.Join(threat.Evidence, "; ")
		shown := evidence
		if more := len(threat.Evidence) - evidenceShown; more > 0 {
			shown = fmt.Sprintf("%s; and %d more, which CSV has", strings.Join(threat.Evidence[:evidenceShown], "; "), more)
		}
		part.rows = append(part.rows, []cell{
			text(threat.Severity), text(threat.Check), text(threat.Title), {text: shown, raw: []string{evidence}}, text(threat.Advice), text(threat.Reference),
		})
	}
	t.sections = []section{part}
	if len(part.rows) == 0 {
		t.Notes = append(t.Notes, "No threat was found.")
	}
	t.Notes = append(t.Notes, "critical: the comparison is not valid; serious: a difference as large as the one shown may come from it alone; note: readers must be told.")
	if len(s.audit.InOrder) > 0 {
		t.Notes = append(t.Notes, "Examined, and nothing found: "+strings.Join(s.audit.InOrder, ", ")+".")
	}
	for _, one := range s.audit.NotExamined {
		t.Notes = append(t.Notes, fmt.Sprintf("Not examined, or not all of it: %s: %s.", one.Check, one.Why))
	}
	return []*Table{t}, nil
}
