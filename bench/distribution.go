package bench

import "slices"

// Point of a curve.
type Point struct{ X, Y float64 }

// RequestValues collects, by cell, every sample of a series in the runs that count, sorted. Unlike CellValues it does not
// reduce a run's requests to one value: it is for showing a distribution, not for comparing runs.
func RequestValues(runs []Run, samples []Sample, series Series) map[string][]float64 {
	cells := map[string]string{}
	for _, run := range runs {
		if run.Counts() {
			cells[run.ID] = run.Cell
		}
	}
	values := map[string][]float64{}
	run, cell, counts := "", "", false // samples of a run mostly stand together
	for i := range samples {
		sample := &samples[i]
		if sample.Run != run {
			run = sample.Run
			cell, counts = cells[run]
		}
		if counts && sample.Series() == series {
			values[cell] = append(values[cell], sample.Value)
		}
	}
	for _, of := range values {
		slices.Sort(of)
	}
	return values
}

// Distribution is the empirical distribution function of sorted values: at each X the share of values, above 0 and up
// to 1, that are not above it. Where there are more than most values, only every so many are given and the last, so
// that a picture of a million requests is no larger than the eye can use; the first one is always the lowest.
func Distribution(sorted []float64, most int) []Point {
	n := len(sorted)
	every := max(1, (n+most-1)/max(1, most))
	var points []Point
	for i, value := range sorted {
		if i%every == 0 || i == n-1 {
			points = append(points, Point{value, float64(i+1) / float64(n)})
		}
	}
	return points
}
