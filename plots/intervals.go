package plots

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const intervalBar = 4 * vg.Millimeter

// intervals draws medians as bars, with their confidence intervals.
func intervals(v *view) (*Figure, error) {
	some := false
	figure, err := ofRuns(v, rowKind{
		height: intervalBar + 2*rowGap, fromZero: true, extent: intervalExtent,
		row: func(r runValues) (row, error) {
			one, known, err := intervalRow(r)
			some = some || known
			return one, err
		},
	})
	if err != nil {
		return nil, err
	}
	const least = "of fewer than 6 runs there is none."
	note := "Bars, and numbers beside them: medians of runs."
	if some {
		note = fmt.Sprintf("Bars: medians of runs. Whiskers, and numbers in brackets: %.0f %% confidence intervals of the medians, by order statistics; %s", statistics.Confidence*100, least)
	} else {
		figure.promisesNoInterval(v, least)
	}
	figure.notes = append([]string{note}, figure.notes...)
	return figure, nil
}

// intervalExtent is of the median and its interval; of the runs themselves nothing is drawn.
func intervalExtent(values []float64) (span, error) {
	summary, err := statistics.Summarize(values)
	if err != nil {
		return span{}, err
	}
	s := span{summary.Median, summary.Median}
	interval, err := statistics.MedianInterval(values, statistics.Confidence)
	if errors.Is(err, statistics.ErrTooFew) {
		return s, nil
	}
	return s.and(span{interval.Low, interval.High}), err
}

// intervalRow draws a median, and its interval where it is known.
func intervalRow(r runValues) (drawn row, known bool, err error) {
	interval, err := statistics.MedianInterval(r.values, statistics.Confidence)
	known = err == nil
	if !known && !errors.Is(err, statistics.ErrTooFew) {
		return row{}, false, err
	}
	readings := []reading{r.medianReading()}
	if known {
		readings = append(readings, reading{intervalText(interval.Low, interval.High), false, r.look})
	}
	return row{readings: readings, draw: func(c draw.Canvas, at rowPlace) {
		low := at.middle - intervalBar/2
		fillRectangle(c, vg.Rectangle{Min: vg.Point{X: at.origin, Y: low}, Max: vg.Point{X: at.x(r.summary.Median), Y: low + intervalBar}}, r.look, 0.9)
		if known {
			whiskered(c, draw.LineStyle{Color: ink, Width: 1.1}, at.x(interval.Low), at.x(interval.High), at.middle, intervalBar/4)
		}
	}}, known, nil
}

// intervalText is an interval in figures, three digits of the higher end and as many decimals of the lower.
func intervalText(low, high float64) string {
	high3 := bench.Significant(high, 3)
	decimals := 0
	if point := strings.IndexByte(high3, '.'); point >= 0 {
		decimals = len(high3) - point - 1
	}
	return "[" + strconv.FormatFloat(low, 'f', decimals, 64) + ", " + high3 + "]"
}
