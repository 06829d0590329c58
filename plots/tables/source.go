package tables

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/plots"
	"eaibench/results"
)

// ErrNoData is why a campaign does not have a table: what it would show was not measured.
var ErrNoData = errors.New("there is nothing to tabulate")

// errNoRun is what a table without values gives.
var errNoRun = fmt.Errorf("%w: no run counts", ErrNoData)

// Source is a campaign as all its tables need it.
type Source struct {
	data    *results.Data
	series  []bench.Series
	audit   Audit
	values  map[string]bench.Values
	options bench.Options
	groups  [][]bench.Cell
	// runs of each cell, by its ID: with many cells, a median that looks at all runs takes long.
	runs map[string][]bench.Run
	// headings say what sets each group apart.
	headings []string
	// chains are the comparisons of each series, a group each, once they are made.
	chains map[bench.Series][]bench.ChainTable
}

// NewSource prepares a campaign. Summary and comparison are of the series, what the campaign is compared by where none is given; the audit's findings
// are shown as they are. The error names a sample that no measurement gives.
func NewSource(data *results.Data, series []bench.Series, findings Audit) (*Source, error) {
	values, err := bench.Reduce(data.Samples)
	if err != nil {
		return nil, fmt.Errorf("tabulating %s: %w", data.Campaign.Name, err)
	}
	if len(series) == 0 {
		series = data.Campaign.Series()
	}
	runs := map[string][]bench.Run{}
	for _, run := range data.Runs {
		runs[run.Cell] = append(runs[run.Cell], run)
	}
	groups := bench.Groups(data.Campaign.Cells)
	return &Source{
		data: data, series: series, audit: findings, values: values, options: data.Campaign.ComparisonOptions(), groups: groups, runs: runs,
		headings: bench.Distinctions(groups), chains: map[bench.Series][]bench.ChainTable{},
	}, nil
}

// Kind is a table that a campaign may have.
type Kind struct {
	// Name for commands; names of tables begin with it.
	Name string
	// Shows says in a sentence what is shown.
	Shows string
	make  func(*Source) ([]*Table, error)
}

// Kinds lists the tables there are.
func Kinds() []Kind {
	return []Kind{
		{"summary", "median and mean with intervals, and how values scatter, by mode", (*Source).summaries},
		{"comparison", "ratios and shift with intervals, p after Holm, Cliff's δ and verdict, by pair of modes", (*Source).comparisons},
		{"steps", "median of every step, by mode", (*Source).steps},
		{"memory", "median of every reading of memory, by mode", (*Source).memory},
		{"environment", "hardware and system of every host", (*Source).environment},
		{"audit", "threats to the comparison's validity", (*Source).threats},
	}
}

// Tables makes the tables of a kind, one for each series where it is of series. The error wraps ErrNoData where the campaign has
// nothing to show.
func (k Kind) Tables(source *Source) ([]*Table, error) {
	made, err := k.make(source)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", k.Name, err)
	}
	return made, nil
}

// table begins one: what every table says of its campaign.
func (s *Source) table(name, caption string) *Table {
	c := s.data.Campaign
	return &Table{Name: name, Caption: fmt.Sprintf("%s: %s.", c.Title, caption), Alerts: plots.Alerts(s.data), campaign: c.Name, parts: []string{"group"}}
}

// confidence of all the campaign's intervals.
func (s *Source) confidence() float64 { return cmp.Or(s.options.Confidence, statistics.Confidence) }

// chain compares the modes of every group in a series, once.
func (s *Source) chain(series bench.Series) ([]bench.ChainTable, error) {
	if made, ok := s.chains[series]; ok {
		return made, nil
	}
	var made []bench.ChainTable
	for _, group := range s.groups {
		var cells []bench.CellRuns
		for _, cell := range group {
			cells = append(cells, bench.RunsOf(s.runs[cell.ID], s.values, cell, series))
		}
		compared, err := bench.CompareChain(cells, s.data.Campaign.Chain(), bench.UnitIn(s.data.Samples, series), s.options)
		if err != nil {
			return nil, fmt.Errorf("comparing %s: %w", series, err)
		}
		made = append(made, compared)
	}
	s.chains[series] = made
	return made, nil
}

// eachSeries makes a table for each series.
func (s *Source) eachSeries(make func(bench.Series) (*Table, error)) ([]*Table, error) {
	var made []*Table
	for _, series := range s.series {
		one, err := make(series)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// nameOf tells tables of several series apart.
func nameOf(kind string, series bench.Series) string {
	parts := []string{kind, series.Metric}
	if series != bench.ExecuteTotal() {
		parts = []string{kind, string(series.Operation), series.Metric, string(series.Component)}
		if series.Service != "" {
			parts = append(parts, series.Service)
		}
	}
	// A campaign from elsewhere must not choose the folder.
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, strings.Join(parts, "-"))
}

// coverageNote begins what is said of intervals of few runs.
func coverageNote(confidence float64) string {
	return percent(confidence) + ": " + bench.IntervalText(confidence)
}

// roundingNote says how numbers with and without an interval are rounded. Without names what has none.
func roundingNote(without string) string {
	return fmt.Sprintf("Values are rounded by their interval, to the second significant digit of its half-width; without one (%s), or where its ends are equal, to %d significant digits.", without, plainDigits)
}
