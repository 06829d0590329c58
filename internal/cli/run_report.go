package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"eaibench/bench"
	"eaibench/results"
	"eaibench/runner"
)

// ending is why no more runs were carried out.
type ending struct {
	Reason results.EndReason `json:"reason"`
	Text   string            `json:"text"`
}

// endingOf is how the last session ended, by its events; nil where that is not noted.
func endingOf(events []results.Event) *ending {
	ended := results.EndOf(events)
	if ended == nil {
		return nil
	}
	return &ending{ended.Reason, ended.Text}
}

// report prints what came out, keeps it, and draws the scenario's figures. Runs that are not ok end the command with 1, after
// everything was printed.
func report(c *cli.Context, ran ranScenario) error {
	data, err := results.Read(ran.Folder)
	if err != nil {
		return failed("%w", err)
	}
	// What was measured is said also where not all of it can be drawn.
	var undrawn error
	if slices.ContainsFunc(data.Runs, bench.Run.Counts) {
		ran.Figures, undrawn = drawCampaign(ran.Folder, data)
	}
	err = reportOn(c, ran, data)
	if undrawn != nil {
		return failed("%w", errors.Join(err, undrawn))
	}
	return err
}

// reportOn prints what came out, and keeps it.
func reportOn(c *cli.Context, ran ranScenario, data *results.Data) error {
	said, err := summarizeCampaign(data, ran.Folder)
	if err != nil {
		return failed("%w", err)
	}
	if ran.Summary, err = writeSummaryFile(ran.Folder, said); err != nil {
		return failed("%w", err)
	}
	if err := printReport(c, ran, said); err != nil {
		return failed("printing how it went: %w", err)
	}
	if !ran.Outcome.AllOK() {
		return failed("%s: see %s", notOK(ran.Outcome), filepath.Join(ran.Folder, "runs.csv"))
	}
	return nil
}

func printReport(c *cli.Context, ran ranScenario, said summary) error {
	if c.Bool("json") {
		return writeJSON(c.App.Writer, ran)
	}
	if err := writeSummary(c.App.Writer, said); err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\ncampaign  %s\nsummary   %s\n", ran.Folder, ran.Summary)
	for _, line := range figureLines(ran.Figures) {
		fmt.Fprintf(&text, "figure    %s\n", line)
	}
	if ran.Components != "" {
		fmt.Fprintf(&text, "components, with their logs and databases  %s\n", ran.Components)
	}
	_, err := io.WriteString(c.App.Writer, text.String())
	return err
}

// figureLines has one for each figure, with its formats as a shell expands them: report/steps.{svg,pdf,png}.
func figureLines(files []string) []string {
	var names []string
	formats := map[string][]string{}
	for _, file := range files {
		format := filepath.Ext(file)
		name := strings.TrimSuffix(file, format)
		if formats[name] == nil {
			names = append(names, name)
		}
		formats[name] = append(formats[name], strings.TrimPrefix(format, "."))
	}
	var lines []string
	for _, name := range names {
		lines = append(lines, name+".{"+strings.Join(formats[name], ",")+"}")
	}
	return lines
}

// notOK says how many runs ended how, besides those that are ok.
func notOK(outcome runner.Outcome) string {
	var parts []string
	for _, status := range []bench.Status{bench.Failed, bench.Invalid, bench.Aborted} {
		if n := outcome[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return "runs that are not ok: " + strings.Join(parts, ", ")
}

// printProgress writes one plain line a run, fit for a terminal and a log.
func printProgress(w io.Writer, p runner.Progress) {
	width := len(fmt.Sprint(p.Planned))
	line := fmt.Sprintf("[%*d/%d] %-24s %-8s", width, p.Done, p.Planned, p.Run.ID, p.Run.Status)
	if p.Run.Status == bench.OK {
		line += fmt.Sprintf(" start %8s  execute %8s", took(p.Samples, bench.StartTotal()), took(p.Samples, bench.ExecuteTotal()))
	} else if p.Run.Check != "" {
		line += " " + p.Run.Check + ": " + p.Run.Reason
	} else {
		line += " " + p.Run.Reason
	}
	if p.Run.WarmUp {
		line += "  (warm-up)"
	}
	if p.Run.Crypto == "none" {
		line += "  (INSECURE: not sealed)"
	}
	if p.Run.Verify == bench.Cached {
		line += "  (INSECURE: certificates verified once)"
	}
	fmt.Fprintln(w, line)
}

// took is the value of a series that a run has once.
func took(samples []bench.Sample, series bench.Series) string {
	for _, sample := range samples {
		if sample.Series() == series {
			return fmt.Sprintf("%.2f ms", sample.Value/float64(time.Millisecond))
		}
	}
	return "-"
}
