package tables

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"eaibench/internal/spreadsheet"
)

// writeCSV writes values as they were computed, RFC 4180 with a header: campaign, what sets sections apart, every column's values,
// and marks, the alerts, in each row, since rows travel without their captions.
func (t *Table) writeCSV(w io.Writer) error {
	header := append([]string{"campaign"}, t.parts...)
	for _, column := range t.columns {
		header = append(header, column.csv...)
	}
	lines := csv.NewWriter(w)
	if err := lines.Write(spreadsheet.Record(append(header, "marks"))); err != nil {
		return fmt.Errorf("writing table %s: %w", t.Name, err)
	}
	for _, part := range t.sections {
		for _, row := range part.rows {
			record := append([]string{t.campaign}, part.of...)
			for i, column := range t.columns {
				values := make([]string, len(column.csv))
				if i < len(row) {
					copy(values, row[i].raw)
				}
				record = append(record, values...)
			}
			if err := lines.Write(spreadsheet.Record(append(record, strings.Join(t.Alerts, " ")))); err != nil {
				return fmt.Errorf("writing table %s: %w", t.Name, err)
			}
		}
	}
	lines.Flush()
	if err := lines.Error(); err != nil {
		return fmt.Errorf("writing table %s: %w", t.Name, err)
	}
	return nil
}
