package cli

import (
	"fmt"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// comparisonTable has a line for each mode, and below it one of the values without those that look like outliers.
func comparisonTable(c comparison) string {
	number, unit := c.numbers()
	t := newTable(table.Row{"mode", "n", "median" + unit, "quartiles", "mean", "sd", "× previous", "× first", "peak memory"})
	for _, mode := range c.Modes {
		row := table.Row{mode.Cell.Mode, 0, absent, absent, absent, absent, ratio(mode.ToPrevious), ratio(mode.ToFirst), memory(mode.PeakMemory)}
		summary := mode.Summary
		if summary != nil {
			copy(row[1:], summaryColumns(summary.Summary, number))
		}
		t.AppendRow(row)
		if summary != nil && summary.WithoutOutliers != nil {
			t.AppendRow(append(table.Row{fmt.Sprintf("  − %s", counted(summary.Outliers.Any, "outlier"))}, summaryColumns(*summary.WithoutOutliers, number)...))
		}
	}
	alignRight(t, 2, 9)
	return t.Render()
}

// numbers gives how the values of a table are written, and their unit as its heading has it.
func (c comparison) numbers() (number func(float64) string, unit string) {
	var medians []float64
	for _, mode := range c.Modes {
		if mode.Summary != nil {
			medians = append(medians, mode.Summary.Median)
		}
	}
	scale := bench.ScaleFor(c.Unit, medians...)
	if len(medians) > 0 && scale.Name != "" {
		unit = " (" + scale.Name + ")"
	}
	places := decimals(scale, medians)
	return func(value float64) string { return fmt.Sprintf("%.*f", places, value/scale.Size) }, unit
}

// summaryColumns are n, median, quartiles, mean and standard deviation.
func summaryColumns(s statistics.Summary, number func(float64) string) table.Row {
	row := table.Row{s.N, number(s.Median), number(s.Q1) + " … " + number(s.Q3), number(s.Mean), absent}
	if s.SD != nil {
		row[4] = number(*s.SD)
	}
	return row
}

// spreadTable says how certain median and mean are, how the values scatter, and how they went over the campaign.
func spreadTable(c comparison) string {
	number, _ := c.numbers()
	level := statistics.Confidence
	t := newTable(nil)
	for _, mode := range c.Modes {
		s := mode.Summary
		if s == nil {
			continue
		}
		for _, interval := range []*statistics.Interval{s.MedianInterval, s.MeanInterval} {
			if interval != nil {
				level = interval.Confidence
			}
		}
		course := absent
		if mode.Course != nil {
			course = string(mode.Course.Class)
		}
		t.AppendRow(table.Row{
			mode.Cell.Mode, intervalText(s.MedianInterval, number), intervalText(s.MeanInterval, number), number(s.MAD),
			percentOrAbsent(s.CV), twoDecimals(s.Skewness), outliersText(s.Outliers), course,
		})
	}
	if t.Length() == 0 {
		return ""
	}
	t.AppendHeader(table.Row{"mode", "median, " + percentText(level), "mean, " + percentText(level), "MAD", "CV", "skewness", "outliers", "course"})
	alignRight(t, 2, 6)
	return t.Render()
}

func intervalText(interval *statistics.Interval, number func(float64) string) string {
	if interval == nil {
		return absent
	}
	return number(interval.Low) + " … " + number(interval.High)
}

func percentOrAbsent(share *float64) string {
	if share == nil {
		return absent
	}
	return fmt.Sprintf("%.1f %%", 100**share)
}

func twoDecimals(x *float64) string {
	if x == nil {
		return absent
	}
	return fmt.Sprintf("%.2f", *x)
}

// outliersText says how many values are mild and severe outliers by Tukey's fences, and how many by the modified z-score.
func outliersText(o statistics.OutlierCounts) string {
	if o.Any == 0 {
		return "none"
	}
	return fmt.Sprintf("%d/%d/%d", o.Mild, o.Severe, o.ModifiedZ)
}

// summaryNotes say what the summaries left out and what they did not.
func summaryNotes(c comparison) []string {
	var notes []string
	for _, mode := range c.Modes {
		if mode.Note != "" {
			notes = append(notes, mode.Cell.Mode+": "+mode.Note)
		}
		notes = append(notes, courseNotes(mode)...)
	}
	if text := leftOutRuns(c.Modes); text != "" {
		notes = append(notes, text)
	}
	return notes
}

// leftOutRuns says which runs of each mode are in no summary; "" if there are none.
func leftOutRuns(modes []modeValues) string {
	var out []string
	alike := true
	for _, mode := range modes {
		alike = alike && mode.LeftOut == modes[0].LeftOut
		if text := mode.LeftOut.String(); text != "" {
			out = append(out, mode.Cell.Mode+" "+text)
		}
	}
	switch {
	case len(out) == 0:
		return ""
	case alike && len(modes) > 1:
		return "runs left out of each mode: " + modes[0].LeftOut.String()
	}
	return "runs left out: " + strings.Join(out, "; ")
}

// courseNotes say from which run on a mode's values are steady, where that is not the first.
func courseNotes(mode modeValues) []string {
	switch course := mode.Course; {
	case course == nil || course.Class == statistics.Flat:
		return nil
	case course.FirstSteady == nil:
		return []string{fmt.Sprintf("%s: no steady state: its values are of several states", mode.Cell.Mode)}
	default:
		return []string{fmt.Sprintf("%s: %s, steady from %s on, run %d of %d; the runs before are not left out",
			mode.Cell.Mode, course.Class, course.FirstSteadyRun, *course.FirstSteady+1, mode.Summary.N)}
	}
}

// decimals gives the largest value four significant digits.
func decimals(scale bench.Scale, values []float64) int {
	largest := 0.0
	for _, value := range values {
		largest = max(largest, value/scale.Size)
	}
	if largest == 0 {
		return 0
	}
	return max(0, 3-int(math.Floor(math.Log10(largest))))
}

func ratio(r *float64) string {
	if r == nil {
		return absent
	}
	return fmt.Sprintf("%.3f", *r)
}

func memory(bytes *float64) string {
	if bytes == nil {
		return absent
	}
	scale := bench.ScaleFor(bench.Bytes, *bytes)
	return scale.Format(*bytes, 3) + " " + scale.Name
}
