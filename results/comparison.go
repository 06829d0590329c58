package results

import "eaibench/bench"

// ComparisonOptions are those that the campaign's own modes are compared with, whoever shows it: intervals are the same
// everywhere. Precision and confidence are those of its rule when to stop, where it has one.
func (c *Campaign) ComparisonOptions() bench.Options {
	options := bench.Options{Seed: c.Seed, Interleaved: c.Order == bench.OrderBlocks}
	if c.Until != nil {
		options.Precision, options.Confidence = c.Until.Precision, c.Until.Confidence
	}
	return options
}
