// Package bench owns what is measured and what is made of it: cells, runs and
// samples, the tables of the attested integration's steps and of what is read of
// its processes, units, and the ratios of modes. Everything in it is a pure
// function of its arguments. Methods that know nothing but numbers are in
// bench/statistics.
//
// Samples become a statement in three steps. A run's samples of one metric are
// first reduced to one value, the median over its requests (Reduce), because
// requests inside a run are not independent and counting them as if they were
// would make any difference look certain. The values of a cell's runs are then
// summarised (statistics.Summarize). Cells that differ in their mode alone are last
// compared along the chain of modes, link by link and end to end (CompareChain).
//
// The package knows no files, no clock, no YAML and no statistics that only
// already published tables need.
package bench
