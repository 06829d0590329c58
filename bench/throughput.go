package bench

// Throughput gives, for each run that counts of a cell, how many requests its processes carried out a second together:
// their requests over the longest execute_total among them, since they begin together. Runs without an execute_total
// above 0 have none. The order is that of the runs.
func Throughput(runs []Run, samples []Sample, cell Cell) []float64 {
	longest := map[string]float64{}
	for _, sample := range samples {
		if sample.Series() == ExecuteTotal() {
			longest[sample.Run] = max(longest[sample.Run], sample.Value)
		}
	}
	var perSecond []float64
	for _, run := range runs {
		if run.Cell == cell.ID && run.Counts() && longest[run.ID] > 0 {
			perSecond = append(perSecond, float64(cell.Parameters.Requests*cell.Processes)/(longest[run.ID]/1e9))
		}
	}
	return perSecond
}
