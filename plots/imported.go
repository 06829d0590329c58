package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
	"eaibench/scenarios/figure"
)

// Imported draws what the files of an imported campaign measure: curves along the size that its cells differ in, or along
// the rows of a file that is one course; else a box plot of each of its series. The error is ErrNoData for a campaign
// that is not imported or has no run that counts.
func Imported(source *Source) ([]*Figure, error) {
	campaign := source.data.Campaign
	if campaign.Import == nil {
		return nil, fmt.Errorf("drawing an imported campaign: %w: it is not imported", ErrNoData)
	}
	if slices.ContainsFunc(source.series, func(s bench.Series) bool { return s.Metric == processesMetric }) {
		drawn, err := source.byProcesses()
		if err != nil {
			return nil, fmt.Errorf("drawing %s: %w", campaign.Name, err)
		}
		return []*Figure{drawn}, nil
	}
	var figures []*Figure
	for _, entry := range importedEntries(campaign) {
		drawn, err := Draw(source, entry)
		if errors.Is(err, ErrNoData) {
			continue
		}
		if err != nil {
			return nil, err
		}
		figures = append(figures, drawn)
	}
	if len(figures) == 0 {
		return nil, fmt.Errorf("drawing %s: %w", campaign.Name, errNoRun)
	}
	return figures, nil
}

// importedEntries are curves along a size, if cells have different ones, else a box plot of each series.
func importedEntries(campaign *results.Campaign) figure.Entries {
	for _, along := range []bench.Axis{"block", "message", "size"} {
		sized := slices.ContainsFunc(campaign.Cells, func(cell bench.Cell) bool { return along.Argument(cell) != "" })
		if sized && len(along.ValuesOf(campaign.Cells)) > 1 {
			return figure.Entries{{
				ID: "by-" + string(along), Kind: figure.Line, Along: along, Metric: importedMetrics(campaign), Scale: figure.Logarithmic,
				Caption: campaign.Description + ".",
			}}
		}
	}
	var entries figure.Entries
	for _, series := range campaign.Import.Series {
		entries = append(entries, BoxOf(series))
	}
	return entries
}

// importedMetrics name what the files measure, each once.
func importedMetrics(campaign *results.Campaign) figure.Metrics {
	var metrics figure.Metrics
	for _, series := range campaign.Import.Series {
		if name := string(series.Operation) + "." + series.Metric; !slices.Contains(metrics, name) {
			metrics = append(metrics, name)
		}
	}
	return metrics
}

// processesMetric says in a course how many processes there are.
const processesMetric = "processes"

// byProcesses draws a panel for each series against how many processes there are, every row of the files.
func (s *Source) byProcesses() (*Figure, error) {
	campaign := s.data.Campaign
	v, err := s.view(figure.Entry{
		ID: "by-processes", Kind: figure.Line, Along: bench.ProcessesAtOnce, Metric: importedMetrics(campaign), Caption: campaign.Description + ".",
	})
	if err != nil {
		return nil, err
	}
	f := v.figure()
	f.columns = v.columns(len(v.quantities), curveWidth)
	lines := newLineLegend()
	for _, q := range v.quantities {
		var own []curve
		for place, mode := range campaign.Modes {
			if spreads := s.course(mode.Name, q.series); len(spreads) > 0 {
				own = append(own, curve{comparedCell{label: mode.Name, place: place, look: lookOf(place)}, spreads})
				lines.add(mode.Name, line{lookOf(place), place})
			}
		}
		if len(own) == 0 {
			continue
		}
		panel, err := v.coursePanel(f, q, own)
		if err != nil {
			return nil, err
		}
		f.panels = append(f.panels, panel)
	}
	if len(f.panels) == 0 {
		return nil, errNoRun
	}
	f.legend = lines.legend()
	f.notes = append([]string{"Lines: every row of one course of each mode. Markers tell the lines apart and stand at some of the rows."}, f.notes...)
	return f, nil
}

// coursePanel draws the courses of a series; there are too many places for a mark each.
func (v *view) coursePanel(f *Figure, q quantity, own []curve) (panel, error) {
	s := span{0, 0}.of(own)
	scale := bench.ScaleFor(q.unit, s.high)
	p := barePlot()
	p.Y.Min, p.Y.Max = 0, axisEnd(s.high/scale.Size)
	most := int64(0)
	for _, one := range own {
		most = max(most, one.spreads[len(one.spreads)-1].at)
	}
	p.X.Min, p.X.Max = 0, axisEnd(float64(most))
	marks := across(f.columnWidth() - axisNumbers)
	marks.whole = true
	p.X.Tick.Marker = marks
	fullGrid(p)
	for _, one := range own {
		if err := one.addTo(p, scale); err != nil {
			return panel{}, err
		}
	}
	return panel{heading: quantityHeading(q), axis: axisText(axisName(q), scale, false), below: "processes", plot: p, height: f.curveHeight()}, nil
}

// course are a series' values in the runs of a mode that count, by how many processes there were.
func (s *Source) course(mode string, series bench.Series) []spread {
	type row struct {
		run     string
		request int
	}
	counts := map[string]bool{}
	for _, run := range s.data.Runs {
		counts[run.ID] = run.Mode == mode && run.Counts()
	}
	processes, values := map[row]float64{}, map[row]float64{}
	for _, sample := range s.data.Samples {
		at := row{sample.Run, sample.Request}
		switch {
		case !counts[sample.Run]:
		case sample.Metric == processesMetric && sample.Component == series.Component:
			processes[at] = sample.Value
		case sample.Series() == series:
			values[at] = sample.Value
		}
	}
	var spreads []spread
	for at, value := range values {
		if n, ok := processes[at]; ok {
			spreads = append(spreads, spread{int64(n), statistics.Summary{N: 1, Median: value, Q1: value, Q3: value}})
		}
	}
	slices.SortFunc(spreads, func(a, b spread) int { return cmp.Compare(a.at, b.at) })
	return spreads
}
