package cli

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"eaibench/bench"
	"eaibench/plots"
	"eaibench/results"
)

// writeSummary prints the summary as text of at most 100 columns.
func writeSummary(w io.Writer, s summary) error {
	var page strings.Builder
	fmt.Fprintf(&page, "%s\n", s.Title)
	fmt.Fprintf(&page, "scenario %s, solution %s, platform %s%s\n", s.Name, s.Solution, s.Platform, onTarget(s.Target))
	page.WriteString(importedText(s.Import))
	if s.StandIn {
		fmt.Fprintf(&page, "Every mode is a %s: the numbers say nothing about CHERI.\n", plots.StandIn)
	}
	for _, sentence := range s.Insecure {
		fmt.Fprintln(&page, sentence)
	}
	if s.Caution != "" {
		page.WriteString(wrapped(s.Caution, 100) + "\n")
	}
	for _, sentence := range s.Import.Alerts() {
		page.WriteString(wrapped(sentence, 100) + "\n")
	}
	for _, sentence := range runningSentences(s.Running) {
		page.WriteString(wrapped(sentence, 100) + "\n")
	}
	if s.References == results.ReferencesGiven {
		page.WriteString("Reference values were given, not built when the campaign began.\n")
	}
	for _, link := range s.Links {
		page.WriteString(wrapped(linkSentence(link), 100) + "\n")
	}
	for _, compared := range s.Comparisons {
		fmt.Fprintf(&page, "\n%s\n%s\n", heading(compared), comparisonTable(compared))
		if spread := spreadTable(compared); spread != "" {
			fmt.Fprintf(&page, "\n%s\n", spread)
		}
		for _, note := range summaryNotes(compared) {
			page.WriteString(indented(note))
		}
		if len(compared.Comparisons) > 0 {
			fmt.Fprintf(&page, "\n%s\n", verdictTable(compared.Comparisons))
			for _, sentence := range methods(compared) {
				page.WriteString(indented(sentence))
			}
		}
	}
	page.WriteString(summaryLegend(s.Comparisons, strings.Contains(page.String(), effectColumn)))
	writeSteps(&page, s)
	writeLinks(&page, s.Links)
	page.WriteString(clocksText(s.Clocks))
	fmt.Fprintf(&page, "\n%s\n", countsText(s))
	if text := endedText(s); text != "" {
		page.WriteString(wrapped(text, 100) + "\n")
	}
	for _, loss := range s.Losses {
		page.WriteString(wrapped(lossText(loss), 100) + "\n")
	}
	for i, failure := range s.Failures {
		const shown = 5
		if i == shown {
			fmt.Fprintf(&page, "  and %d more; see runs.csv\n", len(s.Failures)-shown)
			break
		}
		page.WriteString(indented(failureText(failure)))
	}
	if s.threatsText != "" {
		fmt.Fprintln(&page, s.threatsText)
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// writeSteps writes the medians of all steps, and on whom operations wait, where they were asked for.
func writeSteps(page *strings.Builder, s summary) {
	titled := func(title, group string) string {
		if group != "" {
			title += "; " + group
		}
		return title
	}
	for i, steps := range s.Steps {
		fmt.Fprintf(page, "\n%s\n%s\n", titled("steps: median over runs of the median over a run's requests", steps.Group), stepsTable(steps))
		if slices.ContainsFunc(steps.Rows, func(row stepRow) bool { return row.Once }) {
			page.WriteString(indented(onceMark + " timed once a mode, at its first run: one measurement, no median, and in no total"))
		}
		if shares := s.Shares[i]; len(shares.Rows) > 0 {
			fmt.Fprintf(page, "\n%s\n%s\n", titled("shares: on whom the start and each operation wait", shares.Group), sharesTable(shares))
		}
	}
	if len(s.Steps) > 0 {
		page.WriteString(indented(sharesNote))
	}
}

// writeLinks writes what was measured of links.
func writeLinks(page *strings.Builder, shown []shownLink) {
	if measured := linksTable(shown); measured != "" {
		fmt.Fprintf(page, "\nlinks, while no run was under way\n%s\n", measured)
		if slices.ContainsFunc(shown, byHandshakes) {
			page.WriteString(indented("without bandwidth: what was timed are TCP handshakes with a server that measures nothing"))
		}
	}
	for _, failure := range linkFailures(shown) {
		page.WriteString(indented(failure))
	}
}

// summaryLegend explains the columns of the tables above it, once for all of them.
func summaryLegend(shown []comparison, effects bool) string {
	var all []bench.Comparison
	allModes := false
	for _, one := range shown {
		all = append(all, one.Comparisons...)
		allModes = allModes || one.AllModes != nil
	}
	if len(all) == 0 {
		return ""
	}
	return "\n" + legend(append(summaryTerms(shown), comparisonTerms(all, effects, allModes)...))
}

func heading(c comparison) string {
	if c.Group == "" {
		return c.Series.String()
	}
	return c.Series.String() + ", " + c.Group
}

func countsText(s summary) string {
	n := s.Runs
	parts := []string{fmt.Sprintf("%d of %d runs count", n.Counted, n.Planned)}
	for _, left := range []struct {
		n    int
		what string
	}{
		{n.WarmUp, "warm-up"},
		{n.Failed, "failed"},
		{n.Invalid, "invalid"},
		{n.Aborted, "aborted" + limitsText(n.Limits)},
		{n.LeftOut, leftOutText(s.Ended)},
		{n.Planned - n.Done - n.LeftOut, "not carried out"},
	} {
		if left.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", left.n, left.what))
		}
	}
	return strings.Join(parts, "; ") + "."
}

// leftOutText says why runs were left out.
func leftOutText(ended *ending) string {
	if ended != nil && ended.Reason == results.EndTime {
		return "left out, since the time was over"
	}
	return "not needed"
}

// endedText says why the campaign ended; "" where its counts say it: every planned run was carried out, as planned.
func endedText(s summary) string {
	if s.Ended == nil || (s.Ended.Reason == results.EndComplete && !s.Until) {
		return ""
	}
	return fmt.Sprintf("Ended (%s): %s.", s.Ended.Reason, s.Ended.Text)
}

// lossText says what was lost under which run: "r01: target failed, host board; it is carried out anew."
func lossText(loss results.Loss) string {
	run := loss.Run + ": "
	anew := "; begun, it was lost, and is carried out anew."
	if loss.Run == "" {
		run, anew = "", ", after the last run."
	}
	what := string(loss.Failed) + " failed"
	if where := loss.Where(); where != "" {
		what += ", " + where
	}
	return run + what + anew
}

// limitsText says which limits ended how many runs: ": 1 time limit, 2 memory limit"; "" if none did.
func limitsText(limits map[string]int) string {
	var parts []string
	for _, check := range []string{bench.LimitTime, bench.LimitMemory, bench.LimitOutput, bench.LimitProcesses} {
		if n := limits[check]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s limit", n, strings.TrimPrefix(check, bench.LimitPrefix)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func failureText(f failure) string {
	line := fmt.Sprintf("%s %s: ", f.Run, f.Status)
	if f.Check != "" {
		line += "check " + f.Check + ": "
	}
	return line + f.Reason
}

// indented is a paragraph in lines of at most 100 columns: what went wrong often stands at its end.
func indented(paragraph string) string {
	return "  " + strings.ReplaceAll(wrapped(paragraph, 96), "\n", "\n    ") + "\n"
}

// wrapped breaks a paragraph into lines of so many columns.
func wrapped(paragraph string, columns int) string {
	return trailingSpaces.ReplaceAllString(text.WrapSoft(paragraph, columns), "")
}

var trailingSpaces = regexp.MustCompile(`(?m) +$`)

// onceMark follows the name of a step that is timed once a mode.
const onceMark = "*"

// absent stands where there is no value: never 0.
const absent = "–"

func stepsTable(steps stepTable) string {
	header := table.Row{"step", "timed by", "service"}
	for _, mode := range steps.Modes {
		header = append(header, mode)
	}
	t := newTable(header)
	operation := bench.Operation("")
	for _, row := range steps.Rows {
		if row.Operation != operation {
			if operation != "" {
				t.AppendSeparator()
			}
			operation = row.Operation
			t.AppendRow(table.Row{operation})
		}
		name := row.Metric
		if row.Once {
			name += onceMark
		}
		line := table.Row{strings.Repeat("  ", depth(row)) + name, row.Component, row.Service}
		for _, median := range row.Medians {
			line = append(line, duration(median))
		}
		t.AppendRow(line)
	}
	alignRight(t, 4, len(header))
	return t.Render()
}

// depth indents a step that is part of another one of its operation, besides the total.
func depth(row stepRow) int {
	if row.Within == "" || strings.HasSuffix(row.Within, "_total") {
		return 1
	}
	return 2
}

func duration(nanoseconds *float64) string {
	if nanoseconds == nil {
		return absent
	}
	scale := bench.ScaleFor(bench.Nanoseconds, *nanoseconds)
	return scale.Format(*nanoseconds, 3) + " " + scale.Name
}

// newTable is a table without frames: a rule under the header is enough, and it can be copied.
func newTable(header table.Row) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	style := t.Style()
	style.Options.DrawBorder = false
	style.Options.SeparateColumns = false
	style.Format.Header = text.FormatDefault // the default upper-cases, µs into ΜS
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SuppressTrailingSpaces()
	t.AppendHeader(header)
	return t
}

// alignRight aligns columns first to last, counted from 1.
func alignRight(t table.Writer, first, last int) {
	var columns []table.ColumnConfig
	for number := first; number <= last; number++ {
		columns = append(columns, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
}
