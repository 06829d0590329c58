package plots

import (
	"fmt"
	"strings"
	"unicode"

	"eaibench/bench"
	"eaibench/results"
)

// StandIn marks figures and tables of modes without CHERI's protection.
const StandIn = "stand-in, not CHERI"

// fileName tells the figures of a campaign apart.
func fileName(series bench.Series) string {
	if series == bench.ExecuteTotal() {
		return "box-" + series.Metric
	}
	parts := []string{"box", string(series.Operation), series.Metric, string(series.Component)}
	if series.Service != "" {
		parts = append(parts, series.Service)
	}
	// A campaign from elsewhere must not choose the folder.
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, strings.Join(parts, "-"))
}

// circumstances says what all the campaign's cells have in common.
func circumstances(c *results.Campaign) string {
	if c.Import != nil { // of the rest nothing is known
		return "imported as " + c.Import.Format + " · program " + c.Solution
	}
	parts := []string{"scenario " + c.Name, "solution " + c.Solution, "platform " + c.Platform}
	for _, aspect := range []func(bench.Cell) string{
		func(c bench.Cell) string { return c.Path },
		func(c bench.Cell) string { return "crypto " + c.Crypto },
		func(c bench.Cell) string {
			if c.Verify == bench.Cached {
				return "verify " + c.Verify
			}
			return ""
		},
		func(c bench.Cell) string {
			if c.Processes > 1 {
				return fmt.Sprintf("%d processes at once", c.Processes)
			}
			return ""
		},
		func(c bench.Cell) string {
			if c.Parameters.Requests == 1 {
				return "1 request a run"
			}
			return fmt.Sprintf("%d requests a run", c.Parameters.Requests)
		},
	} {
		texts := map[string]bool{}
		for _, cell := range c.Cells {
			texts[aspect(cell)] = true
		}
		if len(texts) == 1 && !texts[""] {
			parts = append(parts, aspect(c.Cells[0]))
		}
	}
	return strings.Join(parts, " · ")
}

func metricText(series bench.Series) string {
	if step, ok := bench.StepOf(series); ok {
		return strings.ReplaceAll(fmt.Sprintf("%s: from “%s” to “%s”", series, step.First, step.Last), "`", "")
	}
	return series.String()
}

// operationText names an operation's total for people: "read, service store".
func operationText(series bench.Series) string {
	text := string(series.Operation)
	if series.Operation == bench.Execute {
		text = "whole request"
	}
	if series.Service != "" {
		text += ", service " + series.Service
	}
	return text
}

// counted says how many runs are behind each cell, where the picture does not say it of each.
func (s *Source) counted() string {
	least, most := -1, 0
	for _, cell := range s.data.Campaign.Cells {
		n := 0
		for _, run := range s.data.Runs {
			if run.Cell == cell.ID && run.Counts() {
				n++
			}
		}
		if n > 0 && (least < 0 || n < least) {
			least = n
		}
		most = max(most, n)
	}
	if least == most && most == 1 {
		return "n = 1 run"
	}
	if least == most {
		return fmt.Sprintf("n = %d runs", most)
	}
	return fmt.Sprintf("n = %d to %d runs", least, most)
}

// excluded says which runs are not in the picture.
func (s *Source) excluded() string {
	warmUp, failed := 0, 0
	for _, run := range s.data.Runs {
		switch {
		case run.Status != bench.OK:
			failed++
		case run.WarmUp:
			warmUp++
		}
	}
	missing := len(s.data.Campaign.Runs) - len(s.data.Runs)
	text := fmt.Sprintf("Left out: %d warm-up, %d not ok", warmUp, failed)
	if missing > 0 {
		text += fmt.Sprintf(", %d not carried out yet", missing)
	}
	return text + "."
}

// alerts are what nobody may overlook: what the numbers do not mean, and what was not protected.
func alerts(c *results.Campaign) []string {
	var texts []string
	if c.StandIn {
		texts = append(texts, fmt.Sprintf("Every mode is a %s: platform %s. The numbers say nothing about CHERI.", StandIn, c.Platform))
	}
	if text := c.Placement.LinksText(); text != "" {
		texts = append(texts, text)
	}
	texts = append(texts, bench.Insecurities(c.Cells)...)
	return append(texts, c.Import.Alerts()...)
}
