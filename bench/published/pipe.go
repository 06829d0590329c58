package published

import (
	"fmt"

	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/stat"
)

// PipeSummary is a line of the published pipe tables: the messages of one size in one
// mode.
type PipeSummary struct {
	// N is the number of messages.
	N int `json:"n"`
	// Latency is the mean of their times, in ms. In the published tables it is the
	// column of total times: the sum of the columns of write and read times, which
	// were rounded on their own, differs from it by up to 0.001 ms a message.
	Latency float64 `json:"latency_ms"`
	// SD is their standard deviation (n − 1), in ms.
	SD float64 `json:"sd_ms"`
	// Variability is SD in per cent of Latency.
	Variability float64 `json:"variability_percent"`
	// Throughput is the size over Latency, in MB/s of 10⁶ bytes.
	Throughput float64 `json:"throughput_mb_per_s"`
}

// SummarizePipe summarises messages of a size in bytes from their times in ms. The
// error is statistics.ErrTooFew for a single message, ErrArgument for a size below 1,
// ErrNoRatio for a mean that is not above 0, ErrEmpty or ErrNotFinite.
func SummarizePipe(size int, times []float64) (PipeSummary, error) {
	if size < 1 {
		return PipeSummary{}, fmt.Errorf("size of %d bytes: %w", size, statistics.ErrArgument)
	}
	if err := checkNumbers("times", times); err != nil {
		return PipeSummary{}, err
	}
	if len(times) < 2 {
		return PipeSummary{}, fmt.Errorf("one message has no deviation: %w", statistics.ErrTooFew)
	}
	mean, deviation := stat.MeanStdDev(times, nil)
	if mean <= 0 {
		return PipeSummary{}, fmt.Errorf("mean time of %v ms: %w", mean, statistics.ErrNoRatio)
	}
	const bytesPerMsInMB = 1000 // 1 MB/s is 1000 bytes in each ms.
	s := PipeSummary{
		N: len(times), Latency: mean, SD: deviation,
		Variability: 100 * (deviation / mean),
		Throughput:  float64(size) / mean / bytesPerMsInMB,
	}
	if !allFinite([]float64{s.Latency, s.SD, s.Variability, s.Throughput}) {
		return PipeSummary{}, fmt.Errorf("summary: %w", statistics.ErrNotFinite)
	}
	return s, nil
}

// PipeOverhead says what a mode costs against another, the baseline.
type PipeOverhead struct {
	// Latency is how much longer a message takes, in per cent of the baseline's;
	// negative where it takes less.
	Latency float64 `json:"latency_percent"`
	// Throughput is how much of the baseline's throughput is lost, in per cent, at
	// most 100; negative where it grows.
	Throughput float64 `json:"throughput_percent"`
}

// OverheadOver compares summaries of the same message size. The error is
// statistics.ErrNoRatio for a baseline without a latency, or ErrNotFinite.
func (s PipeSummary) OverheadOver(baseline PipeSummary) (PipeOverhead, error) {
	latency, err := Share(s.Latency-baseline.Latency, baseline.Latency)
	if err != nil {
		return PipeOverhead{}, fmt.Errorf("latency: %w", err)
	}
	throughput, err := Share(baseline.Throughput-s.Throughput, baseline.Throughput)
	if err != nil {
		return PipeOverhead{}, fmt.Errorf("throughput: %w", err)
	}
	return PipeOverhead{Latency: latency, Throughput: throughput}, nil
}
