package plots

import (
	"strings"
	"unicode"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/scenarios/figure"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heights within a row: its runs above its box.
const (
	boxHeight   = 3.6 * vg.Millimeter
	stripHeight = 5.8 * vg.Millimeter
	partGap     = 0.8 * vg.Millimeter
)

// box draws quartiles (type 7), median and every run.
func box(v *view) (*Figure, error) {
	return ofRuns(v, rowKind{
		height: boxHeight + stripHeight + partGap + 2*rowGap, markers: everyRun,
		row: func(r runValues) (row, error) {
			return row{readings: []reading{r.medianReading()}, draw: r.drawBox}, nil
		},
		notes: []string{"Box: quartiles and median. Whiskers: the last runs within 1.5 interquartile ranges. Each marker is one run. Numbers: medians."},
	})
}

func (r runValues) drawBox(c draw.Canvas, at rowPlace) {
	low := at.middle - (boxHeight+stripHeight+partGap)/2
	middle := low + boxHeight/2
	s := r.summary
	line := draw.LineStyle{Color: r.look.dark, Width: 0.9}
	from, to := whiskers(r.values, s)
	whiskered(c, line, at.x(from), at.x(to), middle, boxHeight/4)
	fillRectangle(c, vg.Rectangle{Min: vg.Point{X: at.x(s.Q1), Y: low}, Max: vg.Point{X: at.x(s.Q3), Y: low + boxHeight}}, r.look, line.Width)
	c.StrokeLine2(draw.LineStyle{Color: r.look.dark, Width: 2}, at.x(s.Median), low, at.x(s.Median), low+boxHeight)
	r.drawStrip(c, at, low+boxHeight+partGap+stripHeight/2)
}

// whiskers are the extreme values within 1.5 interquartile ranges of the box.
func whiskers(values []float64, s statistics.Summary) (low, high float64) {
	reach := 1.5 * (s.Q3 - s.Q1)
	low, high = s.Q1, s.Q3
	for _, value := range values {
		if value >= s.Q1-reach {
			low = min(low, value)
		}
		if value <= s.Q3+reach {
			high = max(high, value)
		}
	}
	return low, high
}

// BoxOf is the entry of the box plot of one series, whose ID names it.
func BoxOf(series bench.Series) figure.Entry {
	entry := figure.Entry{ID: "box-" + series.Metric, Kind: figure.Box, Metric: figure.Metrics{string(series.Operation) + "." + series.Metric}}
	if series == bench.ExecuteTotal() {
		return entry
	}
	parts := []string{"box", string(series.Operation), series.Metric, string(series.Component)}
	entry.Filter = figure.Filter{"component": {figure.Word(series.Component)}}
	if series.Service != "" {
		parts = append(parts, series.Service)
		entry.Filter["service"] = figure.Words{figure.Word(series.Service)}
	}
	// A campaign from elsewhere must not choose the folder.
	entry.ID = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, strings.Join(parts, "-"))
	return entry
}
