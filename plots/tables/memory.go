package tables

import (
	"slices"

	"eaibench/bench"
)

// memory has a row for each reading of memory that was made.
func (s *Source) memory() ([]*Table, error) {
	t := s.table("memory", "median of every reading of memory, by mode")
	read := bench.SeriesOf(s.data.Samples)
	var lines []line
	for _, reading := range bench.Readings() {
		if reading.Operation != bench.Memory || reading.Unit != bench.Bytes {
			continue
		}
		for _, series := range read {
			if series.Operation == reading.Operation && series.Component == reading.Component && series.Metric == reading.Metric {
				lines = append(lines, line{Series: series, texts: []string{series.Metric, string(series.Component), series.Service}})
			}
		}
	}
	before := []column{
		{heading: "reading", csv: []string{"reading"}}, {heading: "of", csv: []string{"component"}}, {heading: "service", csv: []string{"service"}},
	}
	if err := s.mediansOf(t, bench.Bytes, before, lines); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(lines, func(l line) bool { return l.Series == bench.ProportionalMemory() }) {
		t.Notes = append(t.Notes, "proportional: a process's own memory and its share of what it shares with others.")
	}
	return []*Table{t}, nil
}
