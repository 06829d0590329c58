package runner

import (
	"errors"
	"maps"
	"math"
	"slices"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// fewest values of each cell that a ratio's interval is believed from: as many as a median's needs at 95 %. A bootstrap of fewer
// is narrow because they are few.
const fewest = 6

// widthsOf says how precisely everything is known that the cells are compared by: of each link of the chain the ratio of medians
// to the previous mode, and of a cell that is in no link its median. The intervals are those that summaries show.
func widthsOf(cells []bench.Cell, chain []bench.Mode, l *looks) ([]results.Width, error) {
	var widths []results.Width
	for _, group := range bench.Groups(cells) {
		links := linksOf(group, chain)
		for _, series := range l.series(group) {
			for _, link := range links {
				width, compared, err := l.width(link, series)
				if err != nil {
					return nil, err
				}
				if compared {
					widths = append(widths, width)
				}
			}
		}
	}
	return widths, nil
}

// comparedLink is a cell with the one that it is compared with; nil where it stands alone.
type comparedLink struct {
	cell     bench.Cell
	baseline *bench.Cell
}

// linksOf gives what is compared in a group of cells that differ in their mode alone, in the order of the chain.
func linksOf(group []bench.Cell, chain []bench.Mode) []comparedLink {
	byMode := map[string]bench.Cell{}
	for _, cell := range group {
		byMode[cell.Mode] = cell
	}
	linked := map[string]bool{}
	var links []comparedLink
	for _, mode := range chain {
		cell, measured := byMode[mode.Name]
		baseline, previous := byMode[mode.Baseline]
		if measured && previous {
			links = append(links, comparedLink{cell, &baseline})
			linked[mode.Name], linked[mode.Baseline] = true, true
		}
	}
	for _, cell := range group {
		if !linked[cell.Mode] {
			links = append(links, comparedLink{cell: cell})
		}
	}
	return links
}

// series are those of the named metrics that any run of the cells has.
func (l *looks) series(group []bench.Cell) []bench.Series {
	found := map[bench.Series]bool{}
	for _, run := range l.runs {
		if run.Counts() && slices.ContainsFunc(group, func(cell bench.Cell) bool { return cell.ID == run.Cell }) {
			for series := range l.values[run.ID] {
				found[series] = true
			}
		}
	}
	if len(found) == 0 { // no run counts: nothing is known of what each would have
		return []bench.Series{bench.ExecuteTotal()}
	}
	return slices.SortedFunc(maps.Keys(found), bench.Series.Compare)
}

// width is how precisely one thing is known. compared is false where the runs of a cell count, and none has the series.
func (l *looks) width(link comparedLink, series bench.Series) (width results.Width, compared bool, err error) {
	width = results.Width{Cell: link.cell.ID, Series: series}
	runs, lacking := l.runsOf(link.cell, series)
	if link.baseline == nil {
		if !lacking {
			width.HalfWidth, err = l.ofMedian(runs)
		}
		return width, !lacking, err
	}
	width.Baseline = link.baseline.ID
	baseline, baselineLacking := l.runsOf(*link.baseline, series)
	if lacking || baselineLacking {
		return width, false, nil
	}
	width.HalfWidth, err = l.ofRatio(runs, baseline, series)
	return width, true, err
}

// runsOf collects a cell's values. lacking tells that its runs do not have the series.
func (l *looks) runsOf(cell bench.Cell, series bench.Series) (runs bench.CellRuns, lacking bool) {
	runs = bench.RunsOf(l.runs, l.values, cell, series)
	counts := slices.ContainsFunc(l.runs, func(run bench.Run) bool { return run.Cell == cell.ID && run.Counts() })
	return runs, counts && len(runs.Values) == 0
}

// ofMedian is nil where there are too few values.
func (l *looks) ofMedian(runs bench.CellRuns) (*float64, error) {
	interval, err := statistics.MedianInterval(runs.Values, l.until.Confidence)
	if errors.Is(err, statistics.ErrTooFew) || errors.Is(err, statistics.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	median, err := statistics.Median(runs.Values)
	return relative(interval, median), err
}

// ofRatio is nil where there are too few values, or none has a ratio.
func (l *looks) ofRatio(runs, baseline bench.CellRuns, series bench.Series) (*float64, error) {
	if min(len(runs.Values), len(baseline.Values)) < fewest {
		return nil, nil
	}
	comparison, err := bench.CompareCells(runs, baseline, bench.UnitOf(series), l.comparing)
	if errors.Is(err, statistics.ErrTooFew) || errors.Is(err, statistics.ErrEmpty) {
		return nil, nil
	}
	if err != nil || comparison.Ratio == nil || comparison.Ratio.Interval == nil {
		return nil, err
	}
	return relative(*comparison.Ratio.Interval, comparison.Ratio.Value), nil
}

// relative is half of the interval's width by what it is of; nil where that is 0 and the interval is not.
func relative(interval statistics.Interval, of float64) *float64 {
	half := interval.HalfWidth()
	if half != 0 {
		half /= math.Abs(of)
	}
	if math.IsInf(half, 0) || math.IsNaN(half) {
		return nil
	}
	return &half
}
