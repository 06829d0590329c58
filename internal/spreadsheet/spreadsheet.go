// Package spreadsheet keeps spreadsheets from computing what a CSV field says.
//
// It owns which fields they would take for formulas; it knows nothing of what is in them.
package spreadsheet

import (
	"slices"
	"strconv"
	"strings"
)

// formulas begin with one of these (OWASP, CSV Injection); the last three are skipped before one.
const formulas = "=+-@\t\r\n"

// Record gives a record for a CSV file that people may open in a spreadsheet, which runs a field like =HYPERLINK(…) that somebody
// else chose: such a field has an apostrophe before it, which shows it as text. A number stays as it is, its sign too.
func Record(fields []string) []string {
	safe := slices.Clone(fields)
	for i, field := range safe {
		if field == "" || !strings.ContainsRune(formulas, rune(field[0])) {
			continue
		}
		if _, err := strconv.ParseFloat(field, 64); err != nil {
			safe[i] = "'" + field
		}
	}
	return safe
}
