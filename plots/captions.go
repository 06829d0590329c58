package plots

import (
	"fmt"
	"slices"
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

// subtitle says what was measured, where, in a paragraph each.
func subtitle(data *results.Data, series bench.Series) []string {
	c := data.Campaign
	requests, paths, cryptos := map[int]bool{}, map[string]bool{}, map[string]bool{}
	for _, cell := range c.Cells {
		requests[cell.Parameters.Requests], paths[cell.Path], cryptos[cell.Crypto] = true, true, true
	}
	parts := []string{"scenario " + c.Name, "solution " + c.Solution, "platform " + c.Platform}
	if len(paths) == 1 {
		parts = append(parts, c.Cells[0].Path)
	}
	if len(cryptos) == 1 {
		parts = append(parts, "crypto "+c.Cells[0].Crypto)
	}
	if len(requests) == 1 {
		count := fmt.Sprintf("%d requests a run", c.Cells[0].Parameters.Requests)
		if c.Cells[0].Parameters.Requests == 1 {
			count = "1 request a run"
		}
		parts = append(parts, count)
	}
	return []string{metricText(series), strings.Join(parts, " · ")}
}

func metricText(series bench.Series) string {
	if step, ok := bench.StepOf(series); ok {
		return strings.ReplaceAll(fmt.Sprintf("%s: from “%s” to “%s”", series, step.First, step.Last), "`", "")
	}
	return series.String()
}

// excluded says which runs are not in the picture.
func excluded(data *results.Data) string {
	warmUp, failed := 0, 0
	for _, run := range data.Runs {
		switch {
		case run.Status != bench.OK:
			failed++
		case run.WarmUp:
			warmUp++
		}
	}
	missing := len(data.Campaign.Runs) - len(data.Runs)
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
		texts = append(texts, standInText(c))
	}
	if slices.ContainsFunc(c.Cells, func(c bench.Cell) bool { return c.Crypto == "none" }) {
		texts = append(texts, "INSECURE: cells with crypto none do not seal data.")
	}
	return texts
}

func standInText(c *results.Campaign) string {
	return fmt.Sprintf("Every mode is a %s: platform %s. The times say nothing about CHERI.", StandIn, c.Platform)
}
