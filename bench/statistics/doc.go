// Package statistics owns the numbers' own methods: summaries, intervals, tests,
// effect sizes and changepoints of samples of float64. Everything in it is a pure
// function of its arguments; what draws random numbers takes a seed, and gives the
// same result for the same seed.
//
// Nothing here returns NaN or an infinity without an error, loops without an end or
// panics, whatever the values are: what has no answer is a typed error.
//
// Reference values in testdata were computed by R and SciPy, by the scripts beside
// them; `make references` computes them again.
//
// The package knows no runs, no cells, no units, no files and no clock.
package statistics
