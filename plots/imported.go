package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// Imported draws what the files of an imported campaign measure: curves along the size that its cells differ in, or along
// the rows of a file that is one course; else a box plot of each of its series. The error is ErrNoData for a campaign
// that is not imported or has no run that counts.
func Imported(source *Source) ([]*Figure, error) {
	imported := source.data.Campaign.Import
	if imported == nil {
		return nil, fmt.Errorf("drawing an imported campaign: %w: it is not imported", ErrNoData)
	}
	for _, one := range []struct {
		quantity bench.Quantity
		name     string
	}{{bench.BlockSize, "block"}, {bench.MessageSize, "message"}, {bench.OperandSize, "size"}} {
		if len(bench.Curves(source.data.Campaign.Cells, one.quantity)) > 0 {
			figure, err := source.bySize(one.quantity, one.name)
			if err != nil {
				return nil, err
			}
			return []*Figure{figure}, nil
		}
	}
	if slices.ContainsFunc(source.series, func(s bench.Series) bool { return s.Metric == processesMetric }) {
		figure, err := source.byProcesses()
		if err != nil {
			return nil, err
		}
		return []*Figure{figure}, nil
	}
	var figures []*Figure
	for _, series := range imported.Series {
		figure, err := Box(source, series, bench.UnitIn(source.data.Samples, series))
		if errors.Is(err, ErrNoData) {
			continue
		}
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure)
	}
	if len(figures) == 0 {
		return nil, fmt.Errorf("drawing %s: %w", source.data.Campaign.Name, errNoRun)
	}
	return figures, nil
}

// bySize draws a panel for each series against a size.
func (s *Source) bySize(quantity bench.Quantity, name string) (*Figure, error) {
	var measures []measure
	for _, series := range s.data.Campaign.Import.Series {
		measures = append(measures, measure{
			heading: series.Metric, unit: bench.UnitIn(s.data.Samples, series), name: series.Metric,
			values: func(cell bench.Cell) []float64 { return s.cellValues(cell, series) },
		})
	}
	figure, err := s.curves("by-"+name, along{quantity: quantity, name: name, label: sizeLabel, bothLogarithmic: true}, measures)
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", s.data.Campaign.Name, err)
	}
	figure.subtitle = append([]string{s.data.Campaign.Description + "."}, figure.subtitle...)
	figure.notes = append([]string{"Lines: medians of runs. Bands: quartiles."}, figure.notes[1:]...)
	return figure, nil
}

// processesMetric says in a course how many processes there are.
const processesMetric = "processes"

// byProcesses draws a panel for each series against how many processes there are, every row of the files.
func (s *Source) byProcesses() (*Figure, error) {
	figure := s.figure("by-processes", s.data.Campaign.Description+".", circumstances(s.data.Campaign)+" · one course of each mode")
	imported := s.data.Campaign.Import
	figure.columns = min(2, len(imported.Series))
	x := along{name: "processes", linear: true, width: figure.columnWidth()}
	_, x.height = arrangement(len(imported.Series), 1)
	lines := newLineLegend()
	for _, series := range imported.Series {
		var drawn []curve
		for _, mode := range s.data.Campaign.Modes {
			spreads := s.course(mode.Name, series)
			if len(spreads) == 0 {
				continue
			}
			how := line{look: s.lookOf(mode.Name)}
			lines.add(mode.Name, how)
			drawn = append(drawn, curve{line: how, spreads: spreads})
		}
		m := measure{heading: series.Metric, unit: bench.UnitIn(s.data.Samples, series), name: series.Metric}
		panels, err := x.panels(m, drawn, nil, false)
		if err != nil {
			return nil, err
		}
		figure.panels = append(figure.panels, panels...)
	}
	if len(figure.panels) == 0 {
		return nil, fmt.Errorf("drawing %s: %w", s.data.Campaign.Name, errNoRun)
	}
	figure.legend = lines.legend()
	figure.notes = append([]string{"Lines: every row. Markers tell the lines apart and stand at some of the rows."}, figure.notes...)
	return figure, nil
}

// course are a series' values in the runs of a mode that count, by how many processes there were.
func (s *Source) course(mode string, series bench.Series) []bench.Spread {
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
	var spreads []bench.Spread
	for at, value := range values {
		if n, ok := processes[at]; ok {
			spreads = append(spreads, bench.Spread{At: int64(n), Summary: statistics.Summary{N: 1, Median: value, Q1: value, Q3: value}})
		}
	}
	slices.SortFunc(spreads, func(a, b bench.Spread) int { return cmp.Compare(a.At, b.At) })
	return spreads
}
