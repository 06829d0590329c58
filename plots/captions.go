package plots

import (
	"fmt"
	"strings"

	"eaibench/bench"
)

// circumstances says what all the figure's cells have in common, but for what is compared.
func (v *view) circumstances() string {
	c := v.data.Campaign
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
		for _, cell := range v.cells {
			texts[aspect(cell)] = true
		}
		if len(texts) == 1 && !texts[""] {
			parts = append(parts, aspect(v.cells[0]))
		}
	}
	return strings.Join(parts, " · ")
}

// metricText says what a quantity is; "" where it says no more than its name.
func metricText(q quantity) string {
	if step, ok := bench.StepOf(q.series); ok {
		return strings.ReplaceAll(fmt.Sprintf("%s: from “%s” to “%s”", q.name, step.First, step.Last), "`", "")
	}
	return ""
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
func (v *view) counted() string {
	least, most := -1, 0
	for _, cell := range v.cells {
		n := 0
		for _, run := range v.data.Runs {
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
func (v *view) excluded() string {
	shown := map[string]bool{}
	for _, cell := range v.cells {
		shown[cell.ID] = true
	}
	warmUp, failed, missing := 0, 0, 0
	for _, planned := range v.data.Campaign.Runs {
		if shown[planned.Cell] {
			missing++
		}
	}
	for _, run := range v.data.Runs {
		if !shown[run.Cell] {
			continue
		}
		missing--
		switch {
		case run.Status != bench.OK:
			failed++
		case run.WarmUp:
			warmUp++
		}
	}
	text := fmt.Sprintf("Left out: %d warm-up, %d not ok", warmUp, failed)
	if missing > 0 {
		text += fmt.Sprintf(", %d not carried out yet", missing)
	}
	return text + "."
}
