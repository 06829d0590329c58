package bench

// Throughput gives, for each run that counts of a cell, how many requests its processes carried out a second together: their
// requests over the run's span, from the first that began to the last that ended, since they do not begin in the same instant. Runs
// without a span above 0 have none. The order is that of the runs.
func Throughput(runs []Run, samples []Sample, cell Cell) []float64 {
	span := map[string]float64{}
	for _, sample := range samples {
		if sample.Series() == Span() {
			span[sample.Run] = sample.Value
		}
	}
	var perSecond []float64
	for _, run := range runs {
		if run.Cell == cell.ID && run.Counts() && span[run.ID] > 0 {
			perSecond = append(perSecond, float64(cell.Parameters.Requests*cell.Processes)/(span[run.ID]/1e9))
		}
	}
	return perSecond
}
