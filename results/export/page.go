package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/results"
)

// page is what of a campaign is written.
type page struct {
	campaign *results.Campaign
	data     *results.Data
	all      bool
	runs     []runValues
	// arguments are the names of every argument of the cells, sorted.
	arguments []string
	// marks are the sentences without which the values must not be shown.
	marks []string
}

// runValues are a run's values in the order of their series.
type runValues struct {
	bench.Run
	cell   bench.Cell
	values []value
}

// value is what a run's samples of a series were reduced to, in the samples' unit.
type value struct {
	bench.Series
	number float64
	unit   bench.Unit
	// samples that it is the median of.
	samples int
}

// insecure tells whether the run's cell leaves protection out.
func (r *runValues) insecure() bool { return len(bench.Insecurities([]bench.Cell{r.cell})) > 0 }

// standIn is the sentence that marks values of a platform without CHERI.
const standIn = "Every mode is a stand-in, not CHERI: the numbers say nothing about CHERI."

func newPage(data *results.Data, options Options) (*page, error) {
	p := &page{campaign: data.Campaign, data: data, all: options.All}
	reduced, err := bench.Reduce(data.Samples)
	if err != nil {
		return nil, fmt.Errorf("exporting %s: %w", data.Campaign.Name, err)
	}
	cells, names := map[string]bench.Cell{}, map[string]bool{}
	for _, cell := range data.Campaign.Cells {
		cells[cell.ID] = cell
		for name := range cell.Parameters.Arguments {
			names[name] = true
		}
	}
	p.arguments = slices.Sorted(maps.Keys(names))
	p.describe(options.Series, reduced, cells)
	if len(p.runs) == 0 {
		return nil, fmt.Errorf("exporting %s: %w", data.Campaign.Name, ErrNothing)
	}
	if data.Campaign.StandIn {
		p.marks = append(p.marks, standIn)
	}
	if text := data.Campaign.Placement.LinksText(); text != "" {
		p.marks = append(p.marks, text)
	}
	p.marks = append(p.marks, bench.Insecurities(data.Campaign.Cells)...)
	return p, nil
}

// describe collects the runs that are written and have a value, in their order.
func (p *page) describe(wanted []bench.Series, reduced map[string]bench.Values, cells map[string]bench.Cell) {
	type key struct {
		run string
		bench.Series
	}
	counts, units := map[key]int{}, map[bench.Series]bench.Unit{}
	for _, sample := range p.data.Samples {
		counts[key{sample.Run, sample.Series()}]++
		units[sample.Series()] = sample.Unit
	}
	series := bench.SeriesOf(p.data.Samples)
	for _, run := range p.data.Runs {
		if !p.all && !run.Counts() {
			continue
		}
		one := runValues{Run: run, cell: cells[run.Cell]}
		for _, s := range series {
			if number, has := reduced[run.ID][s]; has && (wanted == nil || slices.Contains(wanted, s)) {
				one.values = append(one.values, value{s, number, units[s], counts[key{run.ID, s}]})
			}
		}
		if len(one.values) > 0 {
			p.runs = append(p.runs, one)
		}
	}
}

// comment is the marks, each on a line of its own behind a "#"; empty where there are none.
func (p *page) comment() string {
	var text strings.Builder
	for _, mark := range p.marks {
		fmt.Fprintf(&text, "# %s\n", mark)
	}
	return text.String()
}
