package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
	"eaibench/internal/spreadsheet"
)

// tidyColumns of the CSV; behind them stands one for each argument, named argument_NAME.
var tidyColumns = []string{
	"campaign", "run_id", "cell", "mode", "path", "crypto", "verify", "processes", "requests", "interval_ms",
	"block", "position", "iteration", "warm_up", "status", "check", "started",
	"component", "operation", "metric", "service_id", "value", "unit", "samples", "stand_in", "insecure", "links",
}

func (p *page) writeCSV(w io.Writer) error {
	table := csv.NewWriter(w)
	header := slices.Clone(tidyColumns)
	for _, name := range p.arguments {
		header = append(header, "argument_"+name)
	}
	if err := table.Write(spreadsheet.Record(header)); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	for _, run := range p.runs {
		for _, v := range run.values {
			if err := table.Write(spreadsheet.Record(p.tidyRecord(&run, v))); err != nil {
				return fmt.Errorf("writing CSV: %w", err)
			}
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

func (p *page) tidyRecord(run *runValues, v value) []string {
	record := []string{
		p.campaign.Name, run.ID, run.Cell, run.Mode, run.Path, run.Crypto, run.Verify, strconv.Itoa(run.Processes),
		strconv.Itoa(run.cell.Parameters.Requests), strconv.FormatInt(run.cell.Parameters.IntervalMS, 10),
		strconv.Itoa(run.Block), strconv.Itoa(run.Position), strconv.Itoa(run.Iteration), strconv.FormatBool(run.WarmUp),
		string(run.Status), run.Check, timeText(run.Started),
		string(v.Component), string(v.Operation), v.Metric, v.Service, number(v.number), string(v.unit), strconv.Itoa(v.samples),
		strconv.FormatBool(p.campaign.StandIn), strconv.FormatBool(run.insecure()),
		strings.Join(p.campaign.Placement.LinkKinds(""), " "),
	}
	for _, name := range p.arguments {
		text := ""
		if argument, given := run.cell.Parameters.Arguments[name]; given {
			text = fmt.Sprint(argument)
		}
		record = append(record, text)
	}
	return record
}

// publishedColumns are those of the data published with the studies of the attested integration on Morello.
var publishedColumns = []string{"ts", "run_id", "component", "operation", "metric", "value_ms", "program_id", "service_id"}

// writePublished writes every sample of a step. The published table has no column for marks: they stand in comments before its
// header, which pandas and R skip when told the sign; where there is nothing to mark, there is no comment.
func (p *page) writePublished(w io.Writer) error {
	written := map[string]map[bench.Series]bool{}
	for _, run := range p.runs {
		written[run.ID] = map[bench.Series]bool{}
		for _, v := range run.values {
			written[run.ID][v.Series] = true
		}
	}
	var records [][]string
	for _, s := range p.data.Samples {
		if _, step := bench.StepOf(s.Series()); step && written[s.Run][s.Series()] {
			records = append(records, spreadsheet.Record([]string{
				timeText(s.Time), s.Run, string(s.Component), string(s.Operation), s.Metric + "_ms",
				number(s.Value / float64(time.Millisecond)), s.Program, s.Service,
			}))
		}
	}
	if len(records) == 0 {
		return fmt.Errorf("exporting %s in the published layout, which has steps alone: %w", p.campaign.Name, ErrNothing)
	}
	if _, err := io.WriteString(w, p.comment()); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	table := csv.NewWriter(w)
	if err := table.WriteAll(append([][]string{publishedColumns}, records...)); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// number has as many digits as tell it apart from any other, and no exponent.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// timeText is empty for a time that is not known, as in most imported campaigns.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}
