package tables

import "eaibench/bench"

// Values are what the runs' samples are reduced to, for whoever shows the campaign beside its tables. They are not to be changed.
func (s *Source) Values() map[string]bench.Values { return s.values }

// Chains compare the modes of each group of cells, in the order of bench.Groups, as the tables have it. Errors are those of
// bench.CompareChain.
func (s *Source) Chains(series bench.Series) ([]bench.ChainTable, error) { return s.chain(series) }
