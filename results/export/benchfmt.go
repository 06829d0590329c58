package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"eaibench/bench"
)

// longestLine is what readers of the format take, in bytes.
const longestLine = 64 << 10

// ErrLongLine: the values of a run do not fit a line of the Go benchmark format.
var ErrLongLine = errors.New("a run's values do not fit a line of 64 KiB: choose metrics")

// writeBenchfmt writes the Go benchmark format: one line for each run, whose name is the run's cell and whose units are
// the series. Requests inside a run are not lines: they are not independent. What tells one campaign from another of
// the same kind (when, with what) is in comments, because benchstat makes a table of its own of each value of
// a key.
func (p *page) writeBenchfmt(w io.Writer) error {
	var text bytes.Buffer
	p.benchfmtHead(&text)
	writer := benchfmt.NewWriter(&text)
	for _, unit := range p.units() {
		lower := benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: unit, Key: "better"}, OrigUnit: unit, Value: "lower"}
		if err := writer.Write(&lower); err != nil {
			return fmt.Errorf("writing the unit %s: %w", unit, err)
		}
	}
	text.WriteByte('\n')
	config := p.benchfmtConfig()
	for _, run := range p.runs {
		before := text.Len()
		if err := writer.Write(p.benchfmtResult(&run, config)); err != nil {
			return fmt.Errorf("writing run %s: %w", run.ID, err)
		}
		if text.Len()-before >= longestLine {
			return fmt.Errorf("writing run %s: %w", run.ID, ErrLongLine)
		}
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing the Go benchmark format: %w", err)
	}
	return nil
}

// benchfmtHead writes what is for people. No line of it may be taken for a key or a result.
func (p *page) benchfmtHead(text *bytes.Buffer) {
	text.WriteString(p.comment())
	c := p.campaign
	fmt.Fprintf(text, "# scenario %s, started %s, order %s, seed %d\n", oneLine(c.Name), timeText(c.Started), oneLine(c.Order), c.Seed)
	for _, name := range slices.Sorted(maps.Keys(c.Versions)) {
		fmt.Fprintf(text, "# %s: %s\n", oneLine(name), oneLine(c.Versions[name]))
	}
	text.WriteString("#\n")
}

// benchfmtConfig is the same for every line: a key that changed from line to line would split the tables.
func (p *page) benchfmtConfig() []benchfmt.Config {
	key := func(name, text string) benchfmt.Config {
		return benchfmt.Config{Key: name, Value: []byte(oneLine(text)), File: true}
	}
	config := []benchfmt.Config{key("solution", p.campaign.Solution), key("platform", p.campaign.Platform)}
	if p.campaign.StandIn {
		config = append(config, key("stand-in", "not CHERI: the numbers say nothing about CHERI"))
	}
	if insecure := bench.Insecurities(p.campaign.Cells); len(insecure) > 0 {
		config = append(config, key("insecure", strings.ReplaceAll(strings.Join(insecure, " "), "INSECURE: ", "")))
	}
	return config
}

func (p *page) benchfmtResult(run *runValues, config []benchfmt.Config) *benchfmt.Result {
	result := &benchfmt.Result{Config: config, Name: benchfmt.Name(p.benchmarkName(run)), Iters: 1}
	for _, v := range run.values {
		result.Values = append(result.Values, benchfmt.Value{Value: v.number, Unit: unitName(v)})
	}
	return result
}

// benchmarkName is the cell's: "Retail/mode=hybrid/…/requests=5". Its last part is a number behind "=", because a name that ends
// in "-" and digits is taken to end in a number of processors.
func (p *page) benchmarkName(run *runValues) string {
	solution := part(p.campaign.Solution)
	parts := []string{strings.ToUpper(solution[:1]) + solution[1:]}
	add := func(key string, text any) { parts = append(parts, part(key)+"="+part(fmt.Sprint(text))) }
	add("mode", run.Mode)
	add("path", run.Path)
	add("crypto", run.Crypto)
	add("verify", run.Verify)
	add("processes", run.Processes)
	for _, name := range p.arguments {
		if argument, given := run.cell.Parameters.Arguments[name]; given {
			add(name, argument)
		}
	}
	if p.all {
		add("status", run.Status)
		add("warm_up", run.WarmUp)
	}
	add("interval_ms", run.cell.Parameters.IntervalMS)
	add("requests", run.cell.Parameters.Requests)
	return strings.Join(parts, "/")
}

// part escapes what would end a part of a name or the name itself.
func part(text string) string {
	return strings.ReplaceAll(url.PathEscape(text), "=", "%3D")
}

// units of the values, each once, in the order of the first run that has it.
func (p *page) units() []string {
	var units []string
	seen := map[string]bool{}
	for _, run := range p.runs {
		for _, v := range run.values {
			if unit := unitName(v); !seen[unit] {
				seen[unit] = true
				units = append(units, unit)
			}
		}
	}
	return units
}

// unitName is the series' name before its unit, "execute_total-ns": benchstat shows it as execute_total-sec. Between
// "-", "/" and "*" it looks for units to scale, so these are escaped, as is what would end the unit.
func unitName(v value) string {
	name := v.Metric
	if v.Series != bench.ExecuteTotal() {
		name = strings.Join([]string{string(v.Operation), v.Metric, string(v.Component)}, ".")
	}
	if v.Service != "" {
		name += "." + v.Service
	}
	name = strings.ReplaceAll(url.PathEscape(name), "-", "%2D")
	switch v.unit {
	case bench.Nanoseconds:
		return name + "-ns"
	case bench.Bytes:
		return name + "-B"
	default:
		return name
	}
}

// oneLine keeps a text from beginning a line of its own.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
