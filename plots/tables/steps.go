package tables

import "eaibench/bench"

// onceMark follows the name of a step that is timed once a mode.
const onceMark = "*"

// steps has a row for each step that was timed, and a section for each operation.
func (s *Source) steps() ([]*Table, error) {
	t := s.table("steps", "median of every step, by mode")
	t.parts = append(t.parts, "operation")
	once := false
	var lines []line
	for _, series := range bench.TimedSteps(s.data.Samples) {
		step, _ := bench.StepOf(series)
		name := series.Metric
		if step.OncePerMode {
			name, once = name+onceMark, true
		}
		lines = append(lines, line{Series: series, part: string(series.Operation), texts: []string{name, string(series.Component), series.Service}})
	}
	before := []column{
		{heading: "step", csv: []string{"step"}}, {heading: "timed by", csv: []string{"component"}}, {heading: "service", csv: []string{"service"}},
	}
	if err := s.mediansOf(t, bench.Nanoseconds, before, lines); err != nil {
		return nil, err
	}
	if once {
		t.Notes = append(t.Notes, onceMark+" timed once a mode, at its first run: one measurement, no median, and in no total.")
	}
	t.Notes = append(t.Notes, "Steps of one operation may be part of each other and overlap: they do not add up to its total.")
	return []*Table{t}, nil
}
