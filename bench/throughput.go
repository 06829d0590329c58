package bench

// Throughput gives, for each run that counts of a cell, how many requests its processes carried out a second together: their
// requests over the run's span, from the first that began to the last that ended, since they do not begin in the same instant. Runs
// without a span above 0 have none. The order is that of the runs; values are those of
// Reduce.
func Throughput(runs []Run, values map[string]Values, cell Cell) []float64 {
	var perSecond []float64
	for _, run := range runs {
		if span := values[run.ID][Span()]; run.Cell == cell.ID && run.Counts() && span > 0 {
			perSecond = append(perSecond, float64(cell.Parameters.Requests*cell.Processes)/(span/1e9))
		}
	}
	return perSecond
}
